/**
 * Regularised inverse: the porosity that best explains data and prior together,
 *   minimise  Phi(xi) = 1/2 |(F(xi) - y) / noise|^2 + 1/2 |xi - centre|^2,
 * centre 0 for the maximum a posteriori. Gauss-Newton with Levenberg-Marquardt damping mu,
 *   (A^T A + I + mu I) step = -(A^T r + xi - centre),   A = (dF/dxi) / noise,  r = (F - y) / noise;
 * mu falls tenfold after a step that lowers Phi and rises tenfold after one that does not. Converged when the step is
 * below `tolerance` of a prior standard deviation. A step that the solver refuses (depletion) counts as one that does
 * not lower Phi.
 */
import { DepletionError, InadmissibleInput } from "../transport/errors";
import { sensorsOf, type FieldMap, type Measured } from "./field-map";
import { inNoiseUnits, type Observations, type Sensors } from "./observations";
import { cholesky, choleskySolve, multiplyTransposed } from "../numerics/linear-algebra";
import { sumOfSquares } from "../numerics/statistics";
import { precision } from "./identifiability";

export interface InverseEstimate {
  readonly xi: Float64Array;
  readonly fields: Float64Array; // F(xi), all channels
  readonly objective: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** A at xi, [observed * cells, cells]: what the Laplace approximation needs. */
  readonly sensitivity: Float64Array;
}

/**
 * Gauss-Newton estimate from fields y [channels * cells] (SI), of which only what is measured is looked at; without y,
 * from what observations read.
 */
export function inverseEstimate(
  map: FieldMap,
  y: Float64Array | undefined,
  measured: Measured,
  options: { start?: Float64Array; centre?: Float64Array; maxIterations?: number; tolerance?: number } = {},
): InverseEstimate {
  const n = map.cells;
  const { centre = new Float64Array(n), maxIterations = 60, tolerance = 1e-6 } = options;
  const of = sensorsOf(map, measured);
  const data = y ? inNoiseUnits(of, y, 1) : readInNoiseUnits(of);
  const residual = (fields: Float64Array) => inNoiseUnits(of, fields, 1).map((v, k) => v - data[k]);
  const objective = (r: Float64Array, xi: Float64Array) => {
    const misfit = sumOfSquares(r);
    return 0.5 * (misfit + xi.reduce((sum, v, i) => sum + (v - centre[i]) ** 2, 0));
  };
  let xi = Float64Array.from(options.start ?? centre);
  let fields = map.fields(xi);
  let r = residual(fields);
  let value = objective(r, xi);
  let A = inNoiseUnits(of, map.jacobian(xi), n);
  let mu = 1e-3;
  let converged = false;
  let iterations = 0;
  while (!converged && iterations < maxIterations) {
    iterations++;
    const gradient = multiplyTransposed(A, r.length, n, r).map((v, i) => v + xi[i] - centre[i]);
    const P = precision(A, n);
    let improved = false;
    while (!improved && mu < 1e12) {
      const damped = Float64Array.from(P);
      for (let i = 0; i < n; i++) damped[i * n + i] += mu;
      const step = choleskySolve(cholesky(damped, n), n, gradient);
      const next = xi.map((v, i) => v - step[i]);
      const nextFields = attempt(() => map.fields(next));
      const nextR = nextFields && residual(nextFields);
      const nextValue = nextR ? objective(nextR, next) : Infinity;
      const length = Math.sqrt(sumOfSquares(step));
      converged = length < tolerance * Math.max(1, Math.sqrt(n));
      improved = nextValue <= value;
      if (improved && nextFields && nextR) {
        [xi, fields, r, value] = [next, nextFields, nextR, nextValue];
        mu = Math.max(1e-12, mu / 10);
      } else {
        if (converged) break; // at rounding: no step this short lowers the objective
        mu *= 10;
      }
    }
    if (!improved) break;
    A = inNoiseUnits(of, map.jacobian(xi), n);
  }
  return { xi, fields, objective: value, iterations, converged, sensitivity: A };
}

function attempt<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch (error) {
    if (error instanceof DepletionError || error instanceof InadmissibleInput) return undefined;
    throw error;
  }
}

/** (value - b) / s, beside which H F / s stands. */
function readInNoiseUnits(of: Sensors | Observations): Float64Array {
  if (!("value" in of)) throw new RangeError("inverseEstimate: without fields, observations with readings are needed");
  return of.value.map((v, j) => (v - of.functionals[j].constant) / of.std[j]);
}
