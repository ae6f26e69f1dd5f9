/** Tells what a user may not read, or a cluster does not have, from what went wrong. */
import { protocolErrorsCodesById } from "@platformatic/kafka";
import { kafkaError } from "../kafka-error.ts";
import type { Unread } from "./reading.ts";

const refusals: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: "the user has no right to read it (TOPIC_AUTHORIZATION_FAILED)",
  GROUP_AUTHORIZATION_FAILED: "the user has no right to read it (GROUP_AUTHORIZATION_FAILED)",
  CLUSTER_AUTHORIZATION_FAILED: "the user has no right to read it (CLUSTER_AUTHORIZATION_FAILED)",
  SECURITY_DISABLED: "the cluster has no authorizer (SECURITY_DISABLED)",
  UNSUPPORTED_VERSION: "the brokers do not know this request (UNSUPPORTED_VERSION)",
};

/** Why an error code keeps something from being read; null for a code that is no refusal. */
export function refusalOf(code: number): string | null {
  return refusals[protocolErrorsCodesById[code] ?? ""] ?? null;
}

/** Reads, or notes in `unread` why the cluster refuses and returns `otherwise`. Other errors pass through. */
export async function readable<T>(what: string, unread: Unread[], otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = refusals[nameOf(error)];
    if (reason === undefined) throw error;
    unread.push({ what, reason });
    return otherwise;
  }
}

function nameOf(error: unknown): string {
  const known = Object.keys(refusals);
  const reason = kafkaError(error);
  return known.find((name) => reason.includes(name)) ?? "";
}
