/** Progress on standard error: one line overwritten on a terminal, a line every ten seconds where nobody watches. */
import type { Terminal } from "./command";

export interface Progress {
  update(done: number, total: number, extra?: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** Ends the line; belongs in a `finally`. */
  end(): void;
}

export function progressOn(
  terminal: Terminal,
  label: string,
  unit: string,
  now: () => number = () => performance.now(),
): Progress {
  const begun = now();
  let first: number | undefined; // what was done before: a resumed job's rate counts from there
  let shown = terminal.interactive ? -Infinity : begun;
  let lineOpen = false;
  const clear = (): void => {
    if (lineOpen) terminal.err(`\r${" ".repeat(terminal.columns - 1)}\r`);
    lineOpen = false;
  };
  return {
    update(done, total, extra) {
      first ??= done;
      const time = now();
      if (time - shown < (terminal.interactive ? 100 : 10_000)) return;
      shown = time;
      const rate = (done - first) / Math.max(1e-3, (time - begun) / 1000);
      const left = rate > 0 ? `, ${inWords((total - done) / rate)} left` : "";
      const share = total > 0 ? Math.floor((100 * done) / total) : 100;
      const speed = rate > 0 ? `, ${rate.toPrecision(3)} ${unit}/s` : "";
      const text = `${label}: ${share} % (${done} of ${total} ${unit}${speed}${left})${extra === undefined ? "" : ` ${extra}`}`;
      if (terminal.interactive) {
        clear();
        terminal.err(text.slice(0, terminal.columns - 1));
        lineOpen = true;
      } else {
        terminal.err(`${text}\n`);
      }
    },
    say(line) {
      clear();
      terminal.err(`${line}\n`);
    },
    end: clear,
  };
}

/** 3 s, 2 min 5 s, 1 h 4 min. */
export function inWords(seconds: number): string {
  const s = Math.ceil(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
