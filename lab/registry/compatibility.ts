import { avroType, unreadable } from "./avro.ts";
import { levelInScope } from "./configs.ts";
import type { Registry } from "./registry.ts";
import type { SchemaContent } from "./schema-content.ts";
import type { Version } from "./state.ts";
import { contextOf } from "./subjects.ts";

/**
 * Why a schema may not follow these versions of a subject at its level; empty: it may. Only Avro is looked into,
 * everything else is taken for compatible.
 */
export function complaints(
  registry: Registry,
  subject: string,
  content: SchemaContent,
  earlier: readonly Version[],
): string[] {
  const level = levelInScope(registry, subject);
  if (level === "NONE" || earlier.length === 0) return [];
  const against = level.endsWith("_TRANSITIVE") ? earlier : earlier.slice(-1);
  return against.flatMap((version) => complaint(registry, level, subject, content, version) ?? []);
}

function complaint(
  { state }: Registry,
  level: string,
  subject: string,
  content: SchemaContent,
  version: Version,
): string | null {
  if (content.schemaType !== version.schemaType) return `version ${version.version} is ${version.schemaType}`;
  if (content.schemaType !== "AVRO") return null;
  const context = contextOf(subject);
  const [now, then] = [avroType(state, content, context), avroType(state, version, context)];
  const backward = level.startsWith("FORWARD") ? null : unreadable(now, then);
  return backward ?? (level.startsWith("BACKWARD") ? null : unreadable(then, now));
}
