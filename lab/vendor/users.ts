/** Operations of Kafka's rights, as its tools write them. */
type Operation = "Read" | "Write" | "Describe";

/** One right of a user of the source. */
export interface Right {
  readonly resource: "Topic" | "Group" | "TransactionalID";
  readonly name: string;
  readonly pattern: "Literal" | "Prefixed";
  readonly operations: readonly Operation[];
}

/** An application's user with exactly the rights that it needs. */
export interface VendorUser {
  readonly name: string;
  readonly rights: readonly Right[];
}

const literal = (resource: Right["resource"], name: string, ...operations: Operation[]): Right => ({
  resource,
  name,
  pattern: "Literal",
  operations,
});

const reads = (topic: string, group: string): Right[] => [
  literal("Topic", topic, "Read"),
  literal("Group", group, "Read"),
];

/** Users of the source, one per application; Write and Read bring Describe along. */
export const vendorUsers: readonly VendorUser[] = [
  { name: "foo-producer", rights: [literal("Topic", "foo", "Write")] },
  { name: "foo-consumer", rights: reads("foo", "foo-consumer") },
  {
    name: "payments-producer",
    rights: [
      literal("Topic", "payments", "Write"),
      { resource: "TransactionalID", name: "payments-", pattern: "Prefixed", operations: ["Write", "Describe"] },
    ],
  },
  { name: "payments-consumer", rights: reads("payments", "payments-consumer") },
  {
    name: "sales-producer",
    rights: [{ resource: "Topic", name: "sales", pattern: "Prefixed", operations: ["Write"] }],
  },
  { name: "sales-consumer", rights: reads("sales", "sales-consumer") },
  { name: "catalog-producer", rights: [literal("Topic", "catalog", "Write")] },
];

/** Secret with `username` and `password` of a user on the source; the target's is made by the migration. */
export const userSecret = (name: string): string => `${name}-source`;

/** Secret that an application's pods read, and its keys: a migration writes the target's values into it. */
export const loginSecret = (name: string): string => `${name}-login`;
export const loginKeys = {
  kafka: { username: "KAFKA_USERNAME", password: "KAFKA_PASSWORD" },
  registry: { username: "REGISTRY_USERNAME", password: "REGISTRY_PASSWORD" },
} as const;

/** Users of each registry: applications share one, and who moves schemas has one of its own. */
export const registryUsers = ["apps", "admin"] as const;
export const registrySecret = (side: "source" | "target", user: (typeof registryUsers)[number]): string =>
  `registry-${side}-${user}`;
