/** An ensemble that is in memory, stored in one go. */
import { createEnsemble, type EnsembleDescription } from "../../lib/storage/ensemble";
import * as layouts from "../../lib/storage/ensemble-layout";

/**
 * Stores an ensemble that is in memory: fields [conditions, count, channels, cells], porosity [conditions, count,
 * cells].
 */
export async function writeEnsemble(
  target: string,
  description: EnsembleDescription,
  data: { readonly fields: Float64Array; readonly porosity?: Float64Array },
): Promise<void> {
  const writer = await createEnsemble(target, description);
  const { channels } = description;
  const cells = layouts.cellsIn(description);
  try {
    await writer.append(
      data.fields.subarray(writer.stored * channels.length * cells),
      description.keepPorosity ? data.porosity?.subarray(writer.stored * cells) : undefined,
    );
    await writer.finish();
  } finally {
    await writer.abandon();
  }
}
