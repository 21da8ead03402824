/**
 * Measurements as linear functionals of a field, each with its noise:
 *   d_j = (H x)_j + b_j + e_j,   e_j ~ N(0, s_j^2) independent,   x [channels * cells] in SI units.
 * A row of H is a channel at a place, a mean, a difference of two others: lib/inverse/functionals makes them. Sensors
 * are H, b and s; observations are sensors with what they read. The same type says what identifiability looks at and
 * what a posterior is conditioned on.
 */
import { UserError } from "../errors/user-error";
import type { Stream } from "../random/stream";

/** One row of H with its constant: sum_k weight[k] x[index[k]] + constant. */
export interface Functional {
  /** For messages and tables: "phi at x = 5e-5 m". */
  readonly name: string;
  readonly unit: string;
  readonly index: Int32Array;
  readonly weight: Float64Array;
  /** What does not depend on the field: a value that the problem holds on a face. */
  readonly constant: number;
}

export interface Sensors {
  readonly functionals: readonly Functional[];
  /** Standard deviation of each reading's noise, in the functional's unit. */
  readonly std: Float64Array;
  /** Numbers of a field, channels * cells. */
  readonly size: number;
}

/** Sensors with what they read. */
export interface Observations extends Sensors {
  /** What was read, in the functional's unit. */
  readonly value: Float64Array;
}

/**
 * Sensors for fields of `size` numbers; one noise for all, or one each. Refuses a noise that is not positive and more
 * sensors than numbers.
 */
export function sensors(functionals: readonly Functional[], std: number | ArrayLike<number>, size: number): Sensors {
  const each = Float64Array.from(functionals, (_, j) => (typeof std === "number" ? std : std[j]));
  if (typeof std !== "number" && std.length !== functionals.length) {
    throw new UserError(
      `sensors: ${functionals.length} functionals need as many standard deviations, got ${std.length}`,
    );
  }
  if (functionals.length === 0) throw new UserError("sensors: at least one reading is needed, got none");
  if (functionals.length > size) {
    throw new UserError(
      `sensors: ${functionals.length} readings of a field that has ${size} numbers; more than ${size} cannot tell ` +
        "anything new. Remedy: average readings of the same place into one, with its smaller standard deviation",
    );
  }
  functionals.forEach(({ name, unit }, j) => {
    if (each[j] > 0 && each[j] < Infinity) return;
    throw new UserError(
      `sensors: the standard deviation of ${name} must be a positive number of ${unit}, got ${each[j]}. ` +
        "Remedy: the sensor's accuracy; where it is unknown, a tenth of the smallest difference that matters",
    );
  });
  return { functionals, std: each, size };
}

/** Sensors with what they read; refuses a reading that is not a finite number. */
export function observed(of: Sensors, value: ArrayLike<number>): Observations {
  if (value.length !== of.functionals.length) {
    throw new UserError(`observed: ${of.functionals.length} sensors need as many readings, got ${value.length}`);
  }
  of.functionals.forEach(({ name, unit }, j) => {
    if (!Number.isFinite(value[j])) {
      throw new UserError(`observed: ${name} must be a finite number of ${unit}, got ${value[j]}`);
    }
  });
  return { ...of, value: Float64Array.from(value) };
}

/** H x + b of fields [count, size]: [count, sensors]. The caller owns the result. */
export function readingsOf({ functionals, size }: Sensors, fields: Float64Array): Float64Array {
  if (fields.length % size !== 0) {
    throw new RangeError(`readingsOf: expected fields of ${size} numbers each, got ${fields.length} numbers`);
  }
  const m = functionals.length;
  const out = new Float64Array((fields.length / size) * m);
  for (let n = 0; n * size < fields.length; n++) {
    functionals.forEach((f, j) => (out[n * m + j] = rowTimes(f, fields, n * size, 1) + f.constant));
  }
  return out;
}

/** diag(s)^-1 H A for A [size, columns], a Jacobian say: [sensors, columns]. Constants play no part. */
export function inNoiseUnits({ functionals, std }: Sensors, A: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(functionals.length * columns);
  functionals.forEach((f, j) => {
    for (let q = 0; q < columns; q++) out[j * columns + q] = rowTimes(f, A, q, columns) / std[j];
  });
  return out;
}

/** What the sensors read of one field [size], noise drawn from the stream: a simulated measurement. */
export function simulatedReadings(of: Sensors, field: Float64Array, s: Stream): Observations {
  const noise = s.normals(of.functionals.length);
  return observed(
    of,
    readingsOf(of, field).map((v, j) => v + of.std[j] * noise[j]),
  );
}

function rowTimes({ index, weight }: Functional, x: Float64Array, from: number, stride: number): number {
  let sum = 0;
  for (let k = 0; k < index.length; k++) sum += weight[k] * x[from + index[k] * stride];
  return sum;
}
