import { readFileSync } from "node:fs";
import type { ReaderSchema } from "../runtime/model/reader-schema.ts";
import type { Problem } from "./checks/index.ts";

/** A file that the config names, as read: its text, or why there is none. */
export type NamedFile =
  { readonly path: string; readonly text: string } | { readonly path: string; readonly missing: string };

interface Named {
  readonly topic: string;
  readonly part: ReaderSchema["part"];
  readonly file: string;
}

/** Reads the files that `schemas.readers` names; a value of another form is left to the schema of the config. */
export function readReaderFiles(raw: Readonly<Record<string, unknown>>): readonly NamedFile[] {
  const { readers } = (raw["schemas"] ?? {}) as { readers?: unknown };
  if (!Array.isArray(readers)) return [];
  const paths = readers.flatMap((one: unknown) => {
    const file = typeof one === "object" && one !== null && "file" in one ? one.file : undefined;
    return typeof file === "string" ? [file] : [];
  });
  return [...new Set(paths)].map((path) => {
    try {
      return { path, text: readFileSync(path, "utf8") };
    } catch (error) {
      return { path, missing: `cannot be read (${(error as NodeJS.ErrnoException).code}); allowed: a readable file` };
    }
  });
}

/** The schemas of new consumers, or what is wrong with their files. Pure. */
export function readerSchemas(
  named: readonly Named[],
  files: readonly NamedFile[],
): { readonly readers: readonly ReaderSchema[]; readonly problems: readonly Problem[] } {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const problems: Problem[] = [];
  const readers = named.flatMap(({ topic, part, file }, at) => {
    const path = `schemas.readers[${at}].file`;
    const found = byPath.get(file);
    if (found === undefined || "missing" in found) {
      problems.push({ path, message: `${file} ${found?.missing ?? "was not read; allowed: a readable file"}` });
      return [];
    }
    if (!isJson(found.text)) {
      problems.push({ path, message: `${file} is not JSON; allowed: an Avro schema (.avsc) or a JSON Schema (.json)` });
      return [];
    }
    const type: ReaderSchema["type"] = file.endsWith(".avsc") ? "AVRO" : "JSON";
    return [{ topic, part, file, type, schema: found.text }];
  });
  return { readers, problems };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
