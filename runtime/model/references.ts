/**
 * Values of inputs that are too large to lie in every resource that needs them: the scope of a large migration above all.
 * They lie in a file beside the project, under a name made from their content, and inputs refer to it. Pure.
 */

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
