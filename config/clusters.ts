import { z } from "zod";
import { mechanisms, notMadeText, secretKeysText, usualMade, usualMechanism } from "../runtime/model/login.ts";
import {
  isMade,
  kafkaObjectOf,
  platforms,
  type ClusterConfig,
  type ClusterInput,
  type ConnectKind,
  type ConnectVersion,
} from "../runtime/model/platforms/platforms.ts";
import { monitorSchema } from "../runtime/model/platforms/schema-parts.ts";
import { protocols, usesTls } from "../runtime/model/protocol.ts";
import { listed } from "../runtime/model/words.ts";
import { form, hostPort, labelName, requestSeconds, restUrl, secretName } from "../runtime/model/forms.ts";

/** A Kubernetes API by reference. Objects refer to it by its name in the config. */
export const kubernetesSchema = z.strictObject({
  kubeconfig: z
    .string()
    .optional()
    .describe(
      "path of a kubeconfig file, relative to the project; default: the environment variable KUBECONFIG, then ~/.kube/config",
    ),
  context: z.string().min(1).optional().describe("context in that file; default: its current context"),
  namespace: labelName().describe("namespace of every object that is created or read through this connection"),
  requestSeconds: requestSeconds("one request to its API", 15),
  createNamespace: z.boolean().default(false).describe("true creates the namespace; default: false, it must exist"),
});

/** For descriptions: every kind of cluster. */
const kindsText = listed(
  platforms.flatMap(({ made, existing }) => [...(made === undefined ? [] : [`${made} (created here)`]), existing]),
);
/** For descriptions: kinds of clusters that are known by their addresses alone. */
const outsideText = listed(platforms.filter(({ kafka }) => kafka === null).map(({ existing }) => existing));
const ownersText = listed(platforms.filter(({ kafka }) => kafka !== null).map(({ title }) => `${title}'s`));
const caSecretText = listed(platforms.flatMap(({ kafka }) => (kafka === null ? [] : [kafka.caSecret("<name>")])));

const clusterSchema = z
  .discriminatedUnion(
    "kind",
    platforms.flatMap(({ clusterSchemas }) => clusterSchemas) as unknown as readonly [
      z.ZodType<ClusterConfig, ClusterInput> & z.core.$ZodTypeDiscriminable,
    ],
  )
  .describe(`the Kafka cluster; kind: ${kindsText}`);

const userSchema = z.strictObject({
  secret: secretName().describe(`a Secret with the keys ${secretKeysText}`),
  kubernetes: z
    .string()
    .optional()
    .describe("name under `kubernetes`; default: the side's")
    .meta({ examples: ["apps"] }),
});

/** A user of a REST API, which logs in by HTTP basic authentication. */
const basicUserSchema = userSchema.extend({
  secret: secretName().describe("a Secret with the keys username and password"),
});

/** A schema registry at the Confluent API. */
const registrySchema = z.strictObject({
  urls: z
    .array(restUrl)
    .min(1)
    .describe("base addresses as applications and connectors reach the registry, tried in order"),
  runnerUrls: z
    .array(restUrl)
    .min(1)
    .optional()
    .describe("base addresses as the machine that runs Pulumi reaches the registry; default: the same as urls"),
  credentials: basicUserSchema
    .optional()
    .describe("HTTP basic user that is allowed to register schemas and set modes; default: none, the registry is open"),
  caSecret: secretName()
    .optional()
    .describe(
      "a Secret with the key ca.crt, in the side's namespace; default: the trust store of the machine that runs Pulumi",
    ),
  requestSeconds: requestSeconds("one request to it", 30),
});

export const sideSchema = z
  .strictObject({
    kubernetes: z.string().describe("name of the Kubernetes connection under `kubernetes`"),
    cluster: clusterSchema,
    bootstrap: z
      .array(hostPort)
      .min(1)
      .optional()
      .describe(`brokers as applications reach them; default: ${ownersText} service, required for kind ${outsideText}`),
    runnerBootstrap: z
      .array(hostPort)
      .min(1)
      .optional()
      .describe("brokers as the machine that runs Pulumi reaches them; default: the same as bootstrap"),
    security: z
      .strictObject({
        protocol: z.enum(protocols).describe("protocol of the brokers' listener"),
        mechanism: z
          .enum(mechanisms)
          .optional()
          .describe("SASL mechanism of the clients; default: none, required by SASL_PLAINTEXT and SASL_SSL"),
        caSecret: secretName()
          .optional()
          .describe(
            `a Secret with the key ca.crt; default: ${caSecretText} for a cluster created here, else the trust stores of the machine that runs Pulumi and of MirrorMaker 2`,
          ),
        clientSecret: secretName()
          .optional()
          .describe("mutual TLS: a Secret with the keys tls.crt and tls.key, PEM without a password; default: none"),
        properties: z
          .record(z.string(), z.string())
          .default({})
          .describe(
            "further ssl.* and sasl.* properties of MirrorMaker 2's clients on this side, without secrets; default: none",
          )
          .meta({ examples: [{ "ssl.endpoint.identification.algorithm": "" }] }),
      })
      .prefault({ protocol: "SASL_PLAINTEXT", mechanism: usualMechanism })
      .describe(
        `how clients connect to the brokers; default: SASL_PLAINTEXT with ${usualMechanism}, as ${platforms[0]!.title}'s listeners`,
      ),
    credentials: z
      .strictObject({
        runner: userSchema.describe("user with which gates measure and switches act"),
        admin: userSchema.optional().describe("user that creates topics, users and ACLs; default: the runner's"),
        mirror: userSchema
          .extend({
            create: z
              .boolean()
              .default(false)
              .describe(
                "true creates the user (SCRAM) with a random password in that Secret, and with exactly the ACLs that MirrorMaker 2 needs; default: false",
              ),
            mechanism: z
              .enum(mechanisms)
              .optional()
              .describe(
                `its SASL mechanism; default: the side's, but ${usualMade} for a created user where that is ${notMadeText}`,
              ),
          })
          .optional()
          .describe("user of MirrorMaker 2; default: the runner's"),
      })
      .optional()
      .describe("Kafka users by role; default: none, required by SASL_PLAINTEXT and SASL_SSL"),
    registry: registrySchema
      .optional()
      .describe("the schema registry that applications of this side use; default: none, schemas are not moved"),
    clusterId: z
      .string()
      .min(1)
      .optional()
      .describe("Kafka's cluster id; every gate stays closed if the brokers report another; default: any"),
    requestSeconds: requestSeconds("one request to a broker, or a connection with its login,", 30),
  })
  .meta({ id: "side" });

const connecting = platforms.filter(({ connect }) => connect !== null);
const connectMade = connecting.flatMap(({ made }) => made ?? []);
const connectExisting = connecting.map(({ existing }) => existing);
const connectKinds = connecting.flatMap(({ made, existing }) => [made ?? [], existing].flat()) as [ConnectKind];
const connectVersions = [...new Set(connecting.flatMap(({ connect }) => connect?.versions ?? []))] as [ConnectVersion];
const connectObjects = listed([...new Set(connecting.map(({ connect }) => connect!.object.kind))]);

export const connectSchema = z.strictObject({
  kind: z
    .enum(connectKinds)
    .default(connectKinds[0])
    .describe(
      `${listed(connectMade)}: created here and removed in the last phase; ${listed(connectExisting)}: exists already and is only used; default: ${connectKinds[0]}`,
    ),
  name: labelName().describe(`name of the ${connectObjects} object, in the target's namespace`),
  version: z
    .enum(connectVersions)
    .default("4.2.0")
    .describe("version of Kafka Connect, 3.8.1 or later; default: 4.2.0"),
  replicas: z
    .int()
    .min(2, {
      error: ({ input }) =>
        `found ${String(input)}; allowed: 2 or more; one replica runs Connect standalone, without exactly-once`,
    })
    .default(2)
    .describe("number of workers; default: 2"),
  authSecret: secretName()
    .optional()
    .describe("Secret of the REST API's user; default: <name>-auth, created with a random password"),
  runnerUrls: z
    .array(restUrl)
    .min(1)
    .optional()
    .describe("addresses of the REST API as the machine that runs Pulumi reaches it; default: the Kubernetes service"),
  offsetsTopic: form(/^[a-zA-Z0-9._-]{1,249}$/, "a topic's name (letters, digits, dot, hyphen, underscore)")
    .optional()
    .describe(
      `${listed(connectExisting)}: topic on the target in which it keeps the connectors' positions (its worker property offset.storage.topic); default: not known, its REST API is asked, which takes seconds each time; of ${listed(connectMade)} it is known`,
    )
    .meta({ examples: ["connect-offsets"] }),
  requestSeconds: requestSeconds("one request to one worker's REST API", 30),
  worker: z
    .record(z.string(), z.string())
    .default({})
    .describe("worker properties, added to those that the program sets; default: none"),
  monitor: monitorSchema,
});

export type SideConfig = z.output<typeof sideSchema>;
export type RegistryConfig = z.output<typeof registrySchema>;

/** Name of the Secret with the authority of a side that speaks TLS; a platform makes one with a cluster made here. */
export function caSecretOf({ security, cluster }: SideConfig): string | undefined {
  if (!usesTls(security.protocol)) return undefined;
  const object = isMade(cluster) ? kafkaObjectOf(cluster) : null;
  return security.caSecret ?? object?.kafka.caSecret(object.name);
}
export type ConnectConfig = z.output<typeof connectSchema>;
export type KubernetesConfig = z.output<typeof kubernetesSchema>;
