/** One thing that a user may do; each is an ACL that allows it from every host. */
export interface Right {
  /** Kafka takes Describe as said where Read or Write is. */
  readonly operation: "All" | "Create" | "Delete" | "Read" | "Write" | "Describe" | "IdempotentWrite";
  readonly resource: "Topic" | "Group" | "TransactionalID" | "Cluster";
  readonly name: string;
  /** `Prefixed` covers every name that begins so. */
  readonly pattern: "Literal" | "Prefixed";
  /** What does not work without it. */
  readonly reason: string;
}

/** Name of a right among those of its side; a resource is named after it. */
export const rightName = ({ operation, resource, name }: Right): string =>
  `${operation}-${resource === "TransactionalID" ? "transactions" : resource}-${name}`.replace(/^\w+-\w+/, (words) =>
    words.toLowerCase(),
  );
