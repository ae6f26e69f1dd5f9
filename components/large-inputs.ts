import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { sortedKeys } from "../runtime/model/sorted-keys.ts";
import {
  inlineBytes,
  plainBytes,
  referenceFolder,
  type JsonText,
  type Reference,
} from "../runtime/model/references.ts";

/** Files that no run has used for so long are deleted. */
const unusedMilliseconds = 30 * 86_400_000;

/** Many resources are given one scope. */
const known = new WeakMap<object, unknown>();

/**
 * Arguments in which a value that is not small is one text, and one that is too large to lie in every resource refers to
 * a file; see `runtime/model/references.ts`. Those under `remembered` lie in no file: later runs compare with them, wherever
 * they run.
 */
export function referring(args: object, remembered: readonly string[] = []): object {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, asText(remembered.includes(key) ? value : shrunk(value))]),
  );
}

const texts = new WeakMap<object, JsonText>();

/** What holds an output is known later only, and what is a reference is small. */
function asText(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const before = texts.get(value);
  if (before !== undefined) return before;
  if (!isLonger(value, plainBytes)) return value;
  const text = { asJson: JSON.stringify(value, sortedKeys) };
  texts.set(value, text);
  return text;
}

/** The largest parts of an object go first, so that the rest can still be read in a preview. */
function shrunk(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return isLonger(value, inlineBytes) ? referTo(value) : value;
  const before = known.get(value);
  if (before !== undefined) return before;
  if (!isLonger(value, inlineBytes)) return value;
  const parts = Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shrunk(inner)]));
  const found = isLonger(parts, inlineBytes) ? referTo(value) : parts;
  known.set(value, found);
  return found;
}

function isLonger(value: unknown, bytes: number): boolean {
  if (hasOutput(value)) return false;
  // What is no JSON, as undefined, is small.
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && text.length > bytes;
}

/** Values of which Pulumi knows only later can lie nowhere else. */
function hasOutput(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasOutput);
}

function referTo(value: unknown): Reference {
  const text = JSON.stringify(value);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const inFile = `${referenceFolder}/${sha256.slice(0, 16)}.json`;
  if (existsSync(inFile)) utimesSync(inFile, new Date(), new Date());
  else write(inFile, text);
  return { inFile, sha256, bytes: Buffer.byteLength(text) };
}

/** Under another name first: another run may read it at the same time. */
function write(inFile: string, text: string): void {
  mkdirSync(referenceFolder, { recursive: true });
  const begun = `${inFile}.${process.pid}`;
  writeFileSync(begun, text);
  renameSync(begun, inFile);
  for (const name of readdirSync(referenceFolder)) {
    const path = join(referenceFolder, name);
    if (Date.now() - statSync(path).mtimeMs > unusedMilliseconds) rmSync(path, { force: true });
  }
}
