/** Shared by the tests of nulls: a statistic z of equal samples must have mean 0 and standard deviation 1. */
import { assertClose } from "../assert-close";

export function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
  return { mean, std: Math.sqrt(variance) };
}

/** Tolerances are four standard errors; se(std) uses the kurtosis that the statistic's own law has (3: normal). */
export function assertStandard(what: string, z: readonly number[], { kurtosis = 3 } = {}): void {
  const { mean, std } = meanAndStd(z);
  assertClose(`${what}: mean of z`, mean, 0, { within: 4 / Math.sqrt(z.length) });
  assertClose(`${what}: std of z`, std, 1, { within: 4 * Math.sqrt((kurtosis - 1) / (4 * z.length)) });
}
