/**
 * The schemas of settings: zod's, under types of their own. A notebook's cell is checked against the whole
 * configuration, and zod's types are compared member by member, seconds in every cell; these say no more than settings
 * use.
 */
import { z as zod } from "zod";

export interface Schema<T> {
  readonly _zod: { readonly output: T };
  optional(): OptionalSchema<T>;
  /** `problem`: what is expected, or the key that it is said of. */
  refine(holds: (value: T) => boolean, problem: string | { readonly path: string[]; readonly message: string }): this;
  safeParse(value: unknown): Parsed<T>;
}
export interface OptionalSchema<T> extends Schema<T | undefined> {
  readonly _zod: { readonly output: T | undefined; readonly optout: "optional" };
}
type Parsed<T> =
  | { readonly success: true; readonly data: T; readonly error?: undefined } // for a compiler that is not strict
  | { readonly success: false; readonly data?: undefined; readonly error: { readonly issues: readonly Issue[] } };
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export interface NumberSchema extends Schema<number> {
  int(): NumberSchema;
  positive(): NumberSchema;
  min(least: number): NumberSchema;
  max(greatest: number): NumberSchema;
}
export interface ListSchema<T> extends Schema<T[]> {
  min(entries: number): ListSchema<T>;
}
export interface ObjectSchema<S extends Shape> extends Schema<ObjectOf<S>> {
  readonly shape: S;
  pick<K extends keyof S>(keys: { readonly [P in K]: true }): ObjectSchema<Pick<S, K>>;
}
export type AnySchema = Schema<unknown>;
type Shape = Readonly<Record<string, AnySchema>>;

/** What a schema admits. */
export type Infer<S> = S extends { readonly _zod: { readonly output: infer T } } ? T : never;

type OptionalKeys<S> = {
  [K in keyof S]: S[K] extends { readonly _zod: { readonly optout: "optional" } } ? K : never;
}[keyof S];
type Values<S> = { -readonly [K in keyof S]: Infer<S[K]> };
/** The keys keep the comments that stand beside them in the schema. */
type ObjectOf<S> = [OptionalKeys<S>] extends [never]
  ? Values<S>
  : Values<Omit<S, OptionalKeys<S>>> & Partial<Values<Pick<S, OptionalKeys<S>>>>;

interface Said {
  readonly error: string;
}
interface Constructors {
  number(): NumberSchema;
  string(): Schema<string>;
  boolean(): Schema<boolean>;
  enum<const T extends readonly string[]>(words: T): Schema<T[number]>;
  array<T>(of: Schema<T>): ListSchema<T>;
  tuple<A, B>(of: readonly [Schema<A>, Schema<B>], said: Said): Schema<readonly [A, B]>;
  union<A, B>(of: readonly [Schema<A>, Schema<B>], said: Said): Schema<A | B>;
  record<T>(names: Schema<string>, of: Schema<T>): Schema<Record<string, T>>;
  strictObject<S extends Shape>(shape: S): ObjectSchema<S>;
  custom<T>(holds: (value: unknown) => boolean, said: Said): Schema<T>;
}

/** zod itself, of which this says less. */
export const z = zod as unknown as Constructors;
