/** Checks with which a notebook ends: a claim in words, the number, what it must be; the reader sees each line, a false one stops the notebook. */

function check(claim: string, holds: boolean, detail: string): void {
  if (!holds) throw new Error(`The claim does not hold: ${claim}; ${detail}`);
  process.stdout.write(`holds: ${claim}; ${detail}\n`);
}

const shown = (x: number): string => (Number.isInteger(x) ? String(x) : x.toPrecision(3));

/** |got - expected| <= within, a tolerance that comes from theory or from the Monte-Carlo error. */
export function assertClose(claim: string, got: number, expected: number, { within }: { within: number }): void {
  check(claim, Math.abs(got - expected) <= within, `${shown(got)}, expected ${shown(expected)} ± ${shown(within)}`);
}

/** got <= limit. */
export function assertAtMost(claim: string, got: number, limit: number): void {
  check(claim, got <= limit, `${shown(got)}, at most ${shown(limit)}`);
}

/** got >= limit. */
export function assertAtLeast(claim: string, got: number, limit: number): void {
  check(claim, got >= limit, `${shown(got)}, at least ${shown(limit)}`);
}

/** low <= got <= high. */
export function assertBetween(claim: string, got: number, [low, high]: readonly [number, number]): void {
  check(claim, got >= low && got <= high, `${shown(got)}, between ${shown(low)} and ${shown(high)}`);
}
