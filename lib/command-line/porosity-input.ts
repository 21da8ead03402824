/**
 * The porosity of a case, as a person gives it: a list with one number a cell (nested, [nx][ny], on a grid of two
 * axes), or the name of a file beside the cases: an array from NumPy, a table of x and eps, a picture.
 */
import * as fs from "node:fs/promises";
import { explainReadError, UserError, withPlace } from "../errors/user-error";
import { type Cells, cellsAlong, type Grid } from "../fields/grid";
import { pictureEndings, porosityOfPicture } from "../porosity/porosity-image";
import { describeJson, type Json } from "../storage/json";
import { readNpy } from "../storage/npy";
import { axisOf, gridOf } from "../transport/domain";
import type { Problem } from "../transport/problem";
import { porosityProfile, profileTable } from "../transport/profile";

/** The porosity in each cell of a grid, the last axis fastest. */
export interface GivenPorosity {
  readonly eps: Float64Array;
  readonly grid: Grid;
}

/** `cells` as the person asked for them. @throws UserError naming `place`, what was expected and what came */
export async function porosityFrom(
  given: Json | undefined,
  p: Problem,
  { place, cells, resolve }: { place: string; cells?: Cells; resolve: (file: string) => string },
): Promise<GivenPorosity> {
  const found =
    typeof given === "string"
      ? await fromFile(resolve(given), p, cells).catch((error: unknown) => {
          throw error instanceof UserError ? new UserError(`${place}: ${error.message}`) : error;
        })
      : fromList(given, p, place);
  const asked = cells === undefined ? undefined : cellsAlong(gridOf(p, cells)).join(" x ");
  const got = cellsAlong(found.grid).join(" x ");
  if (asked === undefined || asked === got) return found;
  throw new UserError(`${place}: eps must have ${asked} values, as --cells says, got ${got}`);
}

async function fromFile(file: string, p: Problem, cells?: Cells): Promise<GivenPorosity> {
  const axes = p.domain.map(({ name }) => name);
  if (file.endsWith(".npy")) {
    const { shape, dtype, data } = await readNpy(file);
    if (shape.length === axes.length && shape.every((n) => n > 0) && (dtype === "float64" || dtype === "float32"))
      return { eps: Float64Array.from(data), grid: gridOf(p, shape) };
    const expected = axes.length === 1 ? "cells" : axes.map((name) => `cells along ${name}`).join(", ");
    throw new UserError(`${file}: eps must be float64 or float32 [${expected}], got ${dtype} [${shape.join(", ")}]`);
  }
  if (pictureEndings.some((ending) => file.toLowerCase().endsWith(ending))) {
    const grid = gridOf(p, cells);
    const [x, y] = grid.axes;
    if (grid.axes.length !== 2)
      throw new UserError(`${file}: a picture has two axes, ${p.name} has ${axes.join(", ")}`);
    return { eps: await porosityOfPicture(file, p.porosity.law, [x.cells, y.cells]), grid };
  }
  const bytes = await fs.readFile(file).catch((error: unknown) => {
    throw explainReadError(error, file);
  });
  return { eps: porosityProfile(profileTable(bytes, file), axisOf(p, cells)), grid: gridOf(p, cells) };
}

/** Numbers in lists, as deep as there are axes; all lists of one depth must be equally long. */
function fromList(given: Json | undefined, { domain, ...p }: Problem, place: string): GivenPorosity {
  const nested = domain.length === 1 ? "" : `, nested as ${domain.map(({ name }) => `[cells along ${name}]`).join("")}`;
  const refuse = (at: readonly number[], came: string): never => {
    const where = at.length === 0 ? "" : ` in cell ${at.length === 1 ? at[0] : `(${at.join(", ")})`}`;
    throw new UserError(`${place}: eps must be a list of numbers, one per cell${nested}, got ${came}${where}`);
  };
  const along: number[] = [];
  const eps: number[] = [];
  const take = (value: Json | undefined, at: readonly number[]): void => {
    if (at.length === domain.length) {
      if (typeof value !== "number") return refuse(at, describeJson(value));
      eps.push(value);
      return;
    }
    if (!Array.isArray(value) || value.length === 0) return refuse(at, describeJson(value));
    const list = value as Json[];
    along[at.length] ??= list.length;
    if (list.length !== along[at.length]) refuse(at, `${list.length} numbers beside ${along[at.length]}`);
    list.forEach((entry, i) => take(entry, [...at, i]));
  };
  take(given, []);
  return { eps: Float64Array.from(eps), grid: withPlace(place, () => gridOf({ domain, ...p }, along)) };
}
