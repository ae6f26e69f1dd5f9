import { z } from "zod";
import { form, hostPort, labelName, objectName, requestSeconds, restUrl, secretName } from "./words.ts";

/** A Kubernetes API by reference. Objects refer to it by its name in the config. */
export const kubernetesSchema = z.strictObject({
  kubeconfig: z
    .string()
    .optional()
    .describe("path of a kubeconfig file, relative to the project; default: KUBECONFIG, then ~/.kube/config"),
  context: z.string().min(1).optional().describe("context in that file; default: its current one"),
  namespace: labelName().describe("namespace of every object that is created through this connection"),
  requestSeconds: requestSeconds("one request to its API", 15),
  createNamespace: z.boolean().default(false).describe("create the namespace; default: false, it must exist"),
});

const storageSchema = z.strictObject({
  size: form(/^\d+(Mi|Gi|Ti)$/, "a quantity such as 100Gi").describe("of each node's volume, in Mi, Gi or Ti"),
  storageClass: objectName().optional().describe("default: the cluster's default class"),
});

const nodesSchema = z.strictObject({
  replicas: z.int().min(1).describe("number of nodes"),
  storage: storageSchema.describe("the volume of each node"),
});

const monitorSchema = z
  .strictObject({
    serviceMonitorLabels: z.record(z.string(), z.string()).describe("labels that Prometheus selects by"),
    intervalSeconds: z.int().min(1).max(3600).default(10).describe("time between two scrapes; default: 10"),
  })
  .optional()
  .describe("exporter and ServiceMonitor for the Prometheus operator");

/** Cluster ids of KubeDB's catalogue that are not deprecated (installer 0c6e2459). */
export const kafkaVersions = ["3.5.2", "3.6.1", "3.7.2", "3.8.1", "3.9.0", "4.0.0", "4.2.0"] as const;

const clusterSchema = z
  .discriminatedUnion("kind", [
    z
      .strictObject({
        kind: z.literal("kubedb").describe("made here"),
        name: labelName().describe("name of the Kafka object, which this program creates"),
        version: z.enum(kafkaVersions).describe("of Kafka, as KubeDB's catalogue names it"),
        combined: nodesSchema.optional().describe("every node is broker and controller"),
        topology: z
          .strictObject({
            controller: nodesSchema.describe("the quorum of controllers"),
            broker: nodesSchema.describe("the brokers"),
          })
          .optional()
          .describe("controllers and brokers are nodes of their own"),
        authSecret: secretName().optional().describe("an existing Secret; default: KubeDB makes <name>-auth"),
        configuration: z.record(z.string(), z.string()).default({}).describe("broker properties; default: none"),
        monitor: monitorSchema,
        tls: z
          .strictObject({
            issuer: z
              .strictObject({
                kind: z.enum(["Issuer", "ClusterIssuer"]).default("Issuer").describe("default: Issuer"),
                name: objectName().describe("name of the issuer"),
              })
              .describe("a cert-manager object in the same namespace, or of the whole Kubernetes cluster"),
          })
          .optional()
          .describe("cert-manager's issuer of the brokers' certificates; makes every listener speak TLS"),
      })
      .refine((cluster) => (cluster.combined === undefined) !== (cluster.topology === undefined), {
        error: ({ input }) => {
          const { topology } = input as { topology?: unknown };
          return `found ${topology === undefined ? "neither" : "both"}; allowed: exactly one of combined and topology`;
        },
        path: ["combined"],
      }),
    z.strictObject({
      kind: z.literal("kubedb-existing").describe("stands already"),
      name: labelName().describe("name of a Kafka object that stands already; it is only ever halted, in the last row"),
    }),
    z
      .strictObject({ kind: z.literal("external").describe("of any other kind") })
      .describe("a cluster of any other kind; it is never changed"),
  ])
  .describe("the brokers; kind: kubedb (made here), kubedb-existing or external");

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

const userSchema = z.strictObject({
  secret: secretName().describe("a Secret with the keys username and password"),
  kubernetes: z.string().optional().describe("name under `kubernetes`; default: the side's"),
});

/** A schema registry at the Confluent API. */
const registrySchema = z.strictObject({
  urls: z.array(restUrl).min(1).describe("base addresses as applications and connectors reach it, tried in order"),
  runnerUrls: z
    .array(restUrl)
    .min(1)
    .optional()
    .describe("base addresses as the machine that runs Pulumi reaches it; default: the same as urls"),
  credentials: userSchema
    .optional()
    .describe("user (HTTP basic) that may register schemas and set modes; default: none, the registry asks for none"),
  caSecret: secretName()
    .optional()
    .describe("a Secret with the key ca.crt, beside the side; default: the runner's own trust store"),
  requestSeconds: requestSeconds("one request to it", 30),
});

export const sideSchema = z.strictObject({
  kubernetes: z.string().describe("name of the Kubernetes connection under `kubernetes`"),
  cluster: clusterSchema,
  bootstrap: z.array(hostPort).min(1).optional().describe("as applications reach it; default: KubeDB's own service"),
  runnerBootstrap: z
    .array(hostPort)
    .min(1)
    .optional()
    .describe("as the machine that runs Pulumi reaches it; default: the same as bootstrap"),
  security: z
    .strictObject({
      protocol: z.enum(["PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"]).describe("of the brokers' listener"),
      mechanism: z
        .enum(mechanisms)
        .optional()
        .describe("how clients log in; required by the SASL protocols, which have no default"),
      caSecret: secretName()
        .optional()
        .describe(
          "a Secret with the key ca.crt; default: <name>-client-cert for a cluster made here, else the own trust stores of the runner and of MM2",
        ),
      clientSecret: secretName()
        .optional()
        .describe("mutual TLS: a Secret with the keys tls.crt and tls.key (PEM without a password); default: none"),
      properties: z
        .record(z.string(), z.string())
        .default({})
        .describe("further ssl.* and sasl.* properties of MM2's clients on this side, without secrets; default: none"),
    })
    .prefault({ protocol: "SASL_PLAINTEXT", mechanism: "PLAIN" })
    .describe("how clients reach the brokers; default: SASL_PLAINTEXT with PLAIN, as KubeDB's listeners"),
  credentials: z
    .strictObject({
      runner: userSchema.describe("used by gates and switches"),
      admin: userSchema.optional().describe("creates topics, users and rights; default: the runner's"),
      mirror: userSchema
        .extend({
          create: z
            .boolean()
            .default(false)
            .describe(
              "make the user (SCRAM) with a random password in that Secret and give it exactly MM2's rights; default: false",
            ),
          mechanism: z
            .enum(mechanisms)
            .optional()
            .describe("how it logs in; default: as the side says, a user that is made SCRAM-SHA-256 if that is PLAIN"),
        })
        .optional()
        .describe("used by MirrorMaker 2; default: the runner's"),
    })
    .optional()
    .describe("users by role; required by the SASL protocols"),
  registry: registrySchema
    .optional()
    .describe("the schema registry of the side's applications; default: none, schemas are not moved"),
  clusterId: z.string().min(1).optional().describe("Kafka's cluster id; another id closes every gate; default: any"),
  requestSeconds: requestSeconds("one request to a broker, or a connection with its login,", 30),
});

export const connectSchema = z.strictObject({
  kind: z
    .enum(["kubedb", "kubedb-existing"])
    .default("kubedb")
    .describe(
      "kubedb: made here and removed in the end; kubedb-existing: one that stands already and is only used; default: kubedb",
    ),
  name: labelName().describe("name of the ConnectCluster object, beside the target"),
  version: z.enum(kafkaVersions).default("4.2.0").describe("of Kafka Connect; 3.8.1 or later; default: 4.2.0"),
  replicas: z
    .int()
    .min(2, {
      error: ({ input }) =>
        `found ${String(input)}; allowed: 2 or more; one replica runs Connect standalone, without exactly-once`,
    })
    .default(2)
    .describe("number of workers; default: 2"),
  authSecret: secretName().optional().describe("REST user; default: <name>-auth, made with a random password"),
  runnerUrls: z
    .array(restUrl)
    .min(1)
    .optional()
    .describe("REST addresses as the machine that runs Pulumi reaches them; default: the service's"),
  offsetsTopic: form(/^[a-zA-Z0-9._-]{1,249}$/, "a topic's name (letters, digits, dot, hyphen, underscore)")
    .optional()
    .describe(
      "kubedb-existing: topic on the target in which it keeps the connectors' positions (its worker property offset.storage.topic); default: not known, its REST API is asked, which takes seconds each time; of kubedb it is known",
    ),
  requestSeconds: requestSeconds("one request to one worker's REST API", 30),
  worker: z
    .record(z.string(), z.string())
    .default({})
    .describe("worker properties added to the program's; default: none"),
  monitor: monitorSchema,
});

export type SideConfig = z.output<typeof sideSchema>;
export type RegistryConfig = z.output<typeof registrySchema>;

/** Name of the Secret with the authority of a side that speaks TLS; KubeDB makes one with a cluster made here. */
export function caSecretOf({ security, cluster }: SideConfig): string | undefined {
  if (!security.protocol.endsWith("SSL")) return undefined;
  return security.caSecret ?? (cluster.kind === "kubedb" ? `${cluster.name}-client-cert` : undefined);
}
export type ClusterConfig = SideConfig["cluster"];
export type ConnectConfig = z.output<typeof connectSchema>;
export type KubernetesConfig = z.output<typeof kubernetesSchema>;
export type NodesConfig = z.output<typeof nodesSchema>;
export type MonitorConfig = z.output<typeof monitorSchema>;
