/** JSON from a file whose form is not taken on trust: parsed strictly and checked against a schema. */
import type { z } from "zod";
import { parseJson, type Json } from "./json";
import { DamagedFileError } from "../errors/user-error";

/** The value of a JSON text. @throws DamagedFileError naming file, place in it, what was expected and the remedy */
export function checkedJson<T>(
  schema: z.ZodType<T>,
  text: string | undefined,
  file: string,
  place: string,
  remedy?: string,
): T {
  if (text === undefined) throw new DamagedFileError(file, `${place} is missing`, remedy);
  return checkedValue(schema, parseJson(text, `${file}: ${place}`), file, place, remedy);
}

/** The same for a value that was parsed already. */
export function checkedValue<T>(schema: z.ZodType<T>, value: Json, file: string, place: string, remedy?: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = [place, ...issue.path.map(String)].join(".").slice(0, 200);
  const why = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  throw new DamagedFileError(file, `${where}: ${why.slice(0, 200)}`, remedy);
}
