/** `sample`: draws fields from a trained model. */
import type { Command } from "./command";

export const sample: Command = {
  name: "sample",
  summary: "Draws fields from a trained model.",
  options: {
    model: { type: "string", value: "PATH", help: "a stored model, or latest", default: "latest" },
    conditions: { type: "string", value: "FILE", help: "the operating conditions, JSON", required: true },
    count: { type: "string", value: "N", help: "fields per condition", required: true },
    seed: { type: "string", value: "N", help: "the same seed gives the same fields", default: "0" },
    out: { type: "string", value: "PATH", help: "NAME.npy", required: true },
    set: { type: "string", value: "KEY=VALUE", help: "another value of a configuration key", multiple: true },
  },
  run: async () => Promise.reject(new Error("sample: not available in this version")),
};
