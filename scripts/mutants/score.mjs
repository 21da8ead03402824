/**
 * The score of a run by room and in all: the share of faults that a test noticed, p = k/n, with Wilson's 95 % interval
 *   (p + z^2/2n -+ z sqrt(p(1 - p)/n + z^2/4n^2)) / (1 + z^2/n),   z = 1.96,
 * where the faults are a sample. Where time ran out nothing is known (a slow machine notices no fault): such faults
 * count neither way and are told apart. So are texts, mostly those of messages: no number depends on them.
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { fromRoot } from "./draw.mjs";

const leastScore = 0.85;

/** [low, high] of a share of which k of n were seen. */
export function wilson(k, n, z = 1.959964) {
  const p = k / n;
  const middle = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [middle - half, middle + half].map((bound) => bound / (1 + (z * z) / n));
}

const percent = (share) => `${Math.round(100 * share)}`;
const isText = ({ mutatorName }) => mutatorName === "StringLiteral";

function scoreOf(results, sampled) {
  const noticed = results.filter(({ status }) => status === "Killed").length;
  const decided = noticed + results.filter(({ status }) => status === "Survived").length;
  if (!decided) return { score: NaN, words: "none" };
  const [low, high] = wilson(noticed, decided).map(percent);
  const words = `${noticed} of ${decided}, ${percent(noticed / decided)} %`;
  return { score: noticed / decided, words: sampled ? `${words} (${low} to ${high})` : words };
}

/** Lines of a table. `results` as StrykerJS gives them; `possible`: how many faults each room could have. */
export function scoreTable(results, possible) {
  const roomOf = ({ fileName }) => fromRoot(fileName).split("/")[1];
  const rows = [["room", "faults", "noticed", "without texts", "endless loop", "out of time"]];
  const row = (name, some, faults) => {
    const sampled = some.length < faults;
    const endless = some.filter(({ statusReason }) => /Hit count limit reached|SIGXCPU/.test(statusReason)).length;
    const undecided = some.filter(({ status }) => status !== "Killed" && status !== "Survived").length;
    const numbers = some.filter((result) => !isText(result));
    const shares = [scoreOf(some, sampled).words, scoreOf(numbers, sampled).words];
    rows.push([name, `${faults}`, ...shares, `${endless}`, `${undecided}`]);
  };
  for (const [room, faults] of Object.entries(possible))
    row(
      room,
      results.filter((result) => roomOf(result) === room),
      faults,
    );
  const total = Object.values(possible).reduce((sum, faults) => sum + faults, 0);
  row("all", results, total);
  const widths = rows[0].map((_, j) => Math.max(...rows.map((cells) => cells[j].length)));
  return rows.map((cells) => cells.map((cell, j) => cell.padEnd(widths[j])).join("  ").trimEnd()); // prettier-ignore
}

class Score {
  results = [];
  onMutantTested(result) {
    if (result.status === "Ignored") return;
    this.results.push(result);
    const { start } = result.location;
    const place = `${fromRoot(result.fileName)}:${start.line}:${start.column}`;
    const line = { place, fault: result.mutatorName, replacement: result.replacement, status: result.status };
    appendFileSync(process.env.SGM_MUTANTS_TESTED, `${JSON.stringify(line)}\n`);
  }
  wrapUp() {
    const possible = JSON.parse(process.env.SGM_MUTANTS_POSSIBLE);
    const sampled = this.results.length < Object.values(possible).reduce((sum, faults) => sum + faults, 0);
    process.stdout.write(`\n${scoreTable(this.results, possible).join("\n")}\n`);
    if (!(scoreOf(this.results, sampled).score >= leastScore)) process.exitCode = 1;
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "score", injectableClass: Score }];
