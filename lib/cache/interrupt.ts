/**
 * Ctrl-C during a long job. In the notebooks' kernel SIGINT ends the cell at once while the function that it awaited
 * runs on in the background, so the job itself must listen, stop at its next step and save. It listens for as long as
 * it runs and no longer: before and after, signals keep the meaning that the surrounding program gives them.
 */
const signals = ["SIGINT", "SIGTERM"] as const;

/** Thrown by a job that was stopped. What it had saved is kept; asking for it again goes on from there. */
export class Interrupted extends Error {
  override name = "Interrupted";

  constructor(readonly signal: string) {
    super(`interrupted (${signal}); what was saved is kept, running it again goes on from there`);
  }
}

export interface Listening {
  /** Aborts, with an `Interrupted` as its reason, on SIGINT, SIGTERM or when the outer signal does. */
  readonly signal: AbortSignal;
  /** Stops listening; belongs in a `finally`. */
  stop(): void;
}

/** Calls `handler` once on the first SIGINT or SIGTERM. Returns the function that stops listening. */
function onInterrupt(handler: (signal: NodeJS.Signals) => void): () => void {
  let called = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (called) return;
    called = true;
    handler(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

/** Listens until `stop`: see `Listening`. */
export function listenForInterrupt(outer?: AbortSignal): Listening {
  const controller = new AbortController();
  const stopListening = onInterrupt((signal) => controller.abort(new Interrupted(signal)));
  const onOuter = (): void => {
    controller.abort(outer?.reason instanceof Interrupted ? outer.reason : new Interrupted("stopped by the caller"));
  };
  if (outer?.aborted === true) onOuter();
  else outer?.addEventListener("abort", onOuter);
  return {
    signal: controller.signal,
    stop: () => {
      stopListening();
      outer?.removeEventListener("abort", onOuter);
    },
  };
}
