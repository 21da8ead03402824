import { execFileSync } from "node:child_process";
import * as path from "node:path";

const environment = (name: string): string => path.join(__dirname, "..", name, "bin", "python");
const candidates = [process.env.SGM_TEST_PYTHON, environment(".venv"), environment(".venv-pybamm"), "python3"];

/** A Python that has these modules, or undefined: the project's own environments first. */
export function pythonWith(...modules: string[]): string | undefined {
  return candidates.find((python) => {
    if (python === undefined) return false;
    try {
      execFileSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore", timeout: 60_000 });
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a Python program with warnings as errors; what it prints, parsed as JSON. */
export function runPython(python: string, program: string, ...args: string[]): unknown {
  const variables = { ...process.env, PYTHONWARNINGS: "error::RuntimeWarning,error::UserWarning" };
  return JSON.parse(execFileSync(python, ["-c", program, ...args], { encoding: "utf8", env: variables }));
}
