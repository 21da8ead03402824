/** What chance may do to a claim of an experiment, and what "gone" means where a network is involved. */

/**
 * z of a squared bias, a quadratic form of Gaussian errors: the widest such null, (chi^2_1 - 1) / sqrt 2, exceeds it
 * once in a thousand.
 */
export const quadratic = 7;
/** z of one number, Gaussian: exceeded once in 16,000. */
export const gaussian = 4;
/** Smaller by an order of magnitude than what it is compared with. */
export const gone = 10;
