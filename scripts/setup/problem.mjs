/** Something that the user can mend: printed as one paragraph, without a stack trace. */
export class Problem extends Error {
  /** `mend`: the command that helps, on each system. */
  constructor(what, mend) {
    super(mend ? `${what}\n  Debian/Ubuntu: ${mend.debian}\n  macOS:         ${mend.macos}` : what);
    this.name = "Problem";
  }
}
