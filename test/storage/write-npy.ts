/** Arrays as .npy files in one go: the library writes its own piece by piece. */
import { createNpy } from "../../lib/storage/npy";
import { encodeNpyHeader } from "../../lib/storage/npy-header";
import { bytesOf, type NumericArray } from "../../lib/storage/numeric-array";

/** The bytes of a .npy file. */
export function encodeNpy({ dtype, shape, data }: NumericArray): Uint8Array {
  return Buffer.concat([encodeNpyHeader(dtype, shape), bytesOf(data)]);
}

export async function writeNpy(file: string, { dtype, shape, data }: NumericArray): Promise<void> {
  const writer = await createNpy(file, dtype, shape);
  await writer.append(data);
  await writer.commit();
}
