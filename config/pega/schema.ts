import { z } from "zod";
import { pegaStrategyNames } from "../../phases/pega/tables.ts";
import { secretKeysText } from "../../runtime/model/login.ts";
import { sideSchema } from "../clusters.ts";
import {
  attestationSchema,
  hostPorts,
  kubernetes,
  migrationName,
  patience,
  phase,
  seconds,
  startAt,
} from "../common.ts";
import {
  dataKey,
  forEditors,
  form,
  labelName,
  objectName,
  reason,
  restUrl,
  secretName,
} from "../../runtime/model/forms.ts";

const fileName = () => form(/^[-._a-zA-Z0-9]+\.jks$/, "the name of a .jks file");

const chartSchema = {
  chart: z.string().min(1).describe("the Helm chart: a path relative to the project, or a name in the repository"),
  version: z.string().min(1).describe("version of the chart that is installed now"),
  repository: z
    .url({ protocol: /^(https?|oci)$/, error: "allowed: a URL of a Helm repository" })
    .meta({ pattern: "^(https?|oci):", ...forEditors("a URL of a Helm repository") })
    .optional()
    .describe("Helm repository of the chart; default: none, the chart is a path")
    .meta({ examples: ["https://pegasystems.github.io/pega-helm-charts"] }),
};

const streamSchema = z.strictObject({
  namePattern: z
    .string()
    .default("pega-{stream.name}")
    .refine((pattern) => pattern.includes("{stream.name}"), "allowed: a text with {stream.name} in it")
    .refine((pattern) => !pattern.startsWith("{"), "begins with a variable; allowed: a prefix of Pega's own before it")
    .meta({
      pattern: String.raw`^(?!\{)[\s\S]*\{stream\.name\}`,
      ...forEditors("a prefix of Pega's own, then a text with {stream.name} in it"),
    })
    .describe(
      "pattern of the names of Pega's topics; the text before the first brace is the prefix that its ACLs are given for; default: pega-{stream.name}",
    ),
  replicationFactor: z.int().min(1).default(3).describe("replication factor of Pega's topics; default: 3"),
  credentials: z
    .xor([
      z
        .strictObject({
          user: secretName().describe(`a Secret with the keys ${secretKeysText}, in the target's namespace`),
          create: z
            .boolean()
            .default(false)
            .describe(
              "true creates the user (SCRAM) with a random password in that Secret, and with the ACLs that Pega needs; default: false",
            ),
          storePasswords: secretName()
            .optional()
            .describe(
              "a Secret in the release's namespace with the keys STREAM_TRUSTSTORE_PASSWORD and STREAM_KEYSTORE_PASSWORD; default: none, both are empty",
            ),
        })
        .describe("a user of the target; the release's Secret is made from it"),
      z
        .strictObject({
          secret: secretName().describe(
            "an existing Secret in the release's namespace with the keys STREAM_JAAS_CONFIG, STREAM_TRUSTSTORE_PASSWORD and STREAM_KEYSTORE_PASSWORD",
          ),
        })
        .describe("a Secret as the chart's external_secret_name expects it"),
    ])
    .optional()
    .describe("how Pega logs in to the target; default: none, required by SASL_PLAINTEXT and SASL_SSL"),
  trustStore: fileName().optional().describe("name of the trust store's file in certificatesSecrets; default: none"),
  trustStoreType: z.literal("JKS").default("JKS").describe("type of the trust store; default: JKS"),
  keyStore: fileName()
    .optional()
    .describe("name of the key store's file in certificatesSecrets, for mutual TLS; default: none")
    .meta({ examples: ["keystore.jks"] }),
  keyStoreType: z.literal("JKS").default("JKS").describe("type of the key store; default: JKS"),
  certificatesSecrets: z
    .array(secretName())
    .default([])
    .describe("Secrets that hold these files, added to the chart's global.certificatesSecrets; default: none"),
  acceptedVersion: reason()
    .optional()
    .describe(
      "why a Kafka later than 3.4.0, the latest that Pega's requirements name, is accepted; default: none, such a cluster is refused",
    ),
});

const probeSchema = z.strictObject({
  url: restUrl.describe("address that returns the counts as JSON"),
  header: z
    .strictObject({
      name: form(/^[-A-Za-z0-9]+$/, "an HTTP header's name").describe("name of the header, such as Authorization"),
      secret: secretName().describe("name of the Secret, in the release's namespace"),
      key: dataKey().describe("key of the Secret that holds the header's value"),
    })
    .optional()
    .describe("HTTP header that the request needs; default: none"),
  counts: z.string().min(1).describe("JSONPath of the counts of items that are ready to process, one per queue"),
  names: z
    .string()
    .min(1)
    .optional()
    .describe("JSONPath of the queues' names, in the same order; default: none, queues are numbered from 1"),
});

const offset = form(/^-?\d+$/, "an offset, in quotes");

const flowSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe("name of the data flow run, as Pega shows it")
    .meta({ examples: ["DF-1"] }),
  topic: z
    .string()
    .min(1)
    .describe("topic of the embedded stream that it reads")
    .meta({ examples: ["pega-orders"] }),
  lastIds: z
    .record(form(/^\d+$/, "a partition's number"), offset)
    .describe("last ID of each partition, from Pega's report of all partitions")
    .meta({ examples: [{ "0": "1041", "1": "998" }] }),
});

const drainSchema = z.strictObject({
  producersStopped: attestationSchema
    .optional()
    .describe(
      "who confirms that the producing processes of tiers with the role both were stopped; default: none, required if there are such tiers",
    ),
  queues: z
    .xor([
      z.strictObject({ probe: probeSchema.describe("measure over HTTP") }).describe("measured"),
      z.strictObject({ attested: attestationSchema.describe("who saw it in Admin Studio") }).describe("attested"),
    ])
    .optional()
    .describe(
      "how it is known that no queue processor has an item ready to process; default: none, the gate stays closed",
    ),
  flows: z
    .xor([
      z
        .strictObject({
          convention: z
            .enum(["last-processed", "next"])
            .describe(
              "meaning of a last ID; last-processed: the offset of the last record read; next: the offset after it",
            ),
          runs: z.array(flowSchema).min(1).describe("every data flow that reads a stream"),
        })
        .describe("compared with the end offsets of the embedded stream"),
      z
        .strictObject({
          attested: attestationSchema.describe(
            "who confirms that every last ID equals the end offset, or that no data flow reads a stream",
          ),
        })
        .describe("attested"),
    ])
    .optional()
    .describe(
      "how it is known that data flows have read their streams to the end; default: none, the gate stays closed",
    ),
});

/** Every input of a switch of Pega's stream: named, defaulted and described here and in the files that it imports. */
export const pegaSchema = z.strictObject({
  phase,
  strategy: z
    .enum(pegaStrategyNames)
    .describe("pega-drained: every record is read before the switch; pega-lossy: unread records are lost"),
  startAt,
  name: migrationName.describe("name of the migration; every resource's name begins with it"),
  production: z
    .boolean()
    .default(true)
    .describe("true protects the target from pulumi destroy and refuses pega-lossy; default: true"),
  kubernetes,
  target: sideSchema.describe("the external Kafka cluster that Pega moves to"),
  release: z
    .strictObject({
      kubernetes: z
        .string()
        .describe("name under `kubernetes` of the connection to the namespace that Helm installed Pega in"),
      name: labelName().describe("name of the Helm release"),
      ...chartSchema,
      values: z
        .array(z.string().min(1))
        .min(1)
        .describe("values files of the release, relative to the project; as with helm, later files win"),
      timeoutSeconds: seconds("that an upgrade has to finish; a pod of the chart takes 310 to start", 3600, 30),
    })
    .describe("the Helm release of Pega as it is installed now"),
  tiers: z
    .array(
      z.strictObject({
        name: objectName().describe("name of a tier in the values"),
        role: z
          .enum(["producer", "consumer", "both"])
          .describe(
            "producer: stopped for the drain; consumer: keeps reading; both: its producing processes are stopped by hand",
          ),
      }),
    )
    .default([])
    .describe("role of each tier; default: producer for a tier of nodeType WebUser, required for any other"),
  stream: streamSchema.prefault({}).describe("how Pega uses the external cluster"),
  embedded: z
    .strictObject({
      runnerBootstrap: hostPorts.describe("brokers of the stream tiers as the machine that runs Pulumi reaches them"),
    })
    .optional()
    .describe("how to reach the embedded stream; default: none, it cannot be measured"),
  drain: drainSchema.prefault({}).describe("how it is known that every record was read"),
  resume: z
    .strictObject({
      producersStarted: attestationSchema
        .optional()
        .describe(
          "who confirms that the processes stopped for the drain are running again; default: none, the gate stays closed",
        ),
    })
    .prefault({})
    .describe("the last manual step"),
  lossy: z
    .strictObject({
      accept: z
        .string()
        .min(20)
        .describe("what is lost and who accepts it, in at least 20 characters")
        .meta({ examples: ["unread records of test data; Jane Doe accepts it"] }),
    })
    .optional()
    .describe("acceptance of the loss; default: none, required by pega-lossy and refused elsewhere"),
  gates: z.strictObject(patience).prefault({}).describe("how long gates wait, and for what"),
  readySeconds: seconds("that the target's cluster has to become ready", 900),
  retire: z
    .strictObject({
      soakHours: z
        .number()
        .min(0)
        .max(8760)
        .default(168)
        .describe("hours that must pass between the switch and the retirement; default: 168"),
      volumes: z
        .array(objectName())
        .default([])
        .describe("PersistentVolumeClaims of the stream tiers, typed in to confirm the retirement; default: none")
        .meta({ examples: [["pega-stream-pega-stream-0"]] }),
    })
    .prefault({})
    .describe("when and how the embedded stream is retired"),
});

/** A config as written. */
export type PegaConfigInput = z.input<typeof pegaSchema>;
export type PegaConfig = z.output<typeof pegaSchema>;
