/**
 * A numeric array on its way to or from a file: element type, shape (C order, last index fastest) and data.
 * All files here are little-endian, as is every machine that the native TensorFlow library runs on.
 */
export interface DataOf {
  readonly float64: Float64Array;
  readonly float32: Float32Array;
  readonly int32: Int32Array;
}
export type DType = keyof DataOf;

export type NumericArray<D extends DType = DType> = {
  [K in D]: { readonly dtype: K; readonly shape: readonly number[]; readonly data: DataOf[K] };
}[D];

export const bytesPerElement: Readonly<Record<DType, number>> = { float64: 8, float32: 4, int32: 4 };

/** Number of elements of a shape, or undefined when it is not a shape (negative, fractional, or beyond 2^53). */
export function elementCount(shape: readonly unknown[]): number | undefined {
  let count = 1;
  let bound = 1; // the product without zeros: [2^53, 2^53, 0] has no elements, but is nobody's shape
  for (const n of shape) {
    if (typeof n !== "number" || !Number.isSafeInteger(n) || n < 0) return undefined;
    count *= n;
    bound *= Math.max(n, 1);
    if (!Number.isSafeInteger(bound)) return undefined;
  }
  return count;
}

/** Zeros of the given type. */
export function emptyData<D extends DType>(dtype: D, count: number): DataOf[D] {
  const make: { [K in DType]: (n: number) => DataOf[K] } = {
    float64: (n) => new Float64Array(n),
    float32: (n) => new Float32Array(n),
    int32: (n) => new Int32Array(n),
  };
  return make[dtype](count);
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: Float64Array | Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Elements from bytes at any alignment; a copy, so that the result owns its memory. */
export function dataFromBytes<D extends DType>(dtype: D, bytes: Uint8Array): DataOf[D] {
  const data = emptyData(dtype, bytes.byteLength / bytesPerElement[dtype]);
  bytesOf(data).set(bytes);
  return data;
}

/** @throws TypeError naming `where` when type, shape and data do not fit together. */
export function checkArray(array: NumericArray, where: string): void {
  const { dtype, shape, data } = array;
  if (!(dtype in bytesPerElement)) {
    throw new TypeError(`${where}: dtype must be float64, float32 or int32, got ${String(dtype)}`);
  }
  if (data.constructor !== emptyData(dtype, 0).constructor) {
    throw new TypeError(`${where}: data of dtype ${dtype} must be a typed array of it, got ${data.constructor.name}`);
  }
  const count = elementCount(shape);
  if (count !== data.length) {
    throw new TypeError(`${where}: shape [${shape.join(", ")}] must hold as many elements as data, got ${data.length}`);
  }
}
