import type { MirroredConfig } from "../config/migration-config.ts";
import { offsetsTopicOf } from "./names.ts";
import type { Right } from "./right.ts";

/**
 * What the runner's user needs on the target to read the mirror's positions where Connect keeps them; nothing where the
 * topic is not known. Read says Describe as well. Pure.
 */
export function positionsRights(config: MirroredConfig): readonly Right[] {
  const topic = offsetsTopicOf(config);
  if (topic === undefined) return [];
  const reason = "gates and moves read there how far the mirror is; without it they ask Connect, which takes seconds";
  return [{ operation: "Read", resource: "Topic", name: topic.name, pattern: "Literal", reason }];
}
