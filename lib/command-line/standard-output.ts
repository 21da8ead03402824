/**
 * Standard output, of which nothing is lost in silence: where it cannot be written the command ends with an error.
 * Node's own stream writes to a file once and does not look whether all of it arrived, so that on a full disk a result
 * is cut and the exit status is 0.
 */
import * as fs from "node:fs";
import { explainWriteError } from "../errors/user-error";

/** Writes all of `text` to a descriptor of a file. @throws UserError | StorageError */
function writeFully(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length;) done += fs.writeSync(descriptor, bytes, done);
  } catch (error) {
    throw explainWriteError(error, "standard output");
  }
}

export interface Output {
  /** @throws UserError | StorageError where the system refuses at once */
  write(text: string): void;
  /** Resolves when all of it has arrived. Rejects where it has not. */
  finish(): Promise<void>;
}

/**
 * A process's standard output. A reader that has seen enough (| head) closes the pipe: `onClosed` is called, and that
 * is no error.
 */
export function standardOutput(stream: NodeJS.WriteStream & { readonly fd: 1 }, onClosed: () => void): Output {
  const descriptor = stream.fd;
  const kind = fs.fstatSync(descriptor);
  if (kind.isFile() || (kind.isCharacterDevice() && !stream.isTTY)) {
    return { write: (text) => writeFully(descriptor, text), finish: () => Promise.resolve() };
  }
  let failed: Error | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") onClosed();
    failed ??= error;
  });
  return {
    write: (text) => void stream.write(text),
    finish: () =>
      new Promise((resolve, reject) => {
        stream.write("", (error) => {
          const reason = failed ?? error;
          if (reason) reject(explainWriteError(reason, "standard output"));
          else resolve();
        });
      }),
  };
}
