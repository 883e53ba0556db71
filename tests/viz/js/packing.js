// Packs a frame as viz/scene/frames.py does.
const ALIGN = 8;
const filled = (length) => Math.ceil(length / ALIGN) * ALIGN;

export function packed(header, arrays) {
  let offset = 0;
  const described = Object.entries(arrays).map(([name, array]) => {
    const told = [name, array.constructor.name.toLowerCase().replace("array", ""), [array.length], offset];
    offset += filled(array.byteLength);
    return told;
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: described }));
  const start = filled(text.length + 4);
  const bytes = new Uint8Array(start + offset).fill(32, 4, start);
  new DataView(bytes.buffer).setUint32(0, start - 4, true);
  bytes.set(text, 4);
  described.forEach(([name, , , at]) => {
    const { buffer, byteLength } = arrays[name];
    bytes.set(new Uint8Array(buffer, 0, byteLength), start + at);
  });
  return bytes;
}
