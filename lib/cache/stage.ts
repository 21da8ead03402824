/** One link of a study's chain: a pure function of its input and of the artifacts before it, with a form on disk. */

/** An artifact of a stage: its name and the hash of all that it depends on. */
export interface Key {
  readonly stage: string;
  readonly hash: string;
}

export interface StageContext {
  /** A folder that survives an interruption: for checkpoints, from which a later run of the same stage goes on. */
  readonly folder: string;
  /** Aborts on SIGINT, SIGTERM or the caller's wish: save and throw (`signal.throwIfAborted()`) at the next step. */
  readonly signal: AbortSignal;
  progress(done: number, total: number, extra?: string): void;
}

export interface Stage<I, A> {
  /** Letters, digits and hyphens: a folder's name. */
  readonly name: string;
  /**
   * The file that defines the stage, from the project's folder: the result depends on it and on all that it reaches.
   * See hash.ts.
   */
  readonly module: string;
  /** Files beyond these that a person brought and that are loaded by their names, from the project's folder. */
  readonly brought?: readonly string[];
  run(input: I, context: StageContext): Promise<A>;
  save(artifact: A, folder: string): Promise<void>;
  load(folder: string): Promise<A>;
}

export interface ObtainOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, extra?: string) => void;
  /** One line of what the reader should know: waiting for another process, a damaged artifact set aside. */
  readonly onNotice?: (line: string) => void;
}

export interface Obtained<A> {
  readonly artifact: A;
  readonly key: Key;
  readonly reused: boolean;
  /** One line: "reused", or what changed since the nearest earlier result of the stage. */
  readonly reason: string;
  /** Of this call. */
  readonly seconds: number;
}
