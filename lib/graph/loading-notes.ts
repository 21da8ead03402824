/**
 * What the native library says while it is loaded. Its log goes through a library whose least severity no environment
 * variable sets, so that a note on oneDNN and a warning about the note came before every command. Standard error is
 * held while TensorFlow loads (native/standard-error.cc, which set-up compiles); notes are dropped, warnings and errors
 * are told. Where the module is missing all is told.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";

const file = join(__dirname, "..", "..", ".native", "operations", "standard-error.node");
let standardError: { hold(): void; release(): string } | undefined;

/** From now on, and until `tellNotes` or the end of this turn of the event loop. */
export function holdNotes(): void {
  if (process.env.TF_CPP_MIN_LOG_LEVEL === "0") return; // somebody wants to see them
  try {
    const loaded = { exports: {} } as NodeJS.Module;
    process.dlopen(loaded, file);
    standardError = loaded.exports as typeof standardError;
  } catch {
    return;
  }
  standardError?.hold();
  setImmediate(tellNotes); // also where TensorFlow could not be loaded
}

/** Ends the holding, and tells what is no note. */
export function tellNotes(): void {
  const told = withoutNotes(standardError?.release() ?? "");
  standardError = undefined;
  if (told !== "") writeSync(2, told);
}

/** A log without its lines of severity INFO, and without the logger's warning about itself. */
export function withoutNotes(log: string): string {
  const aboutItself = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR";
  return log.replace(/^.*\n?/gm, (line) => (line.trimEnd() === aboutItself || /^I\d{4} /.test(line) ? "" : line));
}
