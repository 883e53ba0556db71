// A frame as the server packs it (viz/scene/frames.py): header length, header, typed arrays.
const ARRAYS = {
  float32: Float32Array, int32: Int32Array, int16: Int16Array, uint8: Uint8Array, int8: Int8Array,
};

/** The header and the arrays of packed bytes, without copying numbers. */
export function partsOf(view) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const arrays = {};
  for (const [name, kind, shape, offset] of header.arrays) {
    const count = shape.reduce((a, b) => a * b, 1);
    arrays[name] = new ARRAYS[kind](bytes, 4 + length + offset, count);
  }
  return { header, arrays };
}

/** The month, what is said of each economy, and its arrays by name. */
export function unpack(view) {
  const { header, arrays } = partsOf(view);
  const economies = header.economies.map((said) => ({ ...said, arrays: {} }));
  for (const [name, array] of Object.entries(arrays)) {
    const dot = name.indexOf(".");
    economies[Number(name.slice(0, dot))].arrays[name.slice(dot + 1)] = array;
  }
  return { month: header.month, economies };
}
