/** Error codes in the answers of Kafka. */
import { protocolErrorsCodesById } from "@platformatic/kafka";

/** Kafka's name for an error code, for example `NOT_LEADER_OR_FOLLOWER`. */
export function protocolError(code: number): string {
  return protocolErrorsCodesById[code] ?? `error ${code}`;
}

/** Errors that mean that the user lacks a right. */
const refusals: ReadonlySet<string> = new Set([
  "TOPIC_AUTHORIZATION_FAILED",
  "GROUP_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
]);

/**
 * The same, with the right that the request needs if that is what was missing: `Read on Topic orders`. What a broker says of
 * another error in its own words is kept.
 */
export function lacking(code: number, right: string, words: string | null = null): string {
  const name = protocolError(code);
  return refusals.has(name) ? `${name}: the user needs ${right}` : words || name;
}

/** What describes a cluster's brokers, disks, groups, ACLs and users. */
export const describeCluster = "Describe on Cluster kafka-cluster";
