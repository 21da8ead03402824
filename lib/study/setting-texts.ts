/**
 * Settings as a person writes them at a command line, `--set sampler.steps=20`. What they mean is checked by the
 * configuration.
 */
import { UserError } from "../errors/user-error";
import { isRecord } from "../storage/json";
import type { Overrides } from "./configuration-schema";

/** `key=value` texts of a command line as overrides: values are JSON where they parse, plain text otherwise. */
export function overridesFromText(settings: readonly string[]): Overrides {
  // "__proto__" is a key like any other
  const fresh = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>;
  const root = fresh();
  for (const setting of settings) {
    const at = setting.indexOf("=");
    if (at < 1) throw new UserError(`--set expects key=value, for instance sampler.steps=20, got "${setting}"`);
    const keys = setting.slice(0, at).trim().split(".");
    let here = root;
    for (const key of keys.slice(0, -1)) {
      const next = (here[key] ??= fresh());
      if (!isRecord(next)) throw new UserError(`--set ${setting}: an earlier --set gave ${key} a value of its own`);
      here = next;
    }
    here[keys[keys.length - 1]] = parsed(setting.slice(at + 1).trim());
  }
  return root as Overrides;
}

function parsed(text: string): unknown {
  if (text.includes(",") && !text.startsWith("[")) return text.split(",").map((part) => parsed(part.trim()));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // a word such as reverse-sde-heun
  }
}
