/**
 * The notebook's side of the kernel. tslab sends one MIME type per output through its public interface; a chart with a
 * picture beside it, and an output that is replaced in place, go through the function that its Jupyter side holds for
 * the cell at work. It is found only where that side was loaded, that is, inside a kernel: worker threads and the
 * command line have none.
 */
export interface Output {
  readonly data: Readonly<Record<string, unknown>>; // MIME type -> content
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly transient: { readonly display_id?: string };
}

/** Sends an output; with `update` it replaces the one of the same display_id. */
export type Send = (output: Output, update: boolean) => void;

/** The kernel's display, or undefined outside a notebook. */
export function kernelDisplay(): Send | undefined {
  let file: string;
  try {
    file = require.resolve("tslab/dist/jupyter");
  } catch {
    return undefined; // tslab is not installed
  }
  const loaded = require.cache[file]?.exports as { lastWriteDisplayData?: Send | null } | undefined;
  return loaded?.lastWriteDisplayData ? (output, update) => loaded.lastWriteDisplayData!(output, update) : undefined;
}

let displays = 0;

/** An output that is drawn once and then replaced in place. */
export function replaceable(send: Send): (data: Output["data"]) => void {
  const display_id = `sgm-${process.pid}-${++displays}`;
  let shown = false;
  return (data) => {
    send({ data, metadata: {}, transient: { display_id } }, shown);
    shown = true;
  };
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
