/**
 * Which faults would the tests notice? StrykerJS puts small faults into `lib`, one at a time, and runs the tests of the
 * same room:
 *   npm run mutants [-- ROOM|FILE ..]      for example: npm run mutants -- numerics lib/training/optimiser.ts
 * Without arguments all rooms of the mathematics, which takes many hours on two cores. The score is the share of faults
 * that a test noticed; below 85 % the exit status is 1. A page with every survivor is left in .cache/mutants.
 */
import process from "node:process";

const rooms = ["numerics", "porosity", "transport", "gaussian", "diffusion", "network", "training", "inverse", "diagnostics"]; // prettier-ignore
const asked = (process.env.SGM_MUTANTS || rooms.join(",")).split(",");
const roomOf = (name) => (name.startsWith("lib/") ? name.split("/")[1] : name);
const unknown = asked.find((name) => !rooms.includes(roomOf(name)));
if (unknown) throw new RangeError(`mutants: expected one of ${rooms.join(", ")} or a file in one, got ${unknown}`);

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: asked.map((name) => (name.startsWith("lib/") ? name : `lib/${name}/**/*.ts`)),
  testRunner: "mocha",
  mochaOptions: { spec: [...new Set(asked.map((name) => `test/${roomOf(name)}/**/*.test.ts`))] },
  plugins: ["@stryker-mutator/mocha-runner"],
  coverageAnalysis: "perTest",
  concurrency: Number(process.env.SGM_MUTANTS_AT_ONCE || 1), // TensorFlow takes all cores by itself
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 60,
  disableTypeChecks: "lib/**/*.ts",
  // A sandbox needs none of these; what is compiled and installed is reached through links.
  ignorePatterns: [
    "/data",
    "/figures",
    "/.venv",
    "/.venv-tools",
    "/.venv-pybamm",
    "/.cache",
    "/bench",
    "/notebooks/*.ipynb",
  ],
  tempDirName: ".cache/mutants/sandbox",
  reporters: ["clear-text", "html", "progress-append-only"],
  htmlReporter: { fileName: ".cache/mutants/survivors.html" },
  clearTextReporter: { reportTests: false, allowColor: false },
  thresholds: { high: 95, low: 85, break: 85 },
  allowEmpty: false,
};
