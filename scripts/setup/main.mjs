/** The steps in order; each is run only where its result is not already there. */
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { binding } from "./binding.mjs";
import { stopCommands } from "./command.mjs";
import { cuda } from "./cuda.mjs";
import { chooseDevice, cudaFailure, fallBackToProcessor, markVerified, needsVerification } from "./device.mjs";
import { kernel } from "./kernel.mjs";
import { takeLock } from "./lock.mjs";
import { packages } from "./packages.mjs";
import { operations } from "./operations.mjs";
import { checkDisk } from "./prerequisites.mjs";
import { Problem } from "./problem.mjs";
import { beginStep } from "./progress.mjs";
import { root, workFolder } from "./project.mjs";
import { python, tools } from "./python.mjs";
import { tensorflow } from "./tensorflow.mjs";

const always = [packages, python, tensorflow, cuda, binding, operations, kernel];

/**
 * The steps to run: those whose result is missing, and those whose result a step before them will wipe out. `thorough`:
 * also those whose files have other contents than when they were made.
 */
function outstanding(steps, thorough = false) {
  const todo = new Set();
  for (const step of steps) if (step.wipedBy?.some((other) => todo.has(other)) || !step.done(thorough)) todo.add(step);
  return [...todo];
}

/** All that is missing at once, so that nobody mends one thing only to meet the next. */
function checkPrerequisites(todo) {
  const found = new Map();
  const problems = [];
  const attempt = (check) => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error.message);
      return {};
    }
  };
  for (const step of todo) found.set(step, attempt(step.prerequisites));
  attempt(() => checkDisk(todo.reduce((sum, step) => sum + step.megabytes, 0)));
  if (problems.length > 0) throw new Problem([...new Set(problems)].join("\n\n"));
  return found;
}

async function runSteps(todo) {
  const found = checkPrerequisites(todo);
  for (const [index, step] of todo.entries()) {
    const progress = beginStep(`set-up ${index + 1}/${todo.length}, ${step.title}`);
    try {
      await step.run(found.get(step), progress);
    } catch (error) {
      progress.end("failed");
      throw error;
    }
    progress.end("ready");
  }
}

/** A GPU that does not compute is given up for the processor, with the reason. Returns whether there is more to do. */
async function verifyDevice() {
  if (!needsVerification()) return false;
  const failure = await cudaFailure();
  if (failure === null) {
    markVerified();
    process.stderr.write("The NVIDIA GPU computes: a convolution's gradient ran on it.\n");
    return false;
  }
  fallBackToProcessor(failure);
  process.stderr.write(`The NVIDIA GPU cannot be used: ${failure}.\nGoing on on the processor.\n`);
  return true;
}

/**
 * Brings the folder up to date; throws a Problem that says what the user can do. `explicit`: asked for by name, with
 * its arguments, so that the device is chosen again. `withTools`: what site and workflow need, too.
 */
export async function setUp(args = [], explicit = false, { withTools = false } = {}) {
  const steps = withTools ? [...always, tools] : always;
  await access(root, constants.W_OK).then(
    () => chooseDevice(args, explicit),
    () => undefined, // a folder that cannot be written keeps its choice; what is missing is said below
  );
  if (outstanding(steps, explicit).length === 0 && !needsVerification()) return;
  await access(root, constants.W_OK).catch(() => {
    throw new Problem(
      `The project's folder ${root} cannot be written by this user; set-up keeps everything inside it.`,
      {
        debian: `sudo chown -R "$USER" "${root}", or clone the project to a folder of your own`,
        macos: "the same",
      },
    );
  });
  const release = await takeLock(join(workFolder, "lock"), (pid) =>
    process.stderr.write(`Another set-up (process ${pid}) is at work in this folder; waiting for it.\n`),
  );
  const interrupted = (signal) => {
    stopCommands(signal);
    release();
    process.stderr.write(`\nSet-up was interrupted; the next run goes on from here.\n`);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
  try {
    await runSteps(outstanding(steps, explicit)); // another set-up may have done it meanwhile
    if (await verifyDevice()) await runSteps(outstanding(steps));
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    release();
  }
  const left = outstanding(steps).map((step) => step.title);
  if (left.length > 0) throw new Error(`set-up ended, but these do not hold: ${left.join(", ")}`);
}

/** The same for a command: a problem is printed and ends the process with 1. */
export async function setUpOrExit(args = [], explicit = false, options = {}) {
  try {
    await setUp(args, explicit, options);
  } catch (error) {
    process.stderr.write(`\n${error instanceof Problem ? error.message : (error.stack ?? error)}\n`);
    process.exit(1);
  }
}
