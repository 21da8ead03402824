/** Which numbers of a condition a piece of work looks at: what it does not look at has no effect on it. */
import type { Condition } from "./problem";

/** Does `work` with the condition; returns its result and the names that it read. */
export function namesRead<T>(condition: Condition, work: (watched: Condition) => T): { result: T; names: Set<string> } {
  const names = new Set<string>();
  const watched = new Proxy(condition, {
    get: (target, name) => {
      if (typeof name === "string") names.add(name);
      return Reflect.get(target, name) as unknown;
    },
  });
  return { result: work(watched), names };
}
