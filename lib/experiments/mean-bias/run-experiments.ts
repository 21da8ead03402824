/** The experiments of the mean-bias chapter in order: fields drawn, control variates shared. */
import type { Score } from "../../diffusion/score";
import type { Fields } from "../../fields/fields";
import { drawBoth, startOf, first } from "./published-setting";
import type { Experiment } from "./experiments";
import { type BiasRow, type Experimenting, settingsOf, biasRow } from "./bias-row";

/** The experiments in order. Those that differ in the score alone share their random numbers. */
export async function runExperiments(jobs: readonly Experiment[], o: Experimenting): Promise<BiasRow[]> {
  const { setting, meanBias, signal } = o;
  const rows: BiasRow[] = [];
  const controls = new Map<string, Promise<Fields>>();
  for (const [index, job] of jobs.entries()) {
    signal?.throwIfAborted();
    o.progress?.(index, jobs.length, `${job.score}, beta_max ${job.betaMax}, ${job.start}, ${job.sampler}`);
    const settings = settingsOf(job, o);
    const name = `${job.betaMax}, ${job.start}, ${job.sampler}`;
    const draw = async (score: Score, count: number): Promise<Fields> => {
      const start = startOf(job.start, setting.law);
      const batch = Math.min(largestBatch, meanBias.generated);
      const random = { count, batch, stream: o.stream.child(name) };
      return (await drawBoth(setting, { ...settings, ...random, score, start, signal })).clean;
    };
    const alone = jobs.some((j) => j.score === "gaussian" && nameOf(j) === nameOf(job));
    if (!controls.has(name)) {
      controls.set(
        name,
        draw(o.scores.gaussian, alone ? Math.max(meanBias.exact, meanBias.generated) : meanBias.generated),
      );
    }
    const gaussian = await controls.get(name)!;
    const fields = job.score === "gaussian" ? gaussian : await draw(o.scores[job.score], meanBias.generated);
    const control = job.score === "gaussian" ? undefined : first(gaussian, meanBias.generated);
    rows.push(biasRow(job, fields, control, o));
  }
  o.progress?.(jobs.length, jobs.length);
  return rows;
}

/** Fields at a time: 12,000 members of an ensemble make 19 MB of weights of them. */
const largestBatch = 400;

const nameOf = ({ betaMax, start, sampler }: Experiment): string => `${betaMax}, ${start}, ${sampler}`;
