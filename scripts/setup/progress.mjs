/** Progress on stderr: a live line in a terminal, a line now and then in a log. */
const quietSeconds = 20;

export function beginStep(title) {
  const started = Date.now();
  const live = Boolean(process.stderr.isTTY);
  let detail = () => "";
  let spoke = started;
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const line = () => {
    const text = detail();
    return `${title}: ${seconds()}${text ? `, ${text}` : ""}`;
  };
  if (!live) process.stderr.write(`${title} ...\n`);
  const timer = setInterval(
    () => {
      if (live) process.stderr.write(`\r\x1b[2K${line().slice(0, (process.stderr.columns ?? 80) - 1)}`);
      else if (Date.now() - spoke > quietSeconds * 1000) {
        spoke = Date.now();
        process.stderr.write(`${line()}\n`);
      }
    },
    live ? 250 : 1000,
  );
  return {
    /** A function that says, in a few words, how far the step has come. */
    describe(tell) {
      detail = tell;
    },
    end(outcome) {
      clearInterval(timer);
      process.stderr.write(`${live ? "\r\x1b[2K" : ""}${title}: ${outcome} (${seconds()})\n`);
    },
  };
}
