/**
 * Checks with which a notebook ends: a claim in words, the number, what it must be; the reader sees each line, a false
 * one stops the notebook. Whoever executes a notebook may ask for the claims as data, by two environment variables:
 *   SGM_CLAIMS=FILE         each claim as it is made, JSON: {"claims": [{claim, value, expected?, low?, high?, holds},
 *                           ..]}
 *   SGM_FALSE_CLAIMS=record a false claim is written down and does not stop the notebook (a sweep wants to see all of
 *   them)
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { explainWriteError } from "../errors/user-error";
import { temporaryNameFor } from "../storage/atomic";

/** One check, as data: it holds if low <= value <= high. */
export interface Claim {
  readonly claim: string;
  /** null: not a number. */
  readonly value: number | null;
  readonly expected?: number;
  readonly low?: number;
  readonly high?: number;
  readonly holds: boolean;
}

const made: Claim[] = [];
let file: string | undefined;

/** Claims of this process, in order, to the file that SGM_CLAIMS names: whole at any moment. */
function record(claim: Claim): void {
  const target = process.env.SGM_CLAIMS;
  if (target === undefined || target === "") return;
  if (file !== target) made.length = 0;
  file = target;
  made.push(claim);
  const temporary = temporaryNameFor(target);
  try {
    fs.mkdirSync(path.dirname(path.resolve(target)), { recursive: true });
    fs.writeFileSync(temporary, `${JSON.stringify({ claims: made }, null, 1)}\n`);
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw explainWriteError(error, target);
  }
}

/** The claims in a file that a notebook left, none where there is no file. */
export async function claimsIn(target: string): Promise<Claim[]> {
  if (!fs.existsSync(target)) return [];
  const { claims } = JSON.parse(await fs.promises.readFile(target, "utf8")) as { claims: Claim[] };
  return claims;
}

/** A size that a claim is about: so many of them at least. What is true of those may be false of fewer. */
export interface Size {
  /** The key of the configuration, or a word: "cells". */
  readonly of: string;
  readonly least: number;
  readonly here: number;
}

/** "that is about training.steps = 11500 or more, here 25"; undefined where there are enough of all. */
function tooFew(about: readonly Size[]): string | undefined {
  const few = about.filter(({ least, here }) => !(here >= least));
  if (few.length === 0) return undefined;
  return `that is about ${few.map(({ of, least, here }) => `${of} = ${least} or more, here ${here}`).join("; ")}`;
}

function check(
  claim: string,
  value: number,
  bounds: Omit<Claim, "claim" | "value" | "holds">,
  must: string,
  about: readonly Size[] = [],
): void {
  const { low = -Infinity, high = Infinity } = bounds;
  const holds = value >= low && value <= high;
  const detail = `${shown(value)}, ${must}`;
  const few = tooFew(about);
  const asRow = { claim, value: Number.isFinite(value) ? value : null, ...bounds, holds };
  if (!holds && few !== undefined) {
    if (process.env.SGM_FALSE_CLAIMS === "record") record(asRow); // a sweep wants its number
    notClaimed(claim, `${detail}; ${few}`);
    return;
  }
  record(asRow);
  if (!holds && process.env.SGM_FALSE_CLAIMS !== "record") {
    throw new Error(`The claim does not hold: ${claim}; ${detail}`);
  }
  process.stdout.write(`${holds ? "holds" : "DOES NOT HOLD"}: ${claim}; ${detail}\n`);
}

const shown = (x: number): string => (Number.isInteger(x) ? String(x) : x.toPrecision(3));

/**
 * A measured quantity without a bound: a row of a sweep's table, under a name that holds none of the values that may be
 * swept.
 */
export function measured(quantity: string, value: number): void {
  record({ claim: quantity, value: Number.isFinite(value) ? value : null, holds: Number.isFinite(value) });
  process.stdout.write(`measured: ${quantity}; ${shown(value)}\n`);
}

/** A claim that is about another case than the one at hand: said, with why, in the place of a check. */
export function notClaimed(claim: string, why: string): void {
  process.stdout.write(`not claimed: ${claim}; ${why}\n`);
}

/**
 * |got - expected| <= within, a tolerance that comes from theory or from the Monte-Carlo error. `about` here and below:
 * the sizes that the claim is about; where there are fewer and it does not hold, it is not claimed, and that is said.
 */
export function assertClose(
  claim: string,
  got: number,
  expected: number,
  { within }: { within: number },
  about?: readonly Size[],
): void {
  const bounds = { expected, low: expected - within, high: expected + within };
  check(claim, got, bounds, `expected ${shown(expected)} ± ${shown(within)}`, about);
}

/** got <= limit. */
export function assertAtMost(claim: string, got: number, limit: number, about?: readonly Size[]): void {
  check(claim, got, { high: limit }, `at most ${shown(limit)}`, about);
}

/** got >= limit. */
export function assertAtLeast(claim: string, got: number, limit: number, about?: readonly Size[]): void {
  check(claim, got, { low: limit }, `at least ${shown(limit)}`, about);
}

/** low <= got <= high. */
export function assertBetween(
  claim: string,
  got: number,
  [low, high]: readonly [number, number],
  about?: readonly Size[],
): void {
  check(claim, got, { low, high }, `between ${shown(low)} and ${shown(high)}`, about);
}
