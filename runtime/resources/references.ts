/** Inputs with what their texts and references stand for. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isReference, withTextsRead, type Reference } from "../model/references.ts";

type Values = Record<string, unknown>;

const known = new Map<string, unknown>();
/** The lists of a migration are a few values, which every resource of an update asks for. */
const knownAllowed = 64;

/** The value that a reference stands for. Rejects with a sentence if its file is not there or holds another one. */
async function valueOf({ inFile, sha256 }: Reference): Promise<unknown> {
  if (known.has(sha256)) return known.get(sha256);
  const text = await readFile(inFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`could not read ${inFile}, which this resource's inputs refer to (${error.code}); ${remedy}`);
  });
  if (createHash("sha256").update(text).digest("hex") !== sha256) {
    throw new Error(`${inFile} is not what this resource's inputs refer to; delete it: ${remedy}`);
  }
  const value: unknown = JSON.parse(text);
  if (known.size >= knownAllowed) known.clear();
  known.set(sha256, value);
  return value;
}

const remedy = "pulumi preview writes it again from the config and the lockfile of this state";

/** Inputs of this run, whose files its program has written. */
export const resolved = (inputs: Values): Promise<Values> => each(withTextsRead(inputs), valueOf) as Promise<Values>;

/**
 * What a state holds, whose files another run has written, perhaps on another machine: what cannot be read stays a
 * reference, which differs from every other value.
 */
export const resolvedAsFar = (olds: Values): Promise<Values> =>
  each(withTextsRead(olds), (reference) => valueOf(reference).catch(() => reference)) as Promise<Values>;

/** A value with its references replaced; the same object where it holds none. */
async function each(value: unknown, replace: (reference: Reference) => Promise<unknown>): Promise<unknown> {
  if (isReference(value)) return replace(value);
  // Lists that are small enough to lie in inputs hold no references.
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = await Promise.all(
    Object.entries(value).map(async ([key, inner]) => [key, await each(inner, replace)] as const),
  );
  return entries.every(([key, inner]) => (value as Values)[key] === inner) ? value : Object.fromEntries(entries);
}

/** What a driver made of resolved inputs, with references again where it left values as they were. */
export function referring(result: Values, full: Values, slim: Values): Values {
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [key, value === full[key] && key in slim ? slim[key] : value]),
  );
}
