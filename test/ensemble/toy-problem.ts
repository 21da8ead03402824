import type { Problem } from "../../lib/transport/problem";

/**
 * A problem whose fields can be read off: c = eps + U0 and phi = 2 eps F_right + 3 (1 + U0), affine in U0 and F_right.
 * It is not registered, so it is solved in the calling thread.
 */
export function toyProblem(calls = { solved: 0 }): Problem {
  return {
    name: "toy",
    title: "Toy",
    domain: [{ name: "x", length: 1e-4, cells: 12 }],
    channels: [
      { name: "c", symbol: "c", unit: "mol/m3" },
      { name: "phi", symbol: "φ", unit: "V" },
    ],
    conditions: [
      {
        name: "l",
        symbol: "l",
        unit: "m",
        meaning: "correlation length",
        min: 2e-6,
        max: 2e-5,
        scale: "log",
        default: 1e-5,
        limits: [1e-300, 1e300],
      },
      { name: "U0", symbol: "U0", unit: "V", meaning: "potential", min: -0.2, max: 0.2, scale: "linear", default: 0 },
      { name: "F_right", symbol: "F", unit: "A/m2", meaning: "current", min: 0, max: 50, scale: "linear", default: 25 },
      {
        name: "side",
        symbol: "s",
        unit: "1",
        meaning: "left boundary",
        min: 0,
        max: 2,
        scale: "linear",
        default: 1,
        choices: ["value", "flux", "film"],
      },
    ],
    parameters: [
      {
        name: "k_rn",
        symbol: "k",
        unit: "A/(m2 V)",
        meaning: "rate",
        min: 0.01,
        max: 1,
        scale: "log",
        default: 0.1,
        limits: [1e-300, 1e300],
      },
    ],
    affine: ["U0", "F_right"],
    porosity: {
      law: { epsMin: 0.2, epsMax: 0.5 },
      covariance: "squared-exponential",
      nugget: 1e-4,
      correlationLength: ({ l }) => l,
    },
    solver: (grid) => ({
      solve(eps, { U0, F_right, side }, out, offset = 0) {
        calls.solved++;
        if (side === 2) throw new RangeError("toy: no film");
        for (let i = 0; i < grid.cells; i++) {
          out[offset + i] = eps[i] + U0;
          out[offset + grid.cells + i] = 2 * eps[i] * F_right + 3 * (1 + U0);
        }
      },
    }),
  };
}
