/**
 * Progress of long work: done, rate, time left. In a notebook one output that is replaced in place, in a terminal one
 * line of stderr that is rewritten, elsewhere (a log, CI) a line for every tenth or every half minute. What stays is
 * one short line. The rate is a moving average over about ten seconds, so that a slow start or a resumed stage does not
 * spoil the time left.
 */
import { escapeHtml, kernelDisplay, replaceable, type Send } from "./kernel";

export interface Progress {
  /** Call as often as you like: it draws at most four times a second. `extra` is one short fact, such as the loss. */
  update(done: number, total: number, extra?: string): void;
  /** Leaves one line; `note` replaces the last `extra`. Further calls do nothing. */
  finish(note?: string): void;
}

export interface ProgressTargets {
  readonly send?: Send;
  readonly stream?: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly now?: () => number; // ms
  /** What is counted. */
  readonly unit?: string;
  /** In a log, a line every so many ms and none before; by default also one for every tenth. */
  readonly logEvery?: number;
  /**
   * CI keeps a log even where it offers a terminal: no line is rewritten. By default the environment variable CI says
   * so.
   */
  readonly ci?: boolean;
}

const memory = 10_000; // ms over which the rate is averaged

interface State {
  readonly label: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  readonly extra: string;
  readonly rate: number; // per second; 0: not known yet
  readonly elapsed: number; // s
}

export function progress(label: string, targets: ProgressTargets = {}): Progress {
  const { now = Date.now, stream = process.stderr, ci = Boolean(process.env.CI), unit = "", logEvery } = targets;
  const send = targets.send ?? (targets.stream === undefined ? kernelDisplay() : undefined);
  const draw = send ? inNotebook(send) : stream.isTTY && !ci ? inTerminal(stream) : inLog(stream, now, logEvery);
  const begin = now();
  let drawn = -Infinity;
  let finished = false;
  let last: { at: number; done: number } | undefined;
  let first = 0;
  let state: State = { label, unit, done: 0, total: 0, extra: "", rate: 0, elapsed: 0 };

  return {
    update(done, total, extra = "") {
      if (finished) return;
      const at = now();
      let { rate } = state;
      if (last === undefined || done < last.done) {
        first = done;
        last = { at, done };
      } else if (at - last.at >= 200) {
        const recent = ((done - last.done) / (at - last.at)) * 1000;
        const weight = rate === 0 ? 1 : 1 - Math.exp((last.at - at) / memory);
        rate += weight * (recent - rate);
        last = { at, done };
      }
      state = { label, unit, done, total, extra, rate, elapsed: (at - begin) / 1000 };
      if (at - drawn < 250 && done < total) return;
      drawn = at;
      draw(state, false);
    },
    finish(note) {
      if (finished) return;
      finished = true;
      const elapsed = (now() - begin) / 1000;
      draw(
        { ...state, extra: note ?? state.extra, elapsed, rate: elapsed > 0 ? (state.done - first) / elapsed : 0 },
        true,
      );
    },
  };
}

type Draw = (state: State, last: boolean) => void;

function inNotebook(send: Send): Draw {
  const show = replaceable(send);
  return (state, last) => {
    const text = last ? finalLine(state) : runningLine(state);
    const bar = last
      ? ""
      : `<progress value="${state.done}" max="${Math.max(1, state.total)}" style="width:16em"></progress> `;
    show({ "text/html": `<div>${bar}${escapeHtml(text)}</div>`, "text/plain": text });
  };
}

type Stream = NonNullable<ProgressTargets["stream"]>;

function inTerminal(stream: Stream): Draw {
  return (state, last) => {
    const filled = Math.round(20 * share(state));
    const bar = last ? "" : `${"█".repeat(filled)}${"░".repeat(20 - filled)} `;
    const text = (bar + (last ? finalLine(state) : runningLine(state))).slice(0, (stream.columns ?? 120) - 1);
    stream.write(`\r${text}\x1b[K${last ? "\n" : ""}`);
  };
}

function inLog(stream: Stream, now: () => number, every?: number): Draw {
  let tenth = 0;
  let at = now();
  return (state, last) => {
    const reached = Math.floor(10 * share(state) + 1e-9);
    if (
      !last &&
      (state.done >= state.total || ((every !== undefined || reached <= tenth) && now() - at < (every ?? 30_000)))
    )
      return;
    tenth = reached;
    at = now();
    stream.write(`${last ? finalLine(state) : runningLine(state)}\n`);
  };
}

const share = ({ done, total }: State): number => (total > 0 ? Math.min(1, Math.max(0, done / total)) : 0);

function runningLine(state: State): string {
  const { label, unit, done, total, rate, extra } = state;
  const left = rate > 0 ? `${duration(Math.max(0, total - done) / rate)} left` : "";
  const parts = [`${whole(done)} of ${whole(total)} ${unit}`.trimEnd(), speed(rate, unit), left, extra];
  return `${label}: ${Math.floor(100 * share(state))} % · ${parts.filter(Boolean).join(" · ")}`;
}

function finalLine({ label, unit, done, total, rate, elapsed, extra }: State): string {
  const stopped = `${done < total ? `stopped at ${whole(done)} of ${whole(total)}` : whole(done)} ${unit}`.trimEnd();
  return `${label}: ${[`${stopped} in ${duration(elapsed)}`, speed(rate, unit), extra].filter(Boolean).join(" · ")}`;
}

const whole = (n: number): string => Math.round(n).toLocaleString("en-US");
const speed = (rate: number, unit: string): string =>
  rate > 0 ? `${rate >= 100 ? whole(rate) : rate.toPrecision(2)} ${unit}/s` : "";

/** "3.2 s", "4 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  const pad = (n: number) => String(n).padStart(2, "0");
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${pad(Math.floor((s % 3600) / 60))} min`;
}
