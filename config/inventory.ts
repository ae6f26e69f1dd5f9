import { z } from "zod";

/** A topic on the source; `configs` holds only what the topic sets itself. */
const lockedTopicSchema = z.strictObject({
  name: z.string().min(1),
  partitions: z.int().min(1),
  replicationFactor: z.int().min(1),
  configs: z.record(z.string(), z.string()),
});

const lockedGroupSchema = z.strictObject({
  name: z.string().min(1),
  protocol: z.enum(["classic", "consumer", "streams"]),
  /** Present on a group that is a Kafka Streams application. */
  streams: z.literal(true).optional(),
  /** Topics in which the group has committed an offset. */
  topics: z.array(z.string()),
});

const lockedAclSchema = z.strictObject({
  principal: z.string(),
  host: z.string(),
  operation: z.string(),
  permission: z.enum(["Allow", "Deny"]),
  resourceType: z.string(),
  resourceName: z.string(),
  patternType: z.enum(["Literal", "Prefixed"]),
});

/** A topic on the target with the name of a source topic that this migration has not created. */
const existingTopicSchema = z.strictObject({
  name: z.string().min(1),
  partitions: z.int().min(1),
  replicationFactor: z.int().min(1),
  /** Whether it held no record. */
  empty: z.boolean(),
});

/**
 * The lockfile that `npm run assess` writes: what there is to migrate, sorted, without anything that traffic changes,
 * so that an unchanged source gives the same bytes. Committed; previews read it instead of Kafka.
 */
const unreadSchema = z
  .strictObject({
    what: z.string(),
    reason: z.string(),
    /** Kafka's name of the error, such as `SECURITY_DISABLED`; absent where Kafka hides things without an error. */
    code: z.string().optional(),
  })
  // A lockfile of version 0.1 has the name at the end of the reason only.
  .transform(({ code, ...one }) => {
    // eslint-disable-next-line no-restricted-syntax -- nothing else in such a lockfile has it
    const known = code ?? /\(([A-Z_]+)\)$/.exec(one.reason)?.[1];
    return { ...one, ...(known !== undefined && { code: known }) };
  });

export const inventorySchema = z.strictObject({
  format: z.literal(1),
  source: z.strictObject({
    clusterId: z.string().min(1),
    /** Release according to the brokers' finalized features, such as `3.9`; null if they do not say. */
    kafka: z.string().nullable(),
    brokers: z.int().min(1),
  }),
  /** Null while the target does not exist. */
  target: z
    .strictObject({
      clusterId: z.string().min(1),
      kafka: z.string().nullable(),
      brokers: z.int().min(1),
      topics: z.array(existingTopicSchema),
      /**
       * What the brokers give a topic that sets nothing itself, of what decides about its records. Absent in older
       * lockfiles, and where the runner's user may not read their config.
       */
      defaults: z.record(z.string(), z.string()).optional(),
    })
    .nullable(),
  /** Effective config of a topic on the source that sets nothing itself; `from` says who set it. */
  defaults: z.record(z.string(), z.strictObject({ value: z.string(), from: z.enum(["kafka", "broker"]) })),
  topics: z.array(lockedTopicSchema),
  groups: z.array(lockedGroupSchema),
  acls: z.array(lockedAclSchema),
  /** SCRAM users by mechanism with their iterations; passwords cannot be read. */
  users: z.array(z.strictObject({ name: z.string(), mechanisms: z.record(z.string(), z.int()) })),
  quotas: z.array(
    z.strictObject({ entity: z.record(z.string(), z.string()), limits: z.record(z.string(), z.number()) }),
  ),
  /**
   * Principals that belong to no application: the source's super users and this program's
   * users. Absent in older lockfiles, and if there are none.
   */
  ownPrincipals: z.array(z.string()).optional(),
  /** What the runner's user had no right to read, or the cluster does not have: `acls`, `users`, `quotas`. */
  unread: z.array(unreadSchema),
});

export type Inventory = z.output<typeof inventorySchema>;
export type LockedTopic = z.output<typeof lockedTopicSchema>;
export type LockedGroup = z.output<typeof lockedGroupSchema>;
export type ExistingTopic = z.output<typeof existingTopicSchema>;

/** Stands for the cluster id of a source that the stack itself makes, in a lockfile from before it was made. */
const notMadeYet = "not-made-yet";

/** The lockfile of a source that the stack has yet to make: nothing is there that could be migrated. */
export const unmadeInventory = (brokers: number): Inventory => ({
  format: 1,
  source: { clusterId: notMadeYet, kafka: null, brokers },
  target: null,
  defaults: {},
  topics: [],
  groups: [],
  acls: [],
  users: [],
  quotas: [],
  unread: [],
});

/** Whether a lockfile is of a source that the stack had yet to make. */
export const isUnmade = ({ source }: Pick<Inventory, "source">): boolean => source.clusterId === notMadeYet;
