/** `train`: trains the score network, or reuses the trained one. */
import type { Command } from "./command";

export const train: Command = {
  name: "train",
  summary: "Trains the score network, or reuses the trained one.",
  options: {
    preset: { type: "string", value: "NAME", help: "smoke, quick, full or published", default: "quick" },
    set: { type: "string", value: "KEY=VALUE", help: "another value of a configuration key", multiple: true },
    resume: { type: "boolean", help: "go on from the last checkpoint (the default; --resume is accepted for clarity)" },
  },
  run: async () => Promise.reject(new Error("train: not available in this version")),
};
