/** What Kafka's own authorizer answers; pure. As StandardAuthorizerData of Kafka 4.2, and AclAuthorizer before it, decide. */
import type { AclReading } from "../model/cluster-reading.ts";
import type { Rights } from "../model/rights.ts";

export interface Question {
  readonly principal: string;
  /** Address that the client comes from. */
  readonly host: string;
  readonly operation: string;
  readonly resourceType: string;
  readonly resourceName: string;
}

/** `denied` by an ACL that says so, `missing` where none allows it. */
export type Answer = "allowed" | "denied" | "missing";

/** The principal that means all users. */
export const everybody = "User:*";

/** Operations that Kafka checks, by type of resource (AclEntry.supportedOperations, and TwoPhaseCommit of KIP-939). */
export const operationsOf: Readonly<Record<string, readonly string[]>> = {
  Topic: ["Read", "Write", "Create", "Delete", "Alter", "Describe", "AlterConfigs", "DescribeConfigs"],
  Group: ["Read", "Delete", "Describe", "AlterConfigs", "DescribeConfigs"],
  Cluster: [
    ...["Create", "ClusterAction", "IdempotentWrite", "Alter", "Describe"],
    ...["AlterConfigs", "DescribeConfigs"],
  ],
  TransactionalID: ["Write", "Describe", "TwoPhaseCommit"],
  DelegationToken: ["Describe"],
  User: ["CreateTokens", "DescribeTokens"],
};

/** Operations that an allowing ACL's operation implies. */
const implied: Readonly<Record<string, readonly string[]>> = {
  Describe: ["Read", "Write", "Delete", "Alter"],
  DescribeConfigs: ["AlterConfigs"],
};

/** Whether being allowed one operation implies another. */
export const implies = (operation: string, other: string): boolean => implied[other]?.includes(operation) ?? false;

/** Whether an ACL is about a resource of this type and name. */
export function concerns(acl: AclReading, resourceType: string, name: string): boolean {
  if (acl.resourceType !== resourceType) return false;
  if (acl.patternType === "Prefixed") return name.startsWith(acl.resourceName);
  return acl.resourceName === name || acl.resourceName === "*";
}

/** What the brokers would answer. */
export function answer(rights: Rights, question: Question): Answer {
  if (rights.superUsers.includes(question.principal)) return "allowed";
  const about = rights.acls.filter((acl) => concerns(acl, question.resourceType, question.resourceName));
  return decide(about, question, about.length === 0 && rights.openByDefault);
}

/**
 * What ACLs that are about the resource answer. A Deny overrides every Allow, and an Allow includes what it implies.
 * `isOpen`: whether all users may use the resource because no ACL, of whomever, is about it.
 */
export function decide(about: readonly AclReading[], question: Question, isOpen: boolean): Answer {
  const speaking = about.filter((acl) => speaks(acl, question));
  if (speaking.some(({ permission }) => permission === "Deny")) return "denied";
  if (speaking.length > 0) return "allowed";
  return isOpen ? "allowed" : "missing";
}

function speaks(acl: AclReading, { principal, host, operation }: Question): boolean {
  if (acl.principal !== principal && acl.principal !== everybody) return false;
  if (acl.host !== "*" && acl.host !== host) return false;
  if (acl.operation === "All" || acl.operation === operation) return true;
  return acl.permission === "Allow" && implies(acl.operation, operation);
}
