/** Runs other programs: their output goes to a log, its last lines are at hand when they fail. */
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root, workFolder } from "./project.mjs";

const running = new Set();

/** Ends what set-up itself started; for an interrupted set-up. */
export function stopCommands(signal) {
  for (const child of running) child.kill(signal);
}

/** The caller's environment without what would send packages elsewhere than into this folder. */
export function cleanEnvironment(extra = {}) {
  const environment = { ...process.env, ...extra };
  const strays = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_REQUIRE_VIRTUALENV",
  ];
  for (const name of strays) delete environment[name];
  return environment;
}

/** Resolves to { code, signal, output } with the last 200 lines; never rejects for a program that fails. */
export function runCommand(name, command, args, { environment = {}, onLine = () => {} } = {}) {
  mkdirSync(workFolder, { recursive: true });
  const logFile = join(workFolder, `${name}.log`);
  const log = createWriteStream(logFile);
  log.write(`${command} ${args.join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: cleanEnvironment(environment),
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const lines = [];
    const take = (chunk) => {
      log.write(chunk);
      for (const line of chunk.toString().split(/[\r\n]+/)) if (line.trim()) lines.push(line.trimEnd());
      if (lines.length > 400) lines.splice(0, lines.length - 200);
      if (lines.length > 0) onLine(lines[lines.length - 1].trim());
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const finish = (code, signal) => {
      running.delete(child);
      log.end(() => resolve({ code, signal, output: lines.slice(-200), logFile }));
    };
    child.on("error", (error) => {
      lines.push(String(error));
      finish(127, null);
    });
    child.on("close", finish);
  });
}

/** Asks a program something quick: its output, or null where it is absent or fails. */
export function ask(command, args, input = "") {
  const answer = spawnSync(command, args, {
    cwd: root,
    input,
    encoding: "utf8",
    env: cleanEnvironment(),
    timeout: 20000,
  });
  return answer.status === 0 ? answer.stdout : null;
}
