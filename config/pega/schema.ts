import { z } from "zod";
import { pegaStrategyNames } from "../../phases/pega/tables.ts";
import { sideSchema } from "../clusters.ts";
import { hostPorts, kubernetes, migrationName, patience, phase, seconds, startAt } from "../common.ts";
import { dataKey, form, labelName, objectName, reason, restUrl, secretName } from "../words.ts";

const fileName = () =>
  form(/^[-._a-zA-Z0-9]+\.jks$/, "the name of a .jks file").describe("a file of certificatesSecrets");

/** Somebody's word for what no program can see. */
const attestationSchema = z.strictObject({
  by: z.string().min(2).describe("who looked"),
  at: z.iso
    .datetime({ offset: true, error: `allowed: a time with its zone, in quotes: "2026-11-21T14:05:00Z"` })
    .describe("when"),
  words: reason(),
});

const chartSchema = {
  chart: z.string().min(1).describe("path of the chart relative to the project, or its name in the repository"),
  version: z.string().min(1).describe("of the chart, the one that runs now"),
  repository: z
    .url({ protocol: /^(https?|oci)$/, error: "allowed: a URL of a Helm repository" })
    .optional()
    .describe("where the chart comes from; default: none, for a path"),
};

const streamSchema = z.strictObject({
  namePattern: z
    .string()
    .default("pega-{stream.name}")
    .refine((pattern) => pattern.includes("{stream.name}"), "allowed: a text with {stream.name} in it")
    .refine((pattern) => !pattern.startsWith("{"), "begins with a variable; allowed: a prefix of Pega's own before it")
    .describe(
      "names of Pega's topics; what comes before the first brace is the prefix of its rights; default: pega-{stream.name}",
    ),
  replicationFactor: z.int().min(1).default(3).describe("of Pega's topics; default: 3"),
  credentials: z
    .xor([
      z
        .strictObject({
          user: secretName().describe("a Secret with the keys username and password, beside the target"),
          create: z
            .boolean()
            .default(false)
            .describe(
              "make the user (SCRAM) with a random password in that Secret and give it Pega's rights; default: false",
            ),
          storePasswords: secretName()
            .optional()
            .describe(
              "a Secret beside the release with the keys STREAM_TRUSTSTORE_PASSWORD, STREAM_KEYSTORE_PASSWORD; default: both empty",
            ),
        })
        .describe("a user of the target, from which the release's Secret is made"),
      z
        .strictObject({
          secret: secretName().describe(
            "beside the release, with the keys STREAM_JAAS_CONFIG, STREAM_TRUSTSTORE_PASSWORD, STREAM_KEYSTORE_PASSWORD",
          ),
        })
        .describe("a Secret as the chart's external_secret_name takes it"),
    ])
    .optional()
    .describe("how Pega logs in at the target; required by the SASL protocols"),
  trustStore: fileName().optional(),
  trustStoreType: z.literal("JKS").default("JKS").describe("what the chart allows; default: JKS"),
  keyStore: fileName().optional(),
  keyStoreType: z.literal("JKS").default("JKS").describe("what the chart allows; default: JKS"),
  certificatesSecrets: z
    .array(secretName())
    .default([])
    .describe("Secrets with those files, added to global.certificatesSecrets; default: none"),
  acceptedVersion: reason()
    .optional()
    .describe(
      "why a Kafka later than 3.4.0 is accepted, which Pega's requirements end at; default: such a cluster is refused",
    ),
});

const probeSchema = z.strictObject({
  url: restUrl.describe("what answers with the counts as JSON"),
  header: z
    .strictObject({
      name: form(/^[-A-Za-z0-9]+$/, "an HTTP header's name").describe("such as Authorization"),
      secret: secretName().describe("its name, beside the release"),
      key: dataKey().describe("its key with the header's value"),
    })
    .optional()
    .describe("a header that the request needs; default: none"),
  counts: z.string().min(1).describe("JSONPath to every count of items that are ready to process"),
  names: z
    .string()
    .min(1)
    .optional()
    .describe("JSONPath to the queues' names, in the same order; default: counted from 1"),
});

const offset = form(/^-?\d+$/, "an offset, in quotes");

const flowSchema = z.strictObject({
  name: z.string().min(1).describe("as Pega's data flow run shows it"),
  topic: z.string().min(1).describe("the topic it reads in the embedded stream"),
  lastIds: z
    .record(form(/^\d+$/, "a partition's number"), offset)
    .describe("last ID by partition, from the report of all partitions"),
});

const drainSchema = z.strictObject({
  producersStopped: attestationSchema
    .optional()
    .describe("that producing processes of tiers which do both were stopped; required where there are such tiers"),
  queues: z
    .xor([
      z.strictObject({ probe: probeSchema.describe("measured over HTTP") }).describe("measured"),
      z.strictObject({ attested: attestationSchema.describe("seen in Admin Studio") }).describe("attested"),
    ])
    .optional()
    .describe("how it is known that no queue processor has an item ready to process; the gate stays closed without"),
  flows: z
    .xor([
      z
        .strictObject({
          convention: z
            .enum(["last-processed", "next"])
            .describe("last-processed: a last ID is the offset of the last record; next: the one after it"),
          runs: z.array(flowSchema).min(1).describe("every data flow that reads a stream"),
        })
        .describe("compared with the ends of the embedded stream's partitions"),
      z
        .strictObject({
          attested: attestationSchema.describe(
            "that every last ID equals its end offset, or that there is no such flow",
          ),
        })
        .describe("attested"),
    ])
    .optional()
    .describe("how it is known that data flows have read their streams to the end; the gate stays closed without"),
});

/** Every input of a switch of Pega's stream: named, defaulted and described here and nowhere else. */
export const pegaSchema = z.strictObject({
  phase,
  strategy: z
    .enum(pegaStrategyNames)
    .describe("pega-drained: everything is read before the switch; pega-lossy: what is unread is lost"),
  startAt,
  name: migrationName.describe("name of the migration; every resource's name begins with it"),
  production: z
    .boolean()
    .default(true)
    .describe("true protects the target from pulumi destroy and refuses loss; default: true"),
  kubernetes,
  target: sideSchema.describe("the external cluster"),
  release: z
    .strictObject({
      kubernetes: z.string().describe("name under `kubernetes`: where Helm installed it"),
      name: labelName().describe("name of the release that runs"),
      ...chartSchema,
      values: z.array(z.string().min(1)).min(1).describe("your values files, relative to the project, in Helm's order"),
      timeoutSeconds: seconds("that an upgrade may take; the chart's own start-up takes 310 per pod", 3600, 30),
    })
    .describe("Pega as it runs now"),
  tiers: z
    .array(
      z.strictObject({
        name: objectName().describe("name of a tier in the values"),
        role: z
          .enum(["producer", "consumer", "both"])
          .describe(
            "producer: stopped by the drain; consumer: reads on; both: its producing processes are stopped by hand",
          ),
      }),
    )
    .default([])
    .describe("what each tier does; default: producer for nodeType WebUser, and none for any other"),
  stream: streamSchema.prefault({}).describe("how Pega uses the external cluster"),
  embedded: z
    .strictObject({
      runnerBootstrap: hostPorts.describe("brokers of the stream tiers as the machine that runs Pulumi reaches them"),
    })
    .optional()
    .describe("to measure the embedded stream; default: it cannot be measured"),
  drain: drainSchema.prefault({}).describe("how it is known that everything was read"),
  resume: z
    .strictObject({
      producersStarted: attestationSchema.optional().describe("that the processes stopped before the drain run again"),
    })
    .prefault({})
    .describe("the last step that is done by hand"),
  lossy: z
    .strictObject({
      accept: z.string().min(20).describe("in words of at least 20 characters: what is lost, and who accepts it"),
    })
    .optional()
    .describe("required by pega-lossy, not allowed elsewhere"),
  gates: z.strictObject(patience).prefault({}).describe("how patient gates are"),
  readySeconds: seconds("that the target's cluster may take to become ready", 900),
  retire: z
    .strictObject({
      soakHours: z
        .number()
        .min(0)
        .max(8760)
        .default(168)
        .describe("hours from the switch to the retirement; default: 168"),
      volumes: z
        .array(objectName())
        .default([])
        .describe("PersistentVolumeClaims of the stream tiers, typed in to confirm; default: none"),
    })
    .prefault({})
    .describe("the end of the embedded stream"),
});

/** A config as written. */
export type PegaConfigInput = z.input<typeof pegaSchema>;
export type PegaConfig = z.output<typeof pegaSchema>;
export type Attestation = z.output<typeof attestationSchema>;
