/** Tells what a user may not read, or a cluster does not have, from what went wrong. */
import { protocolErrorsCodesById } from "@platformatic/kafka";
import type { Unread } from "../model/cluster-reading.ts";
import { kafkaErrorCodes } from "./kafka-error.ts";

const refusals: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: "the user has no right to read it",
  GROUP_AUTHORIZATION_FAILED: "the user has no right to read it",
  CLUSTER_AUTHORIZATION_FAILED: "the user has no right to read it",
  SECURITY_DISABLED: "the cluster has no authorizer",
  UNSUPPORTED_VERSION: "the brokers do not know this request",
};

/** Kafka's name of an error that keeps something from being read, and what it means. */
export type Refusal = Required<Pick<Unread, "code" | "reason">>;

const refusal = (code: string): Refusal | null =>
  refusals[code] === undefined ? null : { code, reason: `${refusals[code]} (${code})` };

/** Why an error code keeps something from being read; null for a code that is no refusal. */
export function refusalOf(code: number): Refusal | null {
  return refusal(protocolErrorsCodesById[code] ?? "");
}

/** Reads, or notes in `unread` why the cluster refuses and returns `otherwise`. Other errors pass through. */
export async function readable<T>(what: string, unread: Unread[], otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const found = kafkaErrorCodes(error)
      .map(refusal)
      .find((one) => one !== null);
    if (found === undefined) throw error;
    unread.push({ what, ...found });
    return otherwise;
  }
}
