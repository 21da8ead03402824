/**
 * A function of rows evaluated on the two halves of its rows separately, y = [f(x_1), f(x_2)]. In a compiled graph the
 * halves run at the same time, each with its share of the processors (native-settings.ts), which keeps them busier than
 * every operation divided among all of them.
 */
import { tf } from "./tensorflow";

/** Below so many rows an operation's own cost of starting weighs more. */
const worthHalving = 64;

/** `f` must treat each row, the first axis of every argument and of its result, independently of the others. */
export function inHalves<X extends tf.Tensor[], Y extends tf.Tensor>(f: (...inputs: X) => Y, ...inputs: X): Y {
  const [rows] = inputs[0].shape;
  if (rows < worthHalving || rows % 2 !== 0) return f(...inputs);
  const parts = inputs.map((input) => tf.split(input, 2));
  const half = (k: number): Y => f(...(parts.map((part) => part[k]) as X));
  return tf.concat([half(0), half(1)], 0) as Y;
}
