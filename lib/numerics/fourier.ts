/**
 * The discrete Fourier transform X_k = sum_j x_j exp(-2 pi i j k / n) of complex vectors whose length n has no prime
 * factor but 2 and 3, real and imaginary parts in arrays of their own. Stockham's form: each pass writes its
 * butterflies in the order in which the next one reads them, so that nothing is permuted and long vectors are passed
 * through memory in order; radix 4 where it goes. Source: Van Loan, "Computational frameworks for the fast Fourier
 * transform" (1992), section 1.7.
 */
export interface FourierTransform {
  readonly size: number;
  /** The vector: filled by the caller, and the work space of the transform. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Transforms `re` and `im`; the result lies in the arrays that are returned, good until the next call. */
  run(): { readonly re: Float64Array; readonly im: Float64Array };
}

/** The least length from `least` on that the transform takes. */
export function transformLength(least: number): number {
  let best = Infinity;
  for (let threes = 1; threes < 3 * least; threes *= 3) {
    best = Math.min(best, threes * 2 ** Math.max(0, Math.ceil(Math.log2(least / threes))));
  }
  return best;
}

export function fourierTransform(size: number): FourierTransform {
  const radices = radicesOf(size);
  const cosine = Float64Array.from({ length: size }, (_, t) => Math.cos((2 * Math.PI * t) / size));
  const sine = Float64Array.from({ length: size }, (_, t) => Math.sin((2 * Math.PI * t) / size));
  const make = () => new Float64Array(size);
  const there = { re: make(), im: make() };
  const back = { re: make(), im: make() };
  return {
    size,
    ...there,
    run() {
      let [from, to] = [there, back];
      let stride = 1;
      for (const radix of radices) {
        const blocks = size / (stride * radix);
        passes[radix](from.re, from.im, to.re, to.im, stride, blocks, cosine, sine);
        stride *= radix;
        [from, to] = [to, from];
      }
      return from;
    },
  };
}

type Radix = 2 | 3 | 4;

function radicesOf(size: number): Radix[] {
  const radices: Radix[] = [];
  let rest = size;
  for (const radix of [4, 2, 3] as const) {
    for (; rest % radix === 0 && rest > 1; rest /= radix) radices.push(radix);
  }
  if (rest !== 1 || !(size >= 1)) {
    throw new RangeError(`fourierTransform: the length must be a product of twos and threes, got ${size}`);
  }
  return radices;
}

/**
 * One pass: for p < blocks, q < stride the entries q + stride (p + k blocks), k < radix, are transformed, turned by
 * exp(-2 pi i p j stride / n), and put to q + stride (radix p + j).
 */
type Pass = (
  re: Float64Array,
  im: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  stride: number,
  blocks: number,
  cosine: Float64Array,
  sine: Float64Array,
) => void;

const radix2: Pass = (re, im, toRe, toIm, stride, blocks, cosine, sine) => {
  const apart = stride * blocks;
  for (let p = 0; p < blocks; p++) {
    const c = cosine[p * stride];
    const s = sine[p * stride];
    for (let at = stride * p, end = at + stride, to = 2 * stride * p; at < end; at++, to++) {
      const a = re[at];
      const b = im[at];
      const x = re[at + apart];
      const y = im[at + apart];
      toRe[to] = a + x;
      toIm[to] = b + y;
      toRe[to + stride] = c * (a - x) + s * (b - y);
      toIm[to + stride] = c * (b - y) - s * (a - x);
    }
  }
};

const radix3: Pass = (re, im, toRe, toIm, stride, blocks, cosine, sine) => {
  const apart = stride * blocks;
  const half = Math.sqrt(3) / 2;
  for (let p = 0; p < blocks; p++) {
    const c1 = cosine[p * stride];
    const s1 = sine[p * stride];
    const c2 = cosine[2 * p * stride];
    const s2 = sine[2 * p * stride];
    for (let at = stride * p, end = at + stride, to = 3 * stride * p; at < end; at++, to++) {
      const a = re[at];
      const b = im[at];
      const sumRe = re[at + apart] + re[at + 2 * apart];
      const sumIm = im[at + apart] + im[at + 2 * apart];
      const turnRe = half * (im[at + apart] - im[at + 2 * apart]);
      const turnIm = half * (re[at + 2 * apart] - re[at + apart]);
      const midRe = a - 0.5 * sumRe;
      const midIm = b - 0.5 * sumIm;
      toRe[to] = a + sumRe;
      toIm[to] = b + sumIm;
      const x1 = midRe + turnRe;
      const y1 = midIm + turnIm;
      toRe[to + stride] = c1 * x1 + s1 * y1;
      toIm[to + stride] = c1 * y1 - s1 * x1;
      const x2 = midRe - turnRe;
      const y2 = midIm - turnIm;
      toRe[to + 2 * stride] = c2 * x2 + s2 * y2;
      toIm[to + 2 * stride] = c2 * y2 - s2 * x2;
    }
  }
};

const radix4: Pass = (re, im, toRe, toIm, stride, blocks, cosine, sine) => {
  const apart = stride * blocks;
  for (let p = 0; p < blocks; p++) {
    const c1 = cosine[p * stride];
    const s1 = sine[p * stride];
    const c2 = cosine[2 * p * stride];
    const s2 = sine[2 * p * stride];
    const c3 = cosine[3 * p * stride];
    const s3 = sine[3 * p * stride];
    for (let at = stride * p, end = at + stride, to = 4 * stride * p; at < end; at++, to++) {
      const evenRe = re[at] + re[at + 2 * apart];
      const evenIm = im[at] + im[at + 2 * apart];
      const evenRe2 = re[at] - re[at + 2 * apart];
      const evenIm2 = im[at] - im[at + 2 * apart];
      const oddRe = re[at + apart] + re[at + 3 * apart];
      const oddIm = im[at + apart] + im[at + 3 * apart];
      const turnRe = im[at + apart] - im[at + 3 * apart]; // -i times the difference
      const turnIm = re[at + 3 * apart] - re[at + apart];
      toRe[to] = evenRe + oddRe;
      toIm[to] = evenIm + oddIm;
      const x1 = evenRe2 + turnRe;
      const y1 = evenIm2 + turnIm;
      toRe[to + stride] = c1 * x1 + s1 * y1;
      toIm[to + stride] = c1 * y1 - s1 * x1;
      const x2 = evenRe - oddRe;
      const y2 = evenIm - oddIm;
      toRe[to + 2 * stride] = c2 * x2 + s2 * y2;
      toIm[to + 2 * stride] = c2 * y2 - s2 * x2;
      const x3 = evenRe2 - turnRe;
      const y3 = evenIm2 - turnIm;
      toRe[to + 3 * stride] = c3 * x3 + s3 * y3;
      toIm[to + 3 * stride] = c3 * y3 - s3 * x3;
    }
  }
};

const passes: Readonly<Record<Radix, Pass>> = { 2: radix2, 3: radix3, 4: radix4 };
