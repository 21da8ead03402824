/** A program for the pool's tests: writes the square of each task's number, and fails at the one that it is told. */
import { UserError } from "../../lib/errors/user-error";

export interface SquareInput {
  /** In shared memory. */
  readonly squares: Float64Array;
  readonly refuse?: number;
}

export function prepare({ squares, refuse }: SquareInput): (task: number) => void {
  return (task) => {
    if (task === refuse) throw new UserError(`task ${task} is refused`);
    squares[task] += task * task; // a task done twice would show
  };
}
