import type { Declared } from "@kafka-migration/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { MigrationConfig } from "../config/migration-config.ts";
import { isUnmade } from "../config/inventory.ts";
import { credentialsOf, scopeOf } from "./scope.ts";

/** What the last complete update of the stack recorded about topics; undefined for a new stack. */
export type DeclaredBefore = { readonly declared?: Declared | undefined } | undefined;

/**
 * How an update declares topics and MirrorMaker 2's rights. A stack that passes the number in either direction needs one
 * complete update in which rights stand in both kinds of resources: Pulumi deletes what leaves the program last, after
 * whatever would have granted it again. Pure.
 */
export function declaredAs(
  { topics, selection }: Pick<MigrationConfig, "topics" | "selection">,
  before: DeclaredBefore,
  existing: ReadonlySet<string> = new Set(),
): Declared {
  const many = topics.length > selection.topics.apartUpTo;
  // Nothing is recorded of a first update that has failed: the topics that it has made say how it declared them.
  if (before === undefined) return many ? "together" : existing.size > 0 ? "parting" : "apart";
  const was = before.declared ?? "apart";
  if (many) return was === "together" || was === "joining" ? "together" : "joining";
  return was === "apart" || was === "parting" ? "apart" : "parting";
}

/** Topics in one resource, also while MirrorMaker 2's rights are still in both. */
export const inOne = (declared: Declared): boolean => declared === "together" || declared === "joining";

/**
 * Topics that become resources of their own again and exist already, so that Pulumi reads them instead of making them:
 * those that the marks name, or, where no update was complete, those that one has begun to make. Throws a RunError where
 * they cannot be read.
 */
export async function existingTopics(config: MigrationConfig, before: DeclaredBefore): Promise<ReadonlySet<string>> {
  const declared = declaredAs(config, before);
  if (before === undefined && declared === "apart" && !isUnmade(config.inventory)) return await begunTopics(config);
  if (declared !== "parting") return new Set();
  const { marksOf, readTopicMarks } = await import("@kafka-migration/kafka");
  const { kubernetes, configMap } = marksOf(scopeOf(config));
  try {
    return new Set((await readTopicMarks(kubernetes, configMap)).keys());
  } catch (error) {
    throw new pulumi.RunError(
      `${config.topics.length} topics were declared together and become resources of their own (topics.apartUpTo: ` +
        `${config.selection.topics.apartUpTo}). Which of them exist is written in ConfigMap ` +
        `${kubernetes.namespace}/${configMap}, which cannot be read: ${(error as Error).message}. Nothing was changed.`,
    );
  }
}

/** Topics of a first update that was not complete and had more of them than are declared apart now. */
async function begunTopics(config: MigrationConfig): Promise<ReadonlySet<string>> {
  const { topicsBegun } = await import("@kafka-migration/kafka");
  const { ledger, target } = scopeOf(config);
  const admin = credentialsOf(config, "target", "admin");
  const { kubernetes } = ledger;
  const migration = config.name;
  const wanted = { migration, kubernetes, target: { ...target, ...(admin && { credentials: admin }) } };
  const begun = await topicsBegun(wanted).catch((error: unknown) => {
    // Before anything was made there may be no namespace, no target and no cluster to ask.
    void pulumi.log.info(`whether an earlier update has made topics is not known: ${(error as Error).message}`);
    return new Set<string>();
  });
  return begun;
}
