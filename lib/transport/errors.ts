/**
 * What the physics refuses. Both are errors that a user can mend: the command line answers them with status 2.
 */
import { UserError } from "../errors/user-error";

/** An input outside what the equations admit. The message names the function, the quantity, its unit and what came. */
export class InadmissibleInput extends UserError {
  override name = "InadmissibleInput";
}

/** The salt is used up somewhere: the linear model would go on to a negative concentration, the cell would not. */
export class DepletionError extends UserError {
  override name = "DepletionError";

  constructor(
    readonly problem: string,
    /** Position of the lowest concentration, m. */
    readonly x: number,
    /** The concentration there, mol/m3. */
    readonly c: number,
  ) {
    super(
      `${problem}: the electrolyte is depleted at x = ${x.toPrecision(4)} m (the concentration would be ` +
        `${c.toPrecision(4)} mol/m3). Remedy: a smaller current, or a shorter time.`,
    );
  }
}
