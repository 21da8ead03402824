/** The options by which a command that takes a model is told which, and how to sample from it. */
import type { Option } from "./command";

export const modelOptions: Readonly<Record<string, Option>> = {
  preset: { type: "string", value: "NAME", help: "the model that train made at this preset (default quick)" },
  model: { type: "string", value: "PATH", help: "another model: a folder data/model/HASH, or latest" },
  set: { type: "string", value: "KEY=VALUE", help: "a key of the configuration, as for train", multiple: true },
};

export const modelDetails = `Without --model, preset and --set name the model as they do for train; standard error \
says which it was. A key of sampler or schedule changes
how it is sampled: sampler.steps=40, sampler.calibrate=true. The methods in time (sampler.method=reverse-sde-heun, \
flow-heun, ..) take sampler.start,
sampler.spacing, sampler.denoise and schedule.betaMax too, and sample the model for white noise that chapter 5 trains.`;
