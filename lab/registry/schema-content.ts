import { invalidSchema } from "./errors.ts";

/** A schema that another one names: the version of a subject, in the same context unless the subject names another. */
export interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** What makes two schemas the same. */
export interface SchemaContent {
  readonly schemaType: SchemaType;
  readonly schema: string;
  readonly references: readonly Reference[];
  readonly metadata?: unknown;
  readonly ruleSet?: unknown;
}

export const schemaTypes = ["JSON", "PROTOBUF", "AVRO"] as const;
export type SchemaType = (typeof schemaTypes)[number];

export const contentKey = ({ schemaType, schema, references, metadata, ruleSet }: SchemaContent): string =>
  JSON.stringify([schemaType, schema, references, metadata ?? null, ruleSet ?? null]);

/**
 * Reads a schema from the body of a request. White space outside of strings is dropped from Avro and JSON, as the
 * published server does. Throws 42201 for what is no schema at all; whether its types hold is asked elsewhere.
 */
export function contentFrom(body: Readonly<Record<string, unknown>>): SchemaContent {
  const { schema, schemaType = "AVRO", references, metadata, ruleSet } = body;
  if (typeof schema !== "string" || schema === "") throw invalidSchema("the schema is empty");
  const type = schemaTypes.find((one) => one === schemaType);
  if (type === undefined) throw invalidSchema(`unknown type ${String(schemaType)}`);
  return {
    schemaType: type,
    schema: type === "PROTOBUF" ? schema : compact(schema),
    references: Array.isArray(references) ? references.map(referenceFrom) : [],
    ...(metadata == null ? {} : { metadata }),
    ...(ruleSet == null ? {} : { ruleSet }),
  };
}

function referenceFrom(value: unknown): Reference {
  const { name, subject, version } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof subject !== "string" || typeof version !== "number") {
    throw invalidSchema("a reference has no name, subject or version");
  }
  return { name, subject, version };
}

function compact(schema: string): string {
  try {
    const parsed: unknown = JSON.parse(schema);
    // A schema may be the bare name of a type.
    return JSON.stringify(parsed);
  } catch {
    return schema;
  }
}
