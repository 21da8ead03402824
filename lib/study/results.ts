/** A study's results: from memory, from data/, or computed with a progress bar; one line says which and why. */
import * as path from "node:path";
import type { Cache } from "../cache/cache";
import type { Key, Stage } from "../cache/stage";
import { UserError } from "../errors/user-error";
import type { Artifact, Job } from "../experiments/experiment";
import { duration, progress, type Progress } from "../notebook/display";
import { kernelDisplay } from "../notebook/kernel";
import type { Problem } from "../transport/problem";
import { ownSource, problemAs, type ProblemSettings } from "../transport/problems";

export class StudyResults {
  private readonly done = new Map<string, Promise<unknown>>();

  /** `settings`: how the configuration names the problem; `project`: its folder. */
  constructor(
    private readonly cache: Cache,
    private readonly problem: Problem,
    private readonly settings: ProblemSettings,
    private readonly project: string,
  ) {}

  /** A job as an artifact of others. `detail` is said beside its progress. */
  artifact<A>(job: Job<A>, detail?: () => string): Artifact<A> {
    return { key: () => this.keyOf(job), value: () => this.obtain(job, detail) };
  }

  obtain<A>(job: Job<A>, detail: () => string = () => ""): Promise<A> {
    const { stage, hash } = this.keyOf(job);
    const id = `${stage}/${hash}`;
    const known = this.done.get(id) as Promise<A> | undefined;
    if (known) return known;
    const result = this.computed(job, detail).catch((error: unknown) => {
      this.done.delete(id); // a later call tries again, from the checkpoint where there is one
      throw error;
    });
    this.done.set(id, result);
    return result;
  }

  private keyOf({ stage, input, upstream }: Job<unknown>): Key {
    return this.cache.keyOf(
      this.withOwnSource(stage),
      input,
      upstream.map((artifact) => artifact.key()),
    );
  }

  private async computed<A>({ stage, input, upstream }: Job<A>, detail: () => string): Promise<A> {
    let bar: Progress | undefined; // none for what is only read back
    let phase = 0;
    /** A stage tells what it begins; that the last of it is done shows only afterwards. */
    const complete = (): void => {
      bar?.update(phase, phase, detail());
      bar?.finish();
      bar = undefined;
    };
    const keys = upstream.map((made) => made.key());
    try {
      const { artifact, reused, reason, seconds } = await this.cache.obtain(this.withOwnSource(stage), input, keys, {
        onProgress: (done, total, extra) => {
          if (total !== phase) complete(); // another phase counts other things: its rate and time left are its own
          phase = total;
          const facts = [extra, detail()].filter(Boolean).join(" · ");
          (bar ??= progress(stage.name)).update(done, total, facts);
        },
        onNotice: say,
      });
      complete();
      say(`${stage.name}: ${reused ? "reused" : `computed in ${duration(seconds)} (${reason})`}`);
      return artifact;
    } catch (error) {
      bar?.finish("not finished");
      throw error;
    }
  }

  /**
   * A problem from a file of the user's: results depend on that file too, and no stage may find another version of it
   * than this study.
   */
  private withOwnSource<I, A>(stage: Stage<I, A>): Stage<I, A> {
    const file = ownSource(this.problem);
    if (file === undefined) return stage;
    const { name } = this.settings;
    if (problemAs(this.settings) !== this.problem) {
      throw new UserError(`${name} was changed and opened by another study. Remedy: open this study again.`);
    }
    const source = path.relative(this.project, path.resolve(file)).split(path.sep).join("/");
    if (source.startsWith("..")) {
      throw new UserError(`${name} lies outside the project's folder. Remedy: put the file inside, anywhere.`);
    }
    return { ...stage, brought: [source] };
  }
}

/**
 * One line for the reader: under the cell in a notebook, on stderr elsewhere, since a command's stdout carries results
 * only.
 */
export function say(line: string): void {
  (kernelDisplay() ? process.stdout : process.stderr).write(`${line}\n`);
}
