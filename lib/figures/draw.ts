/**
 * From a Vega-Lite specification to a drawn scene: compiled, laid out with true text widths, given as a scenegraph (for
 * measuring and for tests) and as SVG. A warning of Vega-Lite or Vega means that the picture is not what was asked for,
 * so it is an error.
 */
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { measureTextTruly } from "./font";
import type { Spec } from "./spec";

/** A marked-up rectangle or text of the scene; only what is read here. */
export interface SceneNode {
  readonly marktype?: string;
  readonly name?: string;
  readonly items?: readonly SceneNode[];
  readonly mark?: SceneNode;
  readonly text?: string | readonly string[];
  readonly opacity?: number;
  readonly fontSize?: number;
  readonly x?: number;
  readonly y?: number;
  readonly bounds?: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
}

export interface Drawing {
  readonly width: number; // px, padding included
  readonly height: number;
  readonly origin: readonly [number, number]; // px, where the root's coordinates begin
  readonly scene: SceneNode;
  svg(): Promise<string>;
}

/** A logger that collects warnings and errors in place of printing them. */
function collector(into: string[]): vega.LoggerInterface {
  const logger: vega.LoggerInterface = {
    level: ((_level?: number) => logger) as vega.LoggerInterface["level"],
    error: (...what: readonly unknown[]) => (into.push(what.join(" ")), logger),
    warn: (...what: readonly unknown[]) => (into.push(what.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

const drawn = new WeakMap<Spec, Drawing>(); // the layout of a figure draws what its export and its display need again

/**
 * Compiles and lays out, once for each specification. @throws Error with the text of the first warning of Vega-Lite or
 * Vega.
 */
export function draw(spec: Spec): Drawing {
  const known = drawn.get(spec);
  if (known !== undefined) return known;
  const drawing = layOut(spec);
  drawn.set(spec, drawing);
  return drawing;
}

function layOut(spec: Spec): Drawing {
  measureTextTruly();
  const complaints: string[] = [];
  const logger = collector(complaints);
  const compiled = compile(spec as unknown as TopLevelSpec, { logger }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logger });
  view.run();
  if (complaints.length > 0) throw new Error(`draw: Vega complains about the figure: ${complaints[0]}`);
  const padding = view.padding() as { left: number; right: number; top: number; bottom: number };
  const total = view as unknown as { _viewWidth: number; _viewHeight: number }; // what toSVG states as width and height
  const scene = (view.scenegraph() as unknown as { root: SceneNode }).root;
  return {
    width: total._viewWidth + padding.left + padding.right,
    height: total._viewHeight + padding.top + padding.bottom,
    origin: view.origin() as [number, number],
    scene,
    async svg() {
      vega.resetSVGDefIds(); // a counter of the process otherwise enters the file
      return view.toSVG();
    },
  };
}
