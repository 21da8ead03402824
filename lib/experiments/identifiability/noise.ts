/**
 * The noise that fields are looked at with, channel by channel. Where the configuration says nothing of a channel it is
 * a given share of the channel's standard deviation over porosities at the problem's reference condition, root mean
 * square over the cells.
 */
import { fieldMap, type Noise } from "../../inverse/field-map";
import { rowAt } from "../../numerics/rows";
import { sum, variance } from "../../numerics/statistics";
import { stream } from "../../random/stream";
import { referenceCondition } from "../../transport/domain";
import type { Problem } from "../../transport/problem";

/** Porosities of the standard deviation: known to a tenth, which is enough for a ruler. */
const porosities = 64;

/** The configured channels first, in their order, then the others in the problem's. */
export function noiseFor(problem: Problem, cells: number, configured: Noise, share: number): Noise {
  const own = Object.entries(configured).filter(([name]) => problem.channels.some((channel) => channel.name === name));
  const others = problem.channels.filter(({ name }) => !own.some(([configuredName]) => configuredName === name));
  if (others.length === 0) return Object.fromEntries(own);
  const spread = spreads(problem, cells);
  return Object.fromEntries([...own, ...others.map(({ name }) => [name, share * spread[name]] as const)]);
}

/** The first of them alone. */
export function firstOf(noise: Noise): Noise {
  const [[name, level]] = Object.entries(noise);
  return { [name]: level };
}

function spreads(problem: Problem, cells: number): Readonly<Record<string, number>> {
  const map = fieldMap(problem, { condition: referenceCondition(problem), cells });
  const source = stream(0).child("spread of channels");
  const fields = Array.from({ length: porosities }, (_, k) => map.fields(source.child(k).normals(cells)));
  return Object.fromEntries(
    problem.channels.map(({ name }, channel) => {
      const own = fields.map((field) => rowAt(field, channel, cells));
      const square = Array.from({ length: cells }, (_, i) => variance(own.map((field) => field[i])) / cells);
      return [name, Math.sqrt(sum(square))];
    }),
  );
}
