/** What a stack declares of Kafka itself, for a program of it alone. */
import { mirrorRights } from "../components/mirror-rights.ts";
import { mirrorUsername } from "../components/names.ts";
import { parseStack } from "../config/load.ts";
import { stackKeys } from "../config/stack-file.ts";
import { isMirrored } from "../config/migration-config.ts";
import { targetTopics, type TargetTopic } from "../config/target-topics.ts";
import type { Access } from "./lab.ts";

const sides = ["source", "target"] as const;

/** Topics of the target and rights on both sides. */
export interface Bare {
  readonly bootstrap: Readonly<Record<(typeof sides)[number], readonly string[]>>;
  readonly topics: readonly TargetTopic[];
  readonly rights: readonly {
    readonly side: (typeof sides)[number];
    readonly principal: string;
    readonly operation: string;
    readonly resource: string;
    readonly name: string;
    readonly pattern: string;
  }[];
  /** How it logs in where it makes them. @default it only previews */
  readonly access?: Readonly<Record<(typeof sides)[number], Access>>;
}

/** The same topics and rights as the stack of this config declares. */
export function bareProgram(configFile: string): Bare {
  // The stack's name matters to a config without an inventory alone.
  const parsed = parseStack(stackKeys(configFile), "bench");
  if (!("config" in parsed))
    throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  const { config: own } = parsed;
  if (!isMirrored(own)) throw new Error(`${configFile} mirrors nothing`);
  const { source, target } = own;
  const principal = `User:${mirrorUsername(own)}`;
  return {
    bootstrap: { source: source.runnerBootstrap ?? [], target: target.runnerBootstrap ?? [] },
    topics: targetTopics(own),
    rights: sides.flatMap((side) =>
      mirrorRights(own, side).map(({ reason: _, ...right }) => ({ side, principal, ...right })),
    ),
  };
}
