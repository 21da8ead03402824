/** Progress on standard error: one line overwritten on a terminal, a line every ten seconds where nobody watches. */
import { progress } from "../notebook/progress";
import type { Terminal } from "./command";

export interface Progress {
  update(done: number, total: number, extra?: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** Removes the line that is overwritten; belongs in a `finally`. */
  end(): void;
}

export function progressOn(terminal: Terminal, label: string, unit: string, now?: () => number): Progress {
  let lineOpen = false;
  const write = (text: string): void => {
    lineOpen = terminal.interactive;
    terminal.err(text);
  };
  const clear = (): void => {
    if (lineOpen) terminal.err("\r\x1b[K");
    lineOpen = false;
  };
  const stream = { isTTY: terminal.interactive, columns: terminal.columns, write };
  const { update } = progress(label, { unit, logEvery: 10_000, stream, now, ci: false });
  return {
    update,
    say(line) {
      clear();
      terminal.err(`${line}\n`);
    },
    end: clear,
  };
}
