/** `doctor`: what is there, what is missing, and how to mend it. */
import { projectRoot } from "../cache/root";
import { columns, type Arguments, type Command } from "./command";
import * as checks from "./doctor-checks";

export const doctor: Command = {
  name: "doctor",
  summary: "Looks at the machine: versions, device, speed, room, and what is missing.",
  options: { json: { type: "boolean", help: "as JSON" } },
  details: "The exit status is 0 if the study can run here, 1 otherwise.",
  run: async (args: Arguments): Promise<number> => {
    const root = projectRoot();
    const results = [
      checks.checkNode(),
      await checks.checkNpm(),
      ...(await checks.checkPython(root)),
      ...(await checks.checkTensorFlow()),
      await checks.checkDevice(root),
      ...checks.checkRoom(root),
      await checks.checkBrowser(),
    ];
    const missing = results.filter((check) => check.state === "missing");
    if (args.flag("json")) {
      args.terminal.out(`${JSON.stringify({ ready: missing.length === 0, checks: results })}\n`);
    } else {
      const rows = results.map(({ name, found, state, remedy }): [string, string] => {
        const verdict = state === "good" ? "" : state === "missing" ? "MISSING: " : "without: ";
        return [name, `${verdict}${found}${remedy === undefined ? "" : `. Remedy: ${remedy}`}`];
      });
      const verdict =
        missing.length === 0 ? "The study can run here." : `Missing: ${missing.map((m) => m.name).join(", ")}.`;
      args.terminal.out(`${columns(rows).join("\n")}\n${verdict}\n`);
    }
    return missing.length === 0 ? 0 : 1;
  },
};
