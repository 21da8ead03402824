/**
 * Results of stages, stored by the hash of all that they depend on:
 *   data/STAGE/HASH/            the artifact's files and manifest.json; appears at once and whole
 *   data/STAGE/HASH.partial/    work/ (checkpoints, survives interruptions) and artifact/ (being saved)
 * and beside them the lock of whoever is computing. Files are verified against their checksums when they are reused;
 * a damaged artifact is set aside (HASH.damaged-DATE) and computed again.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { cleanStaleTemporaries, renameFolder } from "../storage/atomic";
import { canonicalJson, writeJson, type Json } from "../storage/json";
import { DamagedFileError, UserError, explainWriteError } from "../errors/user-error";
import { entriesOf, pruneEntries, type Entry, type PruneOptions } from "./cache-entries";
import { sourceHashes, type SourceHashes } from "./sources";
import { Interrupted, listenForInterrupt } from "./interrupt";
import { withLock } from "./lock";
import {
  checksumsOf,
  differences,
  hashOf,
  manifestFile,
  manifestsOf,
  readManifest,
  verifyArtifact,
  type Manifest,
} from "./manifest";
import { projectRoot } from "./root";
import type { Key, ObtainOptions, Obtained, Stage } from "./stage";

export class Cache {
  private static readonly turns = new Map<string, Promise<unknown>>();

  /** `root`: the data folder; `project`: what the stages' modules are relative to. */
  constructor(
    readonly root: string,
    private readonly project: string = projectRoot(),
  ) {}

  /** The key that a stage's result has or would have. Cheap: nothing is read but source files. */
  keyOf<I, A>(stage: Stage<I, A>, input: I, upstream: readonly Key[]): Key {
    return this.dependencies(stage, input, upstream).key;
  }

  /**
   * The stage's result: reused if it is stored and undamaged, otherwise computed and stored. Processes and cells that
   * ask at the same time compute once; the others wait.
   * @throws Interrupted after SIGINT or SIGTERM (checkpoints are kept) | whatever the stage throws
   */
  async obtain<I, A>(
    stage: Stage<I, A>,
    input: I,
    upstream: readonly Key[] = [],
    options: ObtainOptions = {},
  ): Promise<Obtained<A>> {
    const begun = performance.now();
    const { key, manifest } = this.dependencies(stage, input, upstream);
    const folder = this.folderOf(key);
    const seconds = (): number => (performance.now() - begun) / 1000;
    const reuse = async (): Promise<Obtained<A>> => {
      const artifact = await stage.load(folder);
      return { artifact, key, reused: true, reason: "reused", seconds: seconds() };
    };
    if ((await stateOf(folder)) === "undamaged") return reuse();

    // while waiting too: else a waiting cell would go on after its end
    const listening = listenForInterrupt(options.signal);
    const { signal } = listening;
    try {
      return await this.inTurn(folder, async () => {
        await fs.mkdir(path.dirname(folder), { recursive: true }).catch((error: unknown) => {
          throw explainWriteError(error, path.dirname(folder));
        });
        const onWait = (owner: string): void => options.onNotice?.(`${stage.name}: ${owner} is computing it; waiting`);
        const make = async (): Promise<Obtained<A>> => {
          const state = await stateOf(folder);
          if (state === "undamaged") return reuse();
          const reason = state === "absent" ? await this.reasonFor(manifest) : await setAside(folder, state, options);
          const artifact = await this.compute(stage, input, folder, manifest, signal, options);
          return { artifact, key, reused: false, reason, seconds: seconds() };
        };
        return withLock(folder, make, { signal, onWait });
      });
    } finally {
      listening.stop();
    }
  }

  /** Everything stored: complete, partial and damaged. */
  list(): Promise<Entry[]> {
    return entriesOf(this.root);
  }

  /** What an artifact depends on and consists of, in lines. The hash may be shortened as long as it is unique. */
  async explain(key: Partial<Key>): Promise<string[]> {
    const all = await this.list();
    const found = all.filter((e) => (key.stage ?? e.stage) === e.stage && e.hash.startsWith(key.hash ?? ""));
    if (found.length !== 1) {
      const which = `${key.stage ?? "any stage"}/${key.hash ?? ""}`;
      throw new UserError(`cache: ${which} must name one entry, ${found.length} match. Remedy: list them first.`);
    }
    const [entry] = found;
    const title = `${entry.stage}/${entry.hash} (${entry.state}, ${entry.bytes} bytes)`;
    if (entry.state !== "complete") return [title];
    const m = await readManifest(path.join(this.root, entry.stage, entry.hash));
    return [
      title,
      `${m.date}, ${m.seconds.toFixed(1)} s, ${await this.reasonFor(m, m.date)}`,
      `input ${JSON.stringify(m.input)}`,
      ...m.upstream.map((k) => `made from ${k.stage}/${k.hash}`),
      ...Object.entries(m.files).map(([name, { bytes }]) => `file ${name}, ${bytes} bytes`),
      ...Object.entries(m.sources).map(([name, hash]) => `source ${name} ${hash}`),
      `versions ${Object.entries(m.versions).map((v) => v.join(" ")).join(", ")}`, // prettier-ignore
    ];
  }

  /**
   * Removes entries; see PruneOptions. What a process is computing is left alone. Returns what was (or would be)
   * removed.
   */
  prune(options: PruneOptions = {}): Promise<Entry[]> {
    return pruneEntries(this.root, options);
  }

  private folderOf({ stage, hash }: Key): string {
    return path.join(this.root, stage, hash);
  }

  private dependencies<I, A>(
    stage: Stage<I, A>,
    input: I,
    upstream: readonly Key[],
  ): { key: Key; manifest: Omit<Manifest, "files" | "seconds" | "date"> } {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(stage.name)) {
      throw new TypeError(`Cache: a stage's name must consist of letters, digits and hyphens, got "${stage.name}"`);
    }
    const sources: SourceHashes = sourceHashes(this.project, [stage.module, ...(stage.brought ?? [])]);
    const plain = JSON.parse(canonicalJson(input ?? null, `${stage.name}: input`)) as Json;
    const made = { stage: stage.name, input: plain, upstream, sources };
    const hash = hashOf(made);
    const versions = { node: process.version, platform: `${process.platform} ${process.arch}` };
    const manifest = { ...made, hash, versions };
    return { key: { stage: stage.name, hash }, manifest };
  }

  private async compute<I, A>(
    stage: Stage<I, A>,
    input: I,
    folder: string,
    manifest: Omit<Manifest, "files" | "seconds" | "date">,
    signal: AbortSignal,
    options: ObtainOptions,
  ): Promise<A> {
    const [partial, work] = [partialFolder(folder), workFolder(folder)];
    const saved = path.join(partial, "artifact");
    const progress = (done: number, total: number, extra?: string): void => options.onProgress?.(done, total, extra);
    try {
      await onDisk(partial, async () => {
        await fs.mkdir(work, { recursive: true });
        await fs.rm(saved, { recursive: true, force: true });
        await cleanStaleTemporaries(work);
      });
      signal.throwIfAborted();
      const begun = performance.now();
      const artifact = await stage.run(input, { folder: work, signal, progress });
      const seconds = (performance.now() - begun) / 1000;
      await onDisk(partial, async () => {
        await fs.mkdir(saved, { recursive: true });
        await stage.save(artifact, saved);
        const files = await checksumsOf(saved);
        await writeJson(path.join(saved, manifestFile), {
          ...manifest,
          files,
          seconds,
          date: new Date().toISOString(),
        });
        await renameFolder(saved, folder);
        await fs.rm(partial, { recursive: true, force: true });
      });
      return artifact;
    } catch (error) {
      // Whatever form the stage's own stop takes, an abort is reported as one.
      throw signal.aborted && signal.reason instanceof Interrupted ? signal.reason : error;
    }
  }

  /** The difference to the nearest result of the same stage, computed before `date` if that is given. */
  private async reasonFor(now: Omit<Manifest, "files" | "seconds" | "date">, date?: string): Promise<string> {
    let nearest: { changed: string[]; date: string } | undefined;
    for (const earlier of await manifestsOf(path.join(this.root, now.stage))) {
      if (earlier.hash === now.hash || (date !== undefined && earlier.date >= date)) continue;
      const changed = differences(earlier, now);
      const closer = changed.length - (nearest?.changed.length ?? Infinity);
      if (closer < 0 || (closer === 0 && earlier.date > nearest!.date)) nearest = { changed, date: earlier.date };
    }
    if (nearest === undefined) return "computed for the first time";
    if (nearest.changed.length === 0) return "computed again: only the form in which results are stored changed";
    const more = nearest.changed.length > 3 ? ` and ${nearest.changed.length - 3} more` : "";
    return `computed: ${nearest.changed.slice(0, 3).join("; ")}${more}`;
  }

  /** Calls of one process for one artifact go one after the other (two cells, an interrupted cell still stopping). */
  private async inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
    const full = path.resolve(folder);
    const before = Cache.turns.get(full) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    Cache.turns.set(full, settled);
    try {
      return await mine;
    } finally {
      if (Cache.turns.get(full) === settled) Cache.turns.delete(full);
    }
  }
}

/** "undamaged", "absent", or what is wrong. */
async function stateOf(folder: string): Promise<string> {
  const there = await fs.stat(folder).then(
    () => true,
    () => false,
  );
  if (!there) return "absent";
  try {
    await verifyArtifact(folder, await readManifest(folder));
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    return `${path.relative(folder, error.path)}: ${error.problem}`;
  }
  const now = new Date();
  await fs.utimes(path.join(folder, manifestFile), now, now).catch(() => undefined); // the last use, for prune
  return "undamaged";
}

/** Moves a damaged artifact out of the way; only the lock's holder may. Returns the reason for computing it again. */
async function setAside(folder: string, problem: string, options: ObtainOptions): Promise<string> {
  const aside = `${folder}.damaged-${new Date().toISOString().replace(/[:.-]/g, "")}`;
  await onDisk(aside, () => fs.rename(folder, aside));
  options.onNotice?.(`${folder} is damaged (${problem}); set aside as ${path.basename(aside)}, computing it again`);
  return `computed again, since the stored result was damaged (${problem})`;
}

/** Explains the system's refusals. */
async function onDisk<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainWriteError(error, place);
  }
}
const partialFolder = (folder: string): string => `${folder}.partial`;

/** Where a result that will lie in `folder` keeps its checkpoints while it is made. */
export const workFolder = (folder: string): string => path.join(partialFolder(folder), "work");
