/**
 * Minimum of a function of a few variables without derivatives: the simplex of Nelder and Mead (Computer Journal 7,
 * 1965, https://doi.org/10.1093/comjnl/7.4.308). With the centroid c of all corners but the worst w, the trial points
 * c + t (c - w) are reflected (t = 1), expanded (2) and contracted outside (1/2) or inside (-1/2); where none is better
 * the simplex shrinks by half to its best.
 */
export interface SimplexOptions {
  /** Edge of the first simplex along each variable. Default 0.25. */
  readonly step?: number;
  /** It ends when its corners differ by less in value and in every variable ... Default 1e-7 and 1e-6. */
  readonly tolerance?: { readonly value: number; readonly variable: number };
  /** ... or after so many evaluations. Default 300 for each variable. */
  readonly evaluations?: number;
}

interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

/** The best point found, and its value. `f` may return Infinity where it is not defined. */
export function nelderMead(
  f: (at: readonly number[]) => number,
  start: readonly number[],
  { step = 0.25, tolerance = { value: 1e-7, variable: 1e-6 }, evaluations = 300 * start.length }: SimplexOptions = {},
): Corner {
  let spent = 0;
  const corner = (at: readonly number[]): Corner => {
    spent++;
    return { at, value: f(at) };
  };
  const corners = [start, ...start.map((_, k) => start.map((x, i) => (i === k ? x + step : x)))].map(corner);
  const small = (): boolean =>
    corners.every(
      ({ at, value }) =>
        Math.abs(value - corners[0].value) <= tolerance.value &&
        at.every((x, i) => Math.abs(x - corners[0].at[i]) <= tolerance.variable),
    );
  for (;;) {
    corners.sort((a, b) => a.value - b.value);
    if (spent >= evaluations || small()) return corners[0];
    const next = improved(corners, corner);
    if (next) corners[corners.length - 1] = next;
    else {
      const best = corners[0].at;
      for (let k = 1; k < corners.length; k++) corners[k] = corner(corners[k].at.map((x, i) => (x + best[i]) / 2));
    }
  }
}

/** The corner that takes the worst one's place; undefined where the simplex must shrink. */
function improved(corners: readonly Corner[], corner: (at: readonly number[]) => Corner): Corner | undefined {
  const n = corners.length - 1;
  const worst = corners[n];
  const centroid = worst.at.map((_, i) => corners.slice(0, n).reduce((sum, { at }) => sum + at[i], 0) / n);
  const trial = (t: number): Corner => corner(centroid.map((c, i) => c + t * (c - worst.at[i])));
  const reflected = trial(1);
  if (reflected.value < corners[0].value) {
    const expanded = trial(2);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < corners[n - 1].value) return reflected;
  const contracted = trial(reflected.value < worst.value ? 0.5 : -0.5);
  return contracted.value < Math.min(reflected.value, worst.value) ? contracted : undefined;
}
