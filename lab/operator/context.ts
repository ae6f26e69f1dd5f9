import type { Hosts } from "../addresses.ts";
import type { JavaTools } from "../jvm.ts";
import type { Api } from "../kubernetes.ts";
import type { Lab } from "../layout.ts";
import type { Supervisor } from "./supervisor.ts";

/** What every controller works with. */
export interface Context {
  readonly lab: Lab;
  readonly api: Api;
  readonly tools: JavaTools;
  /** Whether each broker has a process of its own, so that a test may kill one. @default false */
  readonly brokersApart?: boolean;
  readonly hosts: Hosts;
  readonly supervisor: Supervisor;
}

/** `<namespace>/<name>`, the key by which objects are queued. */
export const keyOf = (object: { metadata?: { namespace?: string; name?: string } }) =>
  `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;

export function splitKey(key: string): { namespace: string; name: string } {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name };
}

/** Names of pods that a test wants to be kept away. */
export const holdAnnotation = "kafka-migration.lab/hold";

export function heldPods(object: { metadata?: { annotations?: Record<string, string> } }): Set<string> {
  const text = object.metadata?.annotations?.[holdAnnotation] ?? "";
  return new Set(text.split(",").map((name) => name.trim()));
}
