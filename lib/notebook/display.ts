/**
 * What a notebook shows: figures, tables, progress, a growing curve. Outside a kernel figures and tables show nothing
 * (they are in files), so that the same code runs in a cell, on the command line and in a test.
 */
import { figurePng, type Provenance } from "../figures/export";
import { dotsPerInch } from "../figures/png";
import type { Figure, Json, Spec } from "../figures/spec";
import { pixelsPerMillimetre } from "../figures/theme";
import { kernelDisplay, type Send } from "./kernel";
import type { Table } from "./table-content";
import { tableHtml, tableText, type TableOptions } from "./table";

export { dataFrame } from "./data-frame";
export { exportTable } from "./export-table";
export { liveCurve, type LiveCurve } from "./live-curve";
export { liveTraining, type LiveTraining } from "./live-training";
export { duration, progress, type Progress } from "./progress";
export type { Frame, Table } from "./table-content";
export { tableHtml, tableLatex, tableText, type TableOptions } from "./table";

const vegaLite = "application/vnd.vegalite.v5+json";

/**
 * The chart as the page draws it: with the numbers of the mark under the pointer. How large it is there, the page's
 * style says (npm run lab).
 */
function onScreen(spec: Spec): Spec {
  const { mark, ...config } = (spec.config ?? {}) as Record<string, Json>;
  return { ...spec, config: { ...config, mark: { ...(mark as object | undefined), tooltip: { content: "data" } } } };
}

/** Shows a figure: an interactive chart where Vega-Lite is drawn, the same picture as PNG where it is not. */
export async function showFigure(figure: Figure, options: Provenance & { readonly send?: Send } = {}): Promise<void> {
  const { send = kernelDisplay(), ...provenance } = options;
  if (!send) return;
  const png = await figurePng(figure, provenance);
  send(
    {
      data: {
        [vegaLite]: onScreen(figure.onPage ?? figure.spec),
        "image/png": Buffer.from(png).toString("base64"),
        "text/plain": `Figure ${figure.name}: ${figure.caption}`,
      },
      metadata: {
        // "Save as PNG" gives print resolution
        [vegaLite]: { embed_options: { renderer: "svg", scaleFactor: dotsPerInch / 96 } },
        "image/png": { width: Math.round(figure.width * pixelsPerMillimetre) },
      },
      transient: {},
    },
    false,
  );
}

/**
 * Shows rows of results, or a danfojs DataFrame, as a table: HTML in JupyterLab, aligned text where HTML is not drawn.
 * Numbers to three digits unless `digits` says otherwise. `study.table` shows and exports.
 */
export function showTable(rows: Table, options: TableOptions & { readonly send?: Send } = {}): void {
  const { send = kernelDisplay(), ...table } = options;
  send?.(
    {
      data: { "text/html": tableHtml(rows, table), "text/plain": tableText(rows, table) },
      metadata: {},
      transient: {},
    },
    false,
  );
}
