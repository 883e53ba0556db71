// A frame as the server packs it (viz/frames.py): header length, header, typed arrays.
const ARRAYS = {
  float32: Float32Array, int32: Int32Array, int16: Int16Array, uint8: Uint8Array, int8: Int8Array,
};

/** The month, what is said of each economy, and its arrays by name, without copying numbers. */
export function unpack(view) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const economies = header.economies.map((said) => ({ ...said, arrays: {} }));
  for (const [name, kind, shape, offset] of header.arrays) {
    const count = shape.reduce((a, b) => a * b, 1);
    const [economy, own] = [name.slice(0, name.indexOf(".")), name.slice(name.indexOf(".") + 1)];
    economies[Number(economy)].arrays[own] = new ARRAYS[kind](bytes, 4 + length + offset, count);
  }
  return { month: header.month, economies };
}
