/**
 * The two forms in which inputs hold values that are not small: as one JSON text, and, where they are too large to lie in
 * every resource that needs them, by reference to a file beside the project, under a name made from its content. Pure.
 */

/**
 * Stands for a value in a resource's inputs and in the state. Pulumi copies, compares and writes every member of a value
 * by itself, several times for each step of an update, and a text as a whole; its `--diff` shows a text member by member.
 */
export interface JsonText {
  readonly asJson: string;
}

/** A value of more bytes than this is held as one text. */
export const plainBytes = 300;

/** Whether a value is held as one text. */
export function isJsonText(value: unknown): value is JsonText {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as Partial<JsonText>).asJson === "string" && Object.keys(value).length === 1;
}

/** Stands for a value in a resource's inputs and in the state. */
export interface Reference {
  /** Path of the file with the value as JSON, relative to the project. */
  readonly inFile: string;
  /** Hash of that file, so that another value is another input. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Folder of the files, relative to the project. */
export const referenceFolder = ".kafka-migration";

/** A value of more bytes than this is referred to: some 300 topics with what belongs to them stay in the state. */
export const inlineBytes = 32_000;

/** Whether a value is a reference. */
export function isReference(value: unknown): value is Reference {
  if (typeof value !== "object" || value === null) return false;
  const { inFile, sha256, bytes } = value as Partial<Reference>;
  return typeof inFile === "string" && typeof sha256 === "string" && typeof bytes === "number";
}

/** A value with what its texts hold in their place; the same object where it has none. References stay. */
export function withTextsRead(value: unknown): unknown {
  if (isJsonText(value)) return JSON.parse(value.asJson);
  // Values in a list are as the list: it is a text as a whole, or small.
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withTextsRead(inner), inner] as const);
  return entries.every(([, read, inner]) => read === inner)
    ? value
    : Object.fromEntries(entries.map(([key, read]) => [key, read]));
}
