/** Timing on a machine that others may use too: contestants in turn, the best of several rounds of each. */

/** Seconds that `f` takes. */
export async function seconds(f: () => unknown): Promise<number> {
  const start = performance.now();
  await f();
  return (performance.now() - start) / 1e3;
}

/** Best time of each contestant, who report their own seconds, over `rounds` rounds in turn. */
export async function bestInTurn<Name extends string>(
  rounds: number,
  contestants: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const best = Object.fromEntries(names.map((name) => [name, Infinity])) as Record<Name, number>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) best[name] = Math.min(best[name], await contestants[name]());
  }
  return best;
}

/** Processor seconds (all threads of this process) that `f` takes. */
export async function processorSeconds(f: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await f();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
