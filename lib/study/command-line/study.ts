/** `study`: executes every notebook in order and writes the figures. */
import type { Command } from "./command";

export const study: Command = {
  name: "study",
  summary: "Executes every notebook in order and writes the figures.",
  options: {
    preset: { type: "string", value: "NAME", help: "smoke, quick, full or published", default: "quick" },
    set: { type: "string", value: "KEY=VALUE", help: "another value of a configuration key", multiple: true },
  },
  run: async () => Promise.reject(new Error("study: not available in this version")),
};
