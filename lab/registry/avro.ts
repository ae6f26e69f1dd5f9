import avro, { type Type } from "avsc";
import { invalidSchema } from "./errors.ts";
import type { Reference, SchemaContent } from "./schema-content.ts";
import type { State, Version } from "./state.ts";
import { qualify } from "./subjects.ts";

/** Versions a schema refers to, directly or not, each after what it refers to itself. Throws 42201 for a missing one. */
export function referenced(state: State, references: readonly Reference[], context: string): Version[] {
  const found = new Set<Version>();
  const visit = ({ name, subject, version }: Reference): void => {
    const target = state.find(qualify(subject, context), version);
    if (!target)
      throw invalidSchema(`no schema reference found for subject "${subject}" and version ${version} (${name})`);
    target.references.forEach(visit);
    found.add(target);
  };
  references.forEach(visit);
  return [...found];
}

/** The type of an Avro schema, with the types of its references known by their names. Throws 42201. */
export function avroType(state: State, content: SchemaContent, context: string): Type {
  const registry: Record<string, Type> = {};
  const parse = ({ schema }: SchemaContent): Type => {
    try {
      return avro.Type.forSchema(JSON.parse(schema), { registry, wrapUnions: "auto" });
    } catch (problem) {
      throw invalidSchema((problem as Error).message);
    }
  };
  referenced(state, content.references, context).forEach(parse);
  return parse(content);
}

/** Why data of one type cannot be read as another, or null. */
export function unreadable(reader: Type, writer: Type): string | null {
  try {
    reader.createResolver(writer);
    return null;
  } catch (problem) {
    return (problem as Error).message;
  }
}
