import { z } from "zod";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import { neverCopying, strategyNames } from "../phases/strategies/index.ts";
import { capacitySchema } from "./capacity.ts";
import { connectSchema, sideSchema } from "./clusters.ts";
import { connectsSchema } from "./connectors.ts";
import { cleanupKeeps } from "../runtime/model/platforms/platform.ts";
import { form, reason } from "../runtime/model/forms.ts";
import { kubernetes, migrationName, patience, phase, seconds, startAt } from "./common.ts";
import { inClusterSchema } from "./in-cluster.ts";
import { wavesSchema } from "./waves.ts";
import { workloadSchema } from "./workloads.ts";
import { monitoringSchema, uiSchema } from "./monitoring.ts";
import { networkSchema } from "./network.ts";
import { rightsSchema } from "./rights.ts";

const topicName = form(
  /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
  "a topic's name (letters, digits, dot, hyphen, underscore), no pattern",
);

const ignored = (what: string) =>
  z
    .array(
      z.strictObject({
        name: z.string().min(1).describe(`name, one of the ${what} of the inventory`),
        reason: reason(),
      }),
    )
    .default([])
    .describe(`${what} of the inventory that are not migrated, each with the reason; default: none`);

const properties = (connector: string, example: Record<string, string>) =>
  z
    .record(z.string(), z.string())
    .default({})
    .describe(
      `properties of ${connector} that are added to those that the program sets, or replace them; docs/mirror-properties.md lists them; default: none`,
    )
    .meta({ examples: [example] });

const byteRate = (side: string, does: string) =>
  z
    .int()
    .min(1024)
    .optional()
    .describe(`bytes per second that the mirror ${does} at most at each broker of ${side}; default: no limit`)
    .meta({ examples: [20_000_000] });

/** Every input of a migration: named, defaulted and described here and in the files that it imports. */
export const configSchema = z.strictObject({
  phase,
  strategy: z
    .enum(strategyNames, {
      error: ({ input }) =>
        `found ${JSON.stringify(input)}; allowed: ${[...strategyNames, ...pegaStrategyNames].join(", ")}`,
    })
    .default(strategyNames[0])
    .describe(`order in which applications move; fixed for the life of a stack; default: ${strategyNames[0]}`),
  persistedData: z
    .enum(["mirrored", "none"])
    .optional()
    .describe(
      `what happens to the records that the source holds; mirrored: MirrorMaker 2 copies them; none: they are read at the source and not copied; default: mirrored, and none in ${neverCopying.join(", ")}, which never copies`,
    ),
  wayBack: z
    .enum(["mirrored", "none"])
    .default("none")
    .describe(
      "mirrored: what is written on the target is copied to the source until phase close, so that the stack can go back to mirror without losing a record; MirrorMaker 2's user must be allowed to write on the source; none: nothing is copied back; default: none",
    ),
  startAt,
  name: migrationName.describe("name of the migration; every resource's name begins with it"),
  production: z.boolean().default(true).describe("true protects the clusters from pulumi destroy; default: true"),
  kubernetes,
  source: sideSchema.describe("the cluster that applications leave"),
  target: sideSchema.describe("the cluster that producers and consumers move to"),
  connect: connectSchema
    .optional()
    .describe(
      "the Connect cluster that runs MirrorMaker 2; default: none, required wherever records are copied and refused elsewhere",
    ),
  connects: connectsSchema,
  mirror: z
    .strictObject({
      exactlyOnce: z
        .boolean()
        .default(true)
        .describe(
          "false copies at least once: after a crash of Connect, records can appear twice on the target; default: true",
        ),
      reason: reason()
        .optional()
        .describe("why at least once is enough; default: none, required with exactlyOnce false on a production stack"),
      tasksMax: z
        .int()
        .min(1)
        .optional()
        .describe(
          "number of tasks that share the partitions; more tasks than partitions are idle; " +
            "default: 4, doubled until none would copy more than 2,000 partitions of the inventory",
        ),
      quotas: z
        .strictObject({
          consumerByteRate: byteRate("the source", "reads"),
          producerByteRate: byteRate("the target", "writes"),
        })
        .prefault({})
        .describe(
          "client quotas of MirrorMaker 2's user, which limit the bandwidth that copying takes from both clusters; need credentials.mirror with create on that side; default: none",
        ),
      source: properties("MirrorSourceConnector", { "producer.override.linger.ms": "50" }),
      checkpoint: properties("MirrorCheckpointConnector", { "emit.checkpoints.interval.seconds": "1" }),
      heartbeat: properties("MirrorHeartbeatConnector", { "emit.heartbeats.interval.seconds": "5" }),
    })
    .prefault({})
    .describe("how records are copied"),
  inventory: z
    .string()
    .min(1)
    .optional()
    .describe(
      "path of the lockfile that npm run assess writes, relative to the project; default: inventory/<stack>.json",
    ),
  topics: z
    .strictObject({
      migrate: z
        .array(topicName)
        .min(1)
        .optional()
        .describe(
          "topics to migrate; default: every topic of the inventory that is not ignored, without those that a schema registry, Kafka Connect or another tool keeps for itself",
        ),
      ignore: ignored("topics"),
      adopt: z
        .array(
          z.strictObject({
            name: topicName.describe("name of the topic").meta({ examples: ["orders"] }),
            reason: reason(),
          }),
        )
        .default([])
        .describe(
          "topics that hold records on the target already and are to be mirrored into nevertheless; default: none",
        ),
      recreated: z
        .array(
          z.strictObject({
            name: topicName.describe("name of the topic").meta({ examples: ["orders"] }),
            id: z
              .string()
              .min(1)
              .describe("the topic's id on the source now, as the gate's sentence says it")
              .meta({ examples: ["5f4c1a52-7f0e-4a8e-9a57-3a6f2c1d9b10"] }),
            reason: reason(),
          }),
        )
        .default([])
        .describe(
          "topics that were deleted and created again on the source since the mirror began and are to be mirrored on; default: none",
        ),
      replicationFactor: z
        .union([z.int().min(1), z.literal("source")], {
          error: ({ input }) => `found ${JSON.stringify(input)}; allowed: a number from 1 on, or source`,
        })
        .optional()
        .describe(
          "replication factor of the topics on the target; source: of each the one that it has on the source; default: 3, or the number of brokers if there are fewer",
        )
        .meta({ examples: ["source", 3] }),
      replicationFactors: z
        .record(topicName, z.int().min(1))
        .default({})
        .describe("replication factors on the target of single topics; default: none")
        .meta({ examples: [{ orders: 5 }] }),
      apartUpTo: z
        .int()
        .min(0)
        .default(300)
        .describe(
          "number of topics up to which each topic, and each right of MirrorMaker 2 on one, is a resource of its own; more are declared together in one resource, which takes seconds instead of a step for each; default: 300",
        )
        .meta({ examples: [1000] }),
      configs: z
        .record(topicName, z.record(z.string(), z.string()))
        .default({})
        .describe("topic configs on the target that replace the source's, by topic; default: none")
        .meta({ examples: [{ orders: { "retention.ms": "604800000" } }] }),
      whileMirroring: z
        .record(topicName, z.record(z.string(), z.string()))
        .default({})
        .describe(
          "topic configs on the target that hold only while the mirror writes the topic, so that it takes what the source once accepted; from the row after the switch of the producers on the topic has its own; bounds on timestamps and message.timestamp.type need no entry; default: none",
        )
        .meta({ examples: [{ profiles: { "cleanup.policy": "delete", "retention.ms": "-1" } }] }),
    })
    .prefault({})
    .describe("which topics are migrated, and how they are created"),
  groups: z
    .strictObject({
      migrate: z
        .array(
          z.strictObject({
            name: z.string().min(1).describe("name of the consumer group"),
            topics: z
              .array(topicName)
              .min(1)
              .optional()
              .describe(
                "migrated topics that the group reads; default: those in which the inventory has offsets of it",
              ),
            leaves: z
              .array(
                z.strictObject({
                  topic: topicName.describe("name of the topic").meta({ examples: ["orders"] }),
                  reason: reason(),
                }),
              )
              .default([])
              .describe("topics that the group reads on the source and no longer reads after its move; default: none"),
            unread: z
              .strictObject({
                from: z
                  .enum(["earliest", "latest"])
                  .describe(
                    "earliest: at the first record that the target holds; latest: at the end that the partition had while the group still ran, so that older records are not read and later ones are",
                  )
                  .meta({ examples: ["latest"] }),
                reason: reason(),
              })
              .optional()
              .describe(
                "where the group begins in a partition that holds records and in which it has never committed an offset; default: nowhere, its move is refused",
              ),
            partitions: z
              .array(
                z.strictObject({
                  topic: topicName.describe("name of a topic that the group reads").meta({ examples: ["orders"] }),
                  numbers: z
                    .array(z.int().min(0))
                    .min(1)
                    .describe("numbers of the partitions that it reads; it is not placed in the others")
                    .meta({ examples: [[0, 3]] }),
                  reason: reason(),
                }),
              )
              .default([])
              .describe(
                "topics of which the group reads some partitions only, because its consumers are assigned them by hand; default: none, a group reads all partitions of its topics",
              ),
          }),
        )
        .optional()
        .describe("consumer groups to migrate; default: every group that reads a migrated topic and is not ignored"),
      ignore: ignored("groups"),
      idle: z
        .array(
          z.strictObject({
            name: z
              .string()
              .min(1)
              .describe("name of the consumer group")
              .meta({ examples: ["nightly-report"] }),
            reason: reason(),
          }),
        )
        .default([])
        .describe(
          "groups that have no members at times, or for good: of workloads that are scaled to zero, of sinks that their owners have stopped; groups-active waits for no member of theirs; default: none but groups of CronJobs alone",
        ),
      allowRedelivery: z
        .array(
          z.strictObject({
            name: z
              .string()
              .min(1)
              .describe("name of the consumer group")
              .meta({ examples: ["billing"] }),
            reason: reason(),
          }),
        )
        .default([])
        .describe(
          "groups that continue at MirrorMaker 2's translated offset where no exact offset can be proved; they read the records again that the preview forecasts; default: none",
        ),
    })
    .prefault({})
    .describe("which consumer groups move, and how"),
  workloads: z.array(workloadSchema).min(1).describe("applications that write to or read from the migrated topics"),
  waves: wavesSchema
    .optional()
    .describe(
      "in the strategy waves, which applications move together, in the order in which they move; default: none, required by waves and refused elsewhere",
    ),
  rights: rightsSchema
    .optional()
    .describe("users, ACLs and quotas that are created on the target; default: none, they are managed elsewhere"),
  gates: z
    .strictObject({
      maxLag: z
        .int()
        .min(0)
        .default(1000)
        .describe(
          "records per partition that the mirror is allowed to lag behind when the gate mirror-within opens; default: 1000",
        ),
      movementSeconds: seconds(
        "within which a group must commit on the target to count as active; more than its consumers' commit interval",
        90,
      ),
      newestRecords: z
        .int()
        .min(0)
        .max(1000)
        .default(20)
        .describe(
          "number of newest records of each mirrored partition that the gate newest-equal compares on both sides by content; 0 leaves the gate out; default: 20",
        ),
      ...patience,
    })
    .prefault({})
    .describe("how long gates wait, and for what"),
  capacity: capacitySchema,
  network: networkSchema
    .optional()
    .describe(
      "NetworkPolicies that let exactly the peers of the migration connect to a target and a Connect that are made here; default: none, docs/network.md lists what must be open",
    ),
  switch: z
    .strictObject({
      stopSeconds: seconds("that pods have to stop", 120),
      fenceSeconds: seconds(
        "that end offsets have to stop growing and groups to lose their members, once the pods are gone",
        60,
      ),
      drainSeconds: seconds("that the mirror has to copy the remaining records while producers pause", 120),
      startSeconds: seconds("that pods have to become ready at their new address", 600),
      readySeconds: seconds("that clusters and connectors have to become ready", 900),
    })
    .prefault({})
    .describe("time limits for the steps of a switch"),
  schemas: z
    .strictObject({
      sampleRecords: z
        .int()
        .min(1)
        .max(1000)
        .default(20)
        .describe("number of newest records of each topic that must decode through the target's registry; default: 20"),
      readers: z
        .array(
          z.strictObject({
            topic: topicName.describe("name of a migrated topic").meta({ examples: ["orders"] }),
            part: z
              .enum(["key", "value"])
              .default("value")
              .describe("what of a record the schema is for; default: value"),
            file: form(/\.(avsc|json)$/, "a file that ends in .avsc (Avro) or .json (JSON Schema)")
              .describe("file with the schema, relative to the project")
              .meta({ examples: ["schemas/order-v2.avsc"] }),
          }),
        )
        .default([])
        .describe(
          "schemas with which new versions of consumers read: the newest sampleRecords of each partition must be readable with them; default: none",
        ),
    })
    .prefault({})
    .describe("how schemas are checked, if both sides have a registry"),
  stragglers: z
    .array(
      z.strictObject({
        topic: topicName.describe("name of a migrated topic").meta({ examples: ["orders"] }),
        partition: z
          .int()
          .min(0)
          .describe("number of the partition")
          .meta({ examples: [0] }),
        to: z
          .int()
          .min(1)
          .describe("the offset after the last accepted record")
          .meta({ examples: [1042] }),
        reason: reason(),
      }),
    )
    .default([])
    .describe(
      "accepted records that another client wrote to the source after the producers had moved; groups still on the source read them there, for other groups they are copied; default: none",
    ),
  gaps: z
    .array(
      z.strictObject({
        topic: topicName.describe("name of a migrated topic").meta({ examples: ["orders"] }),
        partition: z
          .int()
          .min(0)
          .describe("number of the partition")
          .meta({ examples: [0] }),
        to: z
          .int()
          .min(1)
          .describe("the offset at which the log continues")
          .meta({ examples: [101] }),
        side: z
          .enum(["source", "target"])
          .default("source")
          .describe(
            "whose log; what the target has removed matters to the way back, before the mirror back has copied it; default: source",
          )
          .meta({ examples: ["target"] }),
        reason: reason(),
      }),
    )
    .default([])
    .describe(
      "offsets that retention removed on a side before the mirror, the mirror back or a group had passed them, and that held nothing but markers, aborted records or records that are not needed; default: none",
    ),
  retire: z
    .strictObject({
      soakHours: z
        .number()
        .min(0)
        .max(8760)
        .default(24)
        .describe("hours that must pass between the last switch and the retirement; default: 24"),
      sourceClusterId: z
        .string()
        .min(1)
        .optional()
        .describe(
          "cluster id of the source, typed in to confirm its retirement; default: none, the gate source-confirmed stays closed",
        )
        .meta({ examples: ["7fT2Wm4cQbKp0ZsX1eRjUg"] }),
    })
    .prefault({})
    .describe("when and how the source is retired"),
  cleanup: z
    .strictObject({
      confirm: z
        .string()
        .min(1)
        .optional()
        .describe(
          "the source's Kafka object as namespace/name, typed in to confirm that phase cleanup deletes it; default: none, the phase is refused",
        )
        .meta({ examples: ["demo/source-kafka"] }),
      keep: z
        .enum(cleanupKeeps)
        .default("volumes")
        .describe(
          "what stays of it: volumes (and its Secrets), secrets alone, or nothing; what does not stay is deleted for good; default: volumes",
        )
        .meta({ examples: ["nothing"] }),
    })
    .prefault({})
    .describe("how phase cleanup deletes the source"),
  monitoring: monitoringSchema.optional().describe("alerts and a dashboard for the mirror; default: none"),
  ui: uiSchema
    .optional()
    .describe(
      "the Kafbat UI, a read-only view of both clusters, as a Helm release in the target's namespace; default: none",
    ),
  inCluster: inClusterSchema
    .optional()
    .describe(
      "programs of the migration that run in pods, which need an image with Node that can be pulled; default: none",
    ),
});

/** A config as written. */
export type ConfigInput = z.input<typeof configSchema>;
/** A config with its defaults filled in, before the inventory says what the topics and groups are. */
export type StackConfig = z.output<typeof configSchema>;
