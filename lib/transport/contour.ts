/**
 * Functions of a matrix with a non-negative real spectrum, from a few resolvents. For F analytic left of the contour
 *   F(-A) = 1/(2 pi i) int F(z) (z + A)^-1 dz ~ 2 Re sum_j w_j F(z_j) (z_j + A)^-1,
 * on the hyperbola z(u) = mu (1 + sin(i u - alpha)), trapezoidal rule at u_j = (j + 1/2) h, with the constants that
 * balance
 * its errors for F = e^z:  h = 1.081792 / n, mu = 4.492075 n, alpha = 1.172104; about one digit per node.
 * Source: Weideman and Trefethen, Mathematics of Computation 76 (2007) 1341, section 4.
 *
 * A constant supply b that acts from t = 0 on E u' = -K u + b, u(0) = 0, has the Laplace transform (s E + K)^-1 b / s,
 * so
 *   u(T) = 2 Re sum_j (w_j e^{z_j} / z_j) (z_j E + T K)^-1 T b:
 * the pole at 0 lies inside the contour. n implicit Euler steps are the same with (1 - z/n)^-n in the place of e^z,
 * whose pole at z = n lies outside.
 */
export interface Contour {
  readonly nodes: number;
  readonly zRe: Float64Array;
  readonly zIm: Float64Array;
  /** 2 w_j F(z_j) / z_j, so that the real part of the sum is u(T). */
  readonly wRe: Float64Array;
  readonly wIm: Float64Array;
}

/** Contour of exp(-T A) for a supply that is constant in time: exact in time to about 10^-nodes. */
export function exponentialContour(nodes = 15): Contour {
  return contour(nodes, (x, y) => [x, y]);
}

/** Contour of `steps` implicit Euler steps, (1 + T A / steps)^-steps; needs steps well above the contour's extent. */
export function implicitEulerContour(steps: number, nodes = 9): Contour {
  if (!(steps >= 12 * nodes)) {
    throw new RangeError(`implicitEulerContour: ${nodes} nodes need at least ${12 * nodes} steps, got ${steps}`);
  }
  // log (1 - z/n)^-n = -n log(1 - z/n)
  return contour(nodes, (x, y) => {
    const re = 1 - x / steps;
    const im = -y / steps;
    return [-steps * 0.5 * Math.log(re * re + im * im), -steps * Math.atan2(im, re)];
  });
}

/** `logF` maps (Re z, Im z) to (Re, Im) of log F(z). */
function contour(nodes: number, logF: (x: number, y: number) => [number, number]): Contour {
  const make = () => new Float64Array(nodes);
  const c = { nodes, zRe: make(), zIm: make(), wRe: make(), wIm: make() };
  const h = 1.081792 / nodes;
  const mu = 4.492075 * nodes;
  const alpha = 1.172104;
  for (let j = 0; j < nodes; j++) {
    const u = (j + 0.5) * h;
    // sin(iu - a) = -sin(a) cosh(u) + i cos(a) sinh(u);  dz/du = i mu cos(iu - a)
    const x = mu * (1 - Math.sin(alpha) * Math.cosh(u));
    const y = mu * Math.cos(alpha) * Math.sinh(u);
    const slopeRe = -mu * Math.sin(alpha) * Math.sinh(u);
    const slopeIm = mu * Math.cos(alpha) * Math.cosh(u);
    const [magnitude, phase] = logF(x, y);
    const scale = (2 * Math.exp(magnitude) * h) / (2 * Math.PI);
    const fRe = scale * Math.cos(phase);
    const fIm = scale * Math.sin(phase);
    // slope / (i z)
    const s = x * x + y * y;
    const qRe = (slopeIm * x - slopeRe * y) / s;
    const qIm = -(slopeRe * x + slopeIm * y) / s;
    c.zRe[j] = x;
    c.zIm[j] = y;
    c.wRe[j] = fRe * qRe - fIm * qIm;
    c.wIm[j] = fRe * qIm + fIm * qRe;
  }
  return c;
}
