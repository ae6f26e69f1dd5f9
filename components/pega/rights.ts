import type { Right } from "../right.ts";

/** What Pega asks of an external cluster for its user, by the prefix of its names. Pure. */
export const pegaRights = (prefix: string): readonly Right[] => [
  { operation: "All", resource: "Topic", name: prefix, pattern: "Prefixed", reason: "its topics, which it creates" },
  { operation: "All", resource: "Group", name: prefix, pattern: "Prefixed", reason: "its consumer groups" },
  { operation: "Read", resource: "TransactionalID", name: "*", pattern: "Literal", reason: "its transactions" },
  { operation: "Write", resource: "TransactionalID", name: "*", pattern: "Literal", reason: "its transactions" },
  {
    operation: "IdempotentWrite",
    resource: "Cluster",
    name: "kafka-cluster",
    pattern: "Literal",
    reason: "its producers are idempotent",
  },
];
