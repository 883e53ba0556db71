// A frame as the server packs it (viz/scene/frames.py): header length, header, typed arrays.
/** @type {Record<string, new (bytes: ArrayBuffer, start: number, count: number) => Numbers>} */
const ARRAYS = {
  float32: Float32Array, int32: Int32Array, int16: Int16Array, uint8: Uint8Array, int8: Int8Array,
};

/** The header and the arrays of packed bytes, without copying numbers.
 * @param {ArrayBufferView} view @returns {Packed} */
export function partsOf(view) {
  const bytes = /** @type {ArrayBuffer} */ (view.buffer).slice(view.byteOffset, view.byteOffset + view.byteLength);
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  /** @type {Packed["arrays"]} */
  const arrays = {};
  for (const [name, kind, shape, offset] of header.arrays) {
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    arrays[name] = new ARRAYS[kind](bytes, 4 + length + offset, count);
  }
  return { header, arrays };
}

/** The month, what is said of each economy, and its arrays by name.
 * @param {ArrayBufferView} view @returns {Frame} */
export function unpack(view) {
  const { header, arrays } = partsOf(view);
  const economies = header.economies.map((/** @type {Economy} */ said) => ({ ...said, arrays: {} }));
  for (const [name, array] of Object.entries(arrays)) {
    const dot = name.indexOf(".");
    economies[Number(name.slice(0, dot))].arrays[name.slice(dot + 1)] = array;
  }
  return { month: header.month, economies };
}
