/** What each of npm's scripts runs, and how a child process is run to its end. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, resolve as resolvePath } from "node:path";
import { createInterface } from "node:readline";
import { deviceEnvironment } from "./setup/device.mjs";
import { inProject, root, venvPython } from "./setup/project.mjs";

const typescript = (file) => ["--require", "tsx/cjs", inProject(file)];
const node = (...args) => ({ command: process.execPath, args });

/** Jupyter's folders inside the project: nothing of the user's own configuration interferes, nothing is left in it. */
export function jupyterEnvironment(folder = inProject(".cache", "jupyter")) {
  return {
    JUPYTER_CONFIG_DIR: `${folder}/config`,
    JUPYTER_DATA_DIR: `${folder}/data`,
    JUPYTER_RUNTIME_DIR: `${folder}/runtime`,
    JUPYTER_PREFER_ENV_PATH: "1",
    IPYTHONDIR: `${folder}/ipython`,
  };
}

/**
 * JupyterLab on this machine only, with its token, the project as its root. Not by .venv/bin's scripts, which hold
 * absolute paths.
 */
export function jupyterLab({ folder = root, jupyterFolder, args = [], environment = {} } = {}) {
  const options = [
    "--ServerApp.ip=127.0.0.1",
    `--ServerApp.root_dir=${folder}`,
    "--LabApp.news_url=",
    "--LabApp.custom_css=True", // the figures' font and size: see lab.css
    "--MultiKernelManager.default_kernel_name=tslab",
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []), // in a container; Jupyter refuses root otherwise
  ];
  return {
    command: venvPython,
    args: [inProject("scripts", "notebooks", "lab.py"), ...options, ...args],
    environment: { ...jupyterEnvironment(jupyterFolder), ...environment },
  };
}

/**
 * Where the person stands. npm changes into the project's folder before it starts a script and says in INIT_CWD where
 * it was called; a script that was started by anything else stands where it is. `script`: its name in package.json.
 */
export function callerFolder(script, environment = process.env, here = process.cwd()) {
  const byNpm = environment.INIT_CWD && environment.npm_lifecycle_event === script && here === root;
  return byNpm ? environment.INIT_CWD : here;
}

/** Folders that the environment names are meant from where the person stands, too. */
export function environmentFolders(environment = process.env, here = process.cwd()) {
  const caller = callerFolder(environment.npm_lifecycle_event, environment, here);
  const given = ["SGM_DATA", "SGM_FIGURES"].filter((name) => environment[name]);
  return Object.fromEntries(given.map((name) => [name, resolvePath(caller, environment[name])]));
}

/** A program of ours that takes paths: it is told where the person stands, since it runs in the project's folder. */
const fromCaller = (script, program) => ({ ...program, environment: { SGM_CALLER: callerFolder(script) } });
const sgm = (script, args) => fromCaller(script, node(...typescript("scripts/sgm.ts"), ...args));

export const commands = {
  study: (args) => sgm("start", ["study", ...args]),
  sgm: (args) => sgm("sgm", args),
  bench: (args) => node(...typescript("bench/run.ts"), ...args),
  test: (args) => node(inProject("scripts", "test.mjs"), ...args),
  mutants: (args) => ({
    ...node(
      inProject("node_modules", "@stryker-mutator", "core", "bin", "stryker.js"),
      "run",
      inProject("scripts", "mutants.config.mjs"),
    ),
    environment: { SGM_MUTANTS: args.join(",") },
  }),
  site: (args) => fromCaller("site", node(inProject("scripts", "site.mjs"), ...args)),
  workflow: (args) => fromCaller("workflow", node(inProject("scripts", "workflow.mjs"), ...args)),
  lab: (args) => jupyterLab({ args: ["--LabApp.default_url=/lab/tree/notebooks", ...args] }),
};

/** Those that use the Python environment for site and workflow. */
export const needsTools = ["site", "workflow", "test"];

/** The environment of every child: this very Node comes first on the PATH, so kernels and scripts run under it too. */
export function childEnvironment(extra = {}) {
  const environment = {
    ...process.env,
    ...deviceEnvironment(),
    ...environmentFolders(),
    SGM_CALLER: undefined, // for the program that this one started, not for those that it starts
    ...extra,
    SGM_PARENT: String(process.pid),
    PATH: [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter),
  };
  for (const name of ["PYTHONHOME", "PYTHONPATH", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH"]) delete environment[name];
  return environment;
}

const patience = 2000; // ms, for lines that are still on their way when a child has ended

/**
 * Runs a child with this terminal, or with `onLine` for every line that it writes; resolves to its exit status (128 + n
 * for signal n).
 */
export function runToTheEnd({ command, args, environment, onLine }) {
  return new Promise((resolve) => {
    const stdio = onLine ? ["ignore", "pipe", "pipe"] : "inherit";
    // with this process
    const ends = command === process.execPath ? ["--require", inProject("scripts", "parent.cjs")] : [];
    const child = spawn(command, [...ends, ...args], { cwd: root, stdio, env: childEnvironment(environment) });
    for (const stream of onLine ? [child.stdout, child.stderr] : [])
      createInterface({ input: stream, crlfDelay: Infinity }).on("line", onLine);
    const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    const pass = (signal) => {
      // A terminal's Ctrl-C reaches the child by itself; twice would mean "at once" to many programs.
      if (signal !== "SIGINT" || !terminal) child.kill(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, pass);
    child.on("error", (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      resolve(1);
    });
    // What a child leaves running may hold its streams open for ever: then its own end is the end.
    if (onLine)
      child.on("exit", (code, signal) => setTimeout(() => child.emit("close", code, signal), patience).unref());
    child.once("close", (code, signal) => {
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(name, pass);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
