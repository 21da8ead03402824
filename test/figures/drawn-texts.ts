/** What a drawn figure says, and where. */
import type { SceneNode } from "../../lib/figures/draw";

/** A visible text of the scene with its bounds in px of the whole drawing. */
export interface DrawnText {
  readonly text: string;
  readonly fontSize: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** All visible texts. Their bounds are what Vega's layout reserves. */
export function drawnTexts(scene: SceneNode): DrawnText[] {
  const found: DrawnText[] = [];
  const visit = (node: SceneNode, dx: number, dy: number): void => {
    for (const item of node.items ?? []) {
      if (item.marktype !== undefined) visit(item, dx, dy);
      else if (node.marktype === "group") visit(item, dx + (item.x ?? 0), dy + (item.y ?? 0));
      else if (node.marktype === "text" && item.opacity !== 0 && item.text !== undefined && String(item.text) !== "") {
        const { x1, y1, x2, y2 } = item.bounds!;
        const text = Array.isArray(item.text) ? item.text.join("\n") : String(item.text);
        found.push({ text, fontSize: item.fontSize ?? 11, x1: x1 + dx, y1: y1 + dy, x2: x2 + dx, y2: y2 + dy });
      }
    }
  };
  visit(scene, 0, 0);
  return found;
}
