import type { Naming } from "@kafka-migration/kafka";
import * as pulumi from "@pulumi/pulumi";
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import { syncsTopic } from "../runtime/model/mirror-topics.ts";
import { scopeOf } from "./scope.ts";

/** What the last complete update of the stack recorded of names; undefined for a new stack. */
export type NamingBefore = { readonly naming?: Naming | undefined } | undefined;

/**
 * Whose name the source's alias carries: a stack keeps what it has, because the alias keys the mirror's positions. A new
 * stack has names of its own. One that begins in a later row goes on where another state of it has been, so that what its
 * mirror made is looked up in the migration's record. Throws a RunError where that cannot be read.
 */
export async function namingOf(config: MigrationConfig, before: NamingBefore): Promise<Naming> {
  if (before !== undefined) return before.naming ?? "source";
  if (config.startAt === undefined || !isMirrored(config)) return "own";
  const { readPins } = await import("@kafka-migration/kafka");
  const { kubernetes } = scopeOf(config).ledger;
  const configMap = `${config.name}-record`;
  try {
    const { own } = await readPins({ migration: config.name, kubernetes, configMap });
    return own[syncsTopic("source")] === undefined ? "own" : "source";
  } catch (error) {
    throw new pulumi.RunError(
      `startAt begins in ${config.startAt.row}, and whether the mirror has been there is written in ConfigMap ` +
        `${kubernetes.namespace}/${configMap}, which cannot be read: ${(error as Error).message}. Nothing was changed.`,
    );
  }
}
