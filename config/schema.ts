import { z } from "zod";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import { strategyNames } from "../phases/strategies.ts";
import { connectSchema, sideSchema } from "./clusters.ts";
import { connectsSchema } from "./connectors.ts";
import { form, reason } from "./words.ts";
import { kubernetes, migrationName, patience, phase, seconds, startAt } from "./common.ts";
import { workloadSchema } from "./workloads.ts";
import { monitoringSchema, uiSchema } from "./monitoring.ts";
import { rightsSchema } from "./rights.ts";

const topicName = form(
  /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
  "a topic's name (letters, digits, dot, hyphen, underscore), no pattern",
);

const ignored = (what: string) =>
  z
    .array(z.strictObject({ name: z.string().min(1).describe("its name"), reason: reason() }))
    .default([])
    .describe(`${what} of the inventory that stay behind, each with the reason; default: none`);

const properties = z
  .record(z.string(), z.string())
  .default({})
  .describe("properties that are added to, or replace, the ones the program sets; default: none");

/** Every input of a migration: named, defaulted and described here and nowhere else. */
export const configSchema = z.strictObject({
  phase,
  strategy: z
    .enum(strategyNames, {
      error: ({ input }) =>
        `found ${JSON.stringify(input)}; allowed: ${[...strategyNames, ...pegaStrategyNames].join(", ")}`,
    })
    .default("producers-first")
    .describe("the order of moving, which a stack keeps; default: producers-first"),
  persistedData: z
    .enum(["mirrored", "none"])
    .optional()
    .describe(
      "none: records that the source holds are read there and not copied, no MirrorMaker 2; default: mirrored, and none in dual-consume, which never copies",
    ),
  startAt,
  name: migrationName.describe("name of the migration; every resource's name begins with it"),
  production: z.boolean().default(true).describe("true protects the clusters from pulumi destroy; default: true"),
  kubernetes,
  source: sideSchema.describe("the cluster that is left"),
  target: sideSchema.describe("the cluster that producers and consumers move to"),
  connect: connectSchema
    .optional()
    .describe("the Connect cluster that runs MirrorMaker 2; needed wherever records are copied, not allowed elsewhere"),
  connects: connectsSchema,
  mirror: z
    .strictObject({
      exactlyOnce: z
        .boolean()
        .default(true)
        .describe("false: at least once, records copied again after a crash of Connect appear twice; default: true"),
      reason: reason().optional().describe("why at least once is enough; needed on a production stack, else not"),
      tasksMax: z
        .int()
        .min(1)
        .default(4)
        .describe("tasks that share the partitions; more tasks than partitions are useless; default: 4"),
      source: properties,
      checkpoint: properties,
      heartbeat: properties,
    })
    .prefault({})
    .describe("how records are copied"),
  inventory: z
    .string()
    .min(1)
    .optional()
    .describe("the lockfile that npm run assess writes; default: inventory/<stack>.json"),
  topics: z
    .strictObject({
      migrate: z
        .array(topicName)
        .min(1)
        .optional()
        .describe("topics to migrate; default: every topic of the inventory that is not ignored"),
      ignore: ignored("topics"),
      adopt: z
        .array(z.strictObject({ name: topicName.describe("its name"), reason: reason() }))
        .default([])
        .describe(
          "topics that hold records on the target already and shall be mirrored into all the same; default: none",
        ),
      replicationFactor: z
        .int()
        .min(1)
        .optional()
        .describe("of topics on the target; default: 3, or fewer where there are fewer brokers"),
      configs: z
        .record(topicName, z.record(z.string(), z.string()))
        .default({})
        .describe("configs that a topic gets on the target instead of the source's, by topic; default: none"),
    })
    .prefault({})
    .describe("what is migrated"),
  groups: z
    .strictObject({
      migrate: z
        .array(
          z.strictObject({
            name: z.string().min(1).describe("its name"),
            topics: z
              .array(topicName)
              .min(1)
              .optional()
              .describe("migrated topics it reads; default: those in which the inventory has offsets of it"),
            leaves: z
              .array(z.strictObject({ topic: topicName.describe("its name"), reason: reason() }))
              .default([])
              .describe("topics that it reads on the source and no more once it has moved; default: none"),
          }),
        )
        .optional()
        .describe("consumer groups to migrate; default: every group that reads a migrated topic and is not ignored"),
      ignore: ignored("groups"),
      allowRedelivery: z
        .array(z.strictObject({ name: z.string().min(1).describe("its name"), reason: reason() }))
        .default([])
        .describe(
          "groups that go on at MirrorMaker 2's own offset where no exact one can be proved, and read again what the preview forecasts; default: none",
        ),
    })
    .prefault({})
    .describe("consumer groups that move"),
  workloads: z.array(workloadSchema).min(1).describe("applications that write to or read from the topics"),
  rights: rightsSchema
    .optional()
    .describe("users, ACLs and quotas on the target; default: none, somebody else makes them"),
  gates: z
    .strictObject({
      maxLag: z
        .int()
        .min(0)
        .default(1000)
        .describe("records per partition that mirror-within allows to be left; default: 1000"),
      ...patience,
    })
    .prefault({})
    .describe("how patient gates are"),
  switch: z
    .strictObject({
      stopSeconds: seconds("that pods may take to stop", 120),
      fenceSeconds: seconds("that the source's ends may take to stand still once the pods are gone", 60),
      drainSeconds: seconds("that the mirror may take to copy the rest while producers pause", 120),
      startSeconds: seconds("that pods may take to become ready at their new address", 600),
      readySeconds: seconds("that clusters and connectors may take to become ready", 900),
    })
    .prefault({})
    .describe("how long the parts of a move may take"),
  schemas: z
    .strictObject({
      sampleRecords: z
        .int()
        .min(1)
        .max(1000)
        .default(20)
        .describe("newest records of each topic that must decode through the target's registry; default: 20"),
    })
    .prefault({})
    .describe("how schemas move, where both sides have a registry"),
  stragglers: z
    .array(
      z.strictObject({
        topic: topicName.describe("a migrated topic"),
        partition: z.int().min(0).describe("its partition"),
        to: z.int().min(1).describe("the offset after the last record that is accepted"),
        reason: reason(),
      }),
    )
    .default([])
    .describe(
      "records that somebody wrote to the source after the producers had moved: groups that are still there read them there, for others they are copied; default: none",
    ),
  retire: z
    .strictObject({
      soakHours: z
        .number()
        .min(0)
        .max(8760)
        .default(24)
        .describe("hours from the last switch to the retirement; default: 24"),
      sourceClusterId: z
        .string()
        .min(1)
        .optional()
        .describe("Kafka's cluster id of the source, typed in to confirm; default: none, and the gate stays closed"),
    })
    .prefault({})
    .describe("the end of the source"),
  monitoring: monitoringSchema.optional().describe("alerts and a dashboard about the mirror; default: none"),
  ui: uiSchema.optional().describe("the Kafbat UI as a Helm release beside the target; default: none"),
});

/** A config as written. */
export type ConfigInput = z.input<typeof configSchema>;
/** A config with its defaults filled in, before the inventory says what the topics and groups are. */
export type StackConfig = z.output<typeof configSchema>;
