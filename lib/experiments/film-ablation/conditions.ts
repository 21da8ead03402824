/**
 * Conditions of the ablation: drawn in equal numbers from each regime of the box, in the order of the regimes, and just
 * outside the box. Regimes: the values of a choice between configurations, or the quarters that the middles of two
 * conditions make (the halves of one, where the problem has no other); a condition that sets the porosity's correlation
 * length comes last.
 */
import { checkCondition, conditionFeatures, drawConditions } from "../../ensemble/conditions";
import type { Stream } from "../../random/stream";
import { correlationLengths, referenceCondition } from "../../transport/domain";
import type { Condition, ConditionRange, Problem } from "../../transport/problem";

export interface Regimes {
  readonly names: readonly string[];
  /** The regime of a condition; outside the box that of the nearest one inside. */
  of(c: Condition): number;
}

export function regimesOf(p: Problem): Regimes {
  const choice = p.conditions.find((range) => range.choices);
  if (choice) {
    const names = choice.choices!.slice(choice.min, choice.max + 1);
    return { names, of: (c) => c[choice.name] - choice.min };
  }
  const split = [...quantities(p, false), ...quantities(p, true)].slice(0, 2);
  if (split.length === 0) throw new RangeError(`regimesOf: ${p.name} has no conditions to split its box by`);
  const count = 2 ** split.length;
  const high = (r: number, k: number): boolean => Math.floor(r / 2 ** (split.length - 1 - k)) % 2 === 1;
  const side = (a: number, large: boolean): string => `${large ? "large" : "small"} ${p.conditions[a].name}`;
  return {
    names: Array.from({ length: count }, (_, r) => split.map((a, k) => side(a, high(r, k))).join(", ")),
    of: (c) => {
      const features = conditionFeatures(p, c);
      return split.reduce((r, a) => 2 * r + Number(features[a] >= 0), 0);
    },
  };
}

/** The numbers of the conditions that move the porosity's correlation length, or of those that do not. */
function quantities(p: Problem, ofPorosity: boolean): number[] {
  const at = referenceCondition(p);
  const moves = ({ name, min, max }: ConditionRange): boolean => {
    const [low, high] = [min, max].map((value) => String(correlationLengths(p, { ...at, [name]: value })));
    return low !== high;
  };
  return [...p.conditions.keys()].filter((a) => moves(p.conditions[a]) === ofPorosity);
}

/** `each` conditions of every regime, [regimes * each], regime by regime. */
export function drawByRegime(p: Problem, each: number, s: Stream): Condition[] {
  const { names, of } = regimesOf(p);
  const found = names.map((): Condition[] => []);
  // Regimes are equally likely: a round that leaves one short is followed by a larger one, whose first conditions are
  // the same.
  for (let count = 2 * each * names.length; found.some((list) => list.length < each); count *= 2) {
    found.forEach((list) => (list.length = 0));
    for (const c of drawConditions(p, count, s)) found[of(c)]?.push(c); // a choice beyond the box has no regime
  }
  return found.flatMap((list) => list.slice(0, each));
}

/**
 * The same with one quantity of each, in turn, moved out of the box by up to `extent` half-widths of its range (of its
 * logarithm, where the range is logarithmic). Extrapolation: `checkCondition` refuses these unless told that they are
 * wanted.
 */
export function drawOutside(p: Problem, each: number, extent: number, s: Stream): Condition[] {
  const movable = p.conditions.filter((range) => !range.choices);
  const conditions = drawByRegime(p, each, s.child("inside"));
  const u = s.child("beyond").uniforms(conditions.length);
  return conditions.map((inside, i) => {
    const range = movable[i % movable.length];
    const feature = conditionFeatures(p, inside)[p.conditions.indexOf(range)];
    const outside = { ...inside, [range.name]: valueOf(range, Math.sign(feature || 1) * (1 + extent * u[i])) };
    checkCondition(p, outside, { allowOutside: true });
    return outside;
  });
}

/** The inverse of a feature. */
function valueOf({ min, max, scale }: ConditionRange, feature: number): number {
  const share = (1 + feature) / 2;
  return scale === "log" ? min * (max / min) ** share : min + share * (max - min);
}
