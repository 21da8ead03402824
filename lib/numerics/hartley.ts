/**
 * Discrete Hartley transform of a real vector of length M, a power of two:  H_k = sum_j x_j cas(2 pi j k / M),
 * cas = cos + sin. H / sqrt(M) is orthogonal, symmetric, and diagonalises every symmetric circulant matrix, real from
 * end to end. Computed as H_k = Re X_k - Im X_k from the Fourier transform X, which a complex transform of half the
 * length gives (the even entries as real, the odd ones as imaginary parts). M log M operations.
 * Source: Bracewell, "Discrete Hartley transform", J. Opt. Soc. Am. 73 (1983).
 */
import { fourierTransform } from "./fourier";

export interface HartleyTransform {
  readonly size: number;
  /** Transforms x [size] in place. */
  inPlace(x: Float64Array): void;
}

/** A transform with its tables of sines and work space; size is twice a product of twos and threes, at least 4. */
export function hartleyTransform(size: number): HartleyTransform {
  if (!(size >= 4 && size % 2 === 0)) {
    throw new RangeError(`hartleyTransform: the size must be an even number from 4, got ${size}`);
  }
  const half = size / 2;
  const fourier = fourierTransform(half);
  const cosine = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sine = Float64Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / size));

  function inPlace(x: Float64Array): void {
    if (x.length !== size) throw new RangeError(`hartleyTransform: expected ${size} entries, got ${x.length}`);
    for (let i = 0; i < half; i++) {
      fourier.re[i] = x[2 * i];
      fourier.im[i] = x[2 * i + 1];
    }
    const { re, im } = fourier.run();
    x[0] = re[0] + im[0];
    x[half] = re[0] - im[0];
    // X_k = E_k + exp(-2 pi i k / M) O_k, with the transforms E, O of the even and odd entries taken out of Z.
    for (let k = 1; k < half; k++) {
      const evenRe = 0.5 * (re[k] + re[half - k]);
      const evenIm = 0.5 * (im[k] - im[half - k]);
      const oddRe = 0.5 * (im[k] + im[half - k]);
      const oddIm = 0.5 * (re[half - k] - re[k]);
      const Xre = evenRe + cosine[k] * oddRe + sine[k] * oddIm;
      const Xim = evenIm + cosine[k] * oddIm - sine[k] * oddRe;
      x[k] = Xre - Xim;
      x[size - k] = Xre + Xim;
    }
  }
  return { size, inPlace };
}
