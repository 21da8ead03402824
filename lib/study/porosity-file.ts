/**
 * A porosity law in a file of its own, as `sgm porosity` writes it: { "law": { "bounds": [..], .. }, .. }, or the law
 * alone. A configuration that names the file takes what stands in it, so that results depend on the law and not on
 * where it lies.
 */
import * as fs from "node:fs";
import { explainReadError, UserError } from "../errors/user-error";
import { porositySchema } from "../experiments/common-settings";
import type { Infer } from "../experiments/schema";
import { decodeUtf8, parseJson } from "../storage/json";

/** @throws UserError for a file that is missing, no JSON or no law, naming the key and what was expected */
export function porosityFromFile(file: string): Infer<typeof porositySchema> {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(file);
  } catch (error) {
    throw explainReadError(error, file);
  }
  const value = parseJson(decodeUtf8(bytes, file), file);
  const found = typeof value === "object" && value !== null && "law" in value ? value.law : value;
  const result = porositySchema.safeParse(found);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = ["law", ...issue.path].join(".");
  throw new UserError(
    `${file}: ${place}: ${issue.message}. Remedy: a law as npm run -s sgm -- porosity writes it, with ` +
      Object.keys(porositySchema.shape).join(", "),
  );
}
