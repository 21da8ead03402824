/** The data-generating models by name. A new problem is one file that implements `Problem`, and its line here. */
import { conduction } from "./conduction";
import { electrode } from "./electrode";
import { electrodePublished } from "./electrode-published";
import { InadmissibleInput } from "./errors";
import type { Problem } from "./problem";

export const problems: readonly Problem[] = [electrodePublished, electrode, conduction];

/** The problem of that name, or an error with the list of names. */
export function problem(name: string): Problem {
  const found = problems.find((p) => p.name === name);
  if (found) return found;
  throw new InadmissibleInput(`problem: there is no "${name}"; there are ${problems.map((p) => p.name).join(", ")}`);
}
