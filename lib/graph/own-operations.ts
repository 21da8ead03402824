/**
 * The project's own operations of the native library (native/*.cc), which set-up compiles. They exist for processors;
 * where they could not be compiled, and on a GPU, what uses them does the same by TensorFlow's operations.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type NativeBackend, nativeBackend } from "./backend";

const source = "./native/film-silu.cc"; // compiled by set-up; by its name here results are known to depend on it
const folder = join(__dirname, "..", "..", ".native", "operations");

/** Whether they are loaded, and if not, why. SGM_OWN_OPERATIONS=0 leaves them out. */
export type OwnOperations = { readonly loaded: true } | { readonly loaded: false; readonly reason: string };

let state: OwnOperations | undefined;

/** Makes the operations known to the native library, once. */
export function ownOperations(): OwnOperations {
  return (state ??= load());
}

function load(): OwnOperations {
  if (process.env.SGM_OWN_OPERATIONS === "0") return { loaded: false, reason: "SGM_OWN_OPERATIONS is 0" };
  const refused = join(folder, "unavailable.txt");
  if (existsSync(refused)) return { loaded: false, reason: readFileSync(refused, "utf8").trim() };
  try {
    // A module that only registers itself; the library must be there before it (backendWithOwnOperations sees to that).
    process.dlopen({ exports: {} } as NodeJS.Module, join(folder, basename(source).replace(/cc$/, "node")));
    return { loaded: true };
  } catch (error) {
    return { loaded: false, reason: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
}

/** The native backend if it is in use, computes on the processor and has the operations. */
export function backendWithOwnOperations(): NativeBackend | undefined {
  const backend = nativeBackend();
  return backend === undefined || backend.isUsingGpuDevice || !ownOperations().loaded ? undefined : backend;
}
