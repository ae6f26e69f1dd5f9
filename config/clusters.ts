import { z } from "zod";

/** A Kubernetes API by reference. Objects refer to it by its name in the config. */
export const kubernetesSchema = z.strictObject({
  kubeconfig: z
    .string()
    .optional()
    .describe("path of a kubeconfig file, relative to the project; default: KUBECONFIG, then ~/.kube/config"),
  context: z.string().optional().describe("default: the file's current context"),
  namespace: z.string().describe("namespace of every object that is created through this connection"),
  createNamespace: z.boolean().default(false).describe("create the namespace; false: it must exist"),
});

const storageSchema = z.strictObject({
  size: z.string().regex(/^\d+(Mi|Gi|Ti)$/, "allowed: a quantity such as 100Gi"),
  storageClass: z.string().optional().describe("default: the cluster's default class"),
});

const nodesSchema = z.strictObject({ replicas: z.int().min(1), storage: storageSchema });

const monitorSchema = z
  .strictObject({
    serviceMonitorLabels: z.record(z.string(), z.string()).describe("labels that Prometheus selects by"),
    intervalSeconds: z.int().min(1).default(10),
  })
  .optional()
  .describe("exporter and ServiceMonitor for the Prometheus operator");

/** Cluster ids of KubeDB's catalogue that are not deprecated (installer 0c6e2459). */
export const kafkaVersions = ["3.5.2", "3.6.1", "3.7.2", "3.8.1", "3.9.0", "4.0.0", "4.2.0"] as const;

const clusterSchema = z
  .discriminatedUnion("kind", [
    z
      .strictObject({
        kind: z.literal("kubedb"),
        name: z.string().describe("name of the Kafka object, which this program creates"),
        version: z.enum(kafkaVersions),
        combined: nodesSchema.optional().describe("every node is broker and controller"),
        topology: z.strictObject({ controller: nodesSchema, broker: nodesSchema }).optional(),
        authSecret: z.string().optional().describe("an existing Secret; default: KubeDB makes <name>-auth"),
        configuration: z.record(z.string(), z.string()).default({}).describe("broker properties"),
        monitor: monitorSchema,
        tls: z
          .strictObject({
            issuer: z.strictObject({ kind: z.enum(["Issuer", "ClusterIssuer"]).default("Issuer"), name: z.string() }),
          })
          .optional()
          .describe("cert-manager's issuer of the brokers' certificates; makes every listener speak TLS"),
      })
      .refine((cluster) => (cluster.combined === undefined) !== (cluster.topology === undefined), {
        error: "allowed: exactly one of combined and topology",
        path: ["combined"],
      }),
    z.strictObject({
      kind: z.literal("kubedb-existing"),
      name: z.string().describe("name of a Kafka object that stands already; it is only ever halted, in the last row"),
    }),
    z.strictObject({ kind: z.literal("external") }).describe("a cluster of any other kind; it is never changed"),
  ])
  .describe("the brokers; kind: kubedb (made here), kubedb-existing or external");

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

const userSchema = z.strictObject({
  secret: z.string().describe("a Secret with the keys username and password"),
  kubernetes: z.string().optional().describe("name under `kubernetes`; default: the side's"),
});

const hostPort = z.string().regex(/^[^\s:,]+:\d{1,5}$/, "allowed: host:port");

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
      protocol: z.enum(["PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"]),
      mechanism: z.enum(mechanisms).optional(),
      caSecret: z
        .string()
        .optional()
        .describe(
          "a Secret with the key ca.crt; default: <name>-client-cert for a cluster made here, else the own trust stores of the runner and of MM2",
        ),
      clientSecret: z
        .string()
        .optional()
        .describe("mutual TLS: a Secret with the keys tls.crt and tls.key (PEM without a password)"),
      properties: z
        .record(z.string(), z.string())
        .default({})
        .describe("further ssl.* and sasl.* properties of MM2's clients on this side, without secrets"),
    })
    .prefault({ protocol: "SASL_PLAINTEXT", mechanism: "PLAIN" }),
  credentials: z
    .strictObject({
      runner: userSchema.describe("used by gates and switches"),
      admin: userSchema.optional().describe("creates topics, users and rights; default: the runner's"),
      mirror: userSchema
        .extend({
          create: z
            .boolean()
            .default(false)
            .describe("make the user (SCRAM) with a random password in that Secret and give it exactly MM2's rights"),
          mechanism: z
            .enum(mechanisms)
            .optional()
            .describe("how it logs in; default: as the side says, a user that is made SCRAM-SHA-256 if that is PLAIN"),
        })
        .optional()
        .describe("used by MirrorMaker 2; default: the runner's"),
    })
    .optional(),
  clusterId: z.string().optional().describe("Kafka's cluster id; another id closes every gate"),
});

export const connectSchema = z.strictObject({
  kind: z
    .enum(["kubedb", "kubedb-existing"])
    .default("kubedb")
    .describe("kubedb: made here and removed in the end; kubedb-existing: one that stands already and is only used"),
  name: z.string().describe("name of the ConnectCluster object, beside the target"),
  version: z.enum(kafkaVersions).default("4.2.0"),
  replicas: z.int().min(2, "allowed: 2 or more; one replica runs Connect standalone, without exactly-once").default(2),
  authSecret: z.string().optional().describe("REST user; default: <name>-auth, made with a random password"),
  runnerUrls: z
    .array(z.url({ protocol: /^https?$/, error: "allowed: http://host:port or https://host:port" }))
    .min(1)
    .optional()
    .describe("REST addresses as the machine that runs Pulumi reaches them; default: the service's"),
  worker: z.record(z.string(), z.string()).default({}).describe("worker properties added to the program's"),
  monitor: monitorSchema,
});

export type SideConfig = z.output<typeof sideSchema>;

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
