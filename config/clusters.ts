import { z } from "zod";
import { mechanisms, notMadeText, secretKeysText, usualMade, usualMechanism } from "../runtime/model/login.ts";
import { protocols, usesTls } from "../runtime/model/protocol.ts";
import { form, hostPort, labelName, objectName, requestSeconds, restUrl, secretName } from "./words.ts";

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

const storageSchema = z.strictObject({
  size: form(/^\d+(Mi|Gi|Ti)$/, "a quantity such as 100Gi").describe("size of each node's volume, in Mi, Gi or Ti"),
  storageClass: objectName()
    .optional()
    .describe("storage class of the volumes; default: the Kubernetes cluster's default class"),
});

const nodesSchema = z
  .strictObject({
    replicas: z.int().min(1).describe("number of nodes"),
    storage: storageSchema.describe("the volume of each node"),
  })
  .meta({ id: "nodes" });

const monitorSchema = z
  .strictObject({
    serviceMonitorLabels: z.record(z.string(), z.string()).describe("labels that Prometheus selects by"),
    intervalSeconds: z.int().min(1).max(3600).default(10).describe("seconds between two scrapes; default: 10"),
  })
  .optional()
  .describe("metrics exporter and ServiceMonitor for the Prometheus operator; default: none");

/** Cluster ids of KubeDB's catalogue that are not deprecated (installer 0c6e2459). */
export const kafkaVersions = ["3.5.2", "3.6.1", "3.7.2", "3.8.1", "3.9.0", "4.0.0", "4.2.0"] as const;

const clusterSchema = z
  .discriminatedUnion("kind", [
    z
      .strictObject({
        kind: z.literal("kubedb").describe("created by this program"),
        name: labelName().describe("name of the Kafka object that this program creates"),
        version: z.enum(kafkaVersions).describe("Kafka version, as KubeDB's catalogue names it"),
        combined: nodesSchema
          .optional()
          .describe(
            "nodes that are broker and controller at once; default: none, exactly one of combined and topology is required",
          ),
        topology: z
          .strictObject({
            controller: nodesSchema.describe("the controller nodes, an odd number"),
            broker: nodesSchema.describe("the broker nodes"),
          })
          .optional()
          .describe(
            "separate controllers and brokers; default: none, exactly one of combined and topology is required",
          ),
        authSecret: secretName()
          .optional()
          .describe(
            "an existing Secret with the administrator's username and password; default: KubeDB creates <name>-auth",
          ),
        configuration: z
          .record(z.string(), z.string())
          .default({})
          .describe("broker properties that replace Kafka's defaults; default: none"),
        monitor: monitorSchema,
        tls: z
          .strictObject({
            issuer: z
              .strictObject({
                kind: z
                  .enum(["Issuer", "ClusterIssuer"])
                  .default("Issuer")
                  .describe("kind of the cert-manager object; default: Issuer"),
                name: objectName().describe("name of the issuer"),
              })
              .describe("a cert-manager Issuer in the same namespace, or a ClusterIssuer"),
          })
          .optional()
          .describe(
            "cert-manager issuer of the brokers' certificates; turns TLS on for every listener; default: no TLS",
          ),
      })
      .refine((cluster) => (cluster.combined === undefined) !== (cluster.topology === undefined), {
        error: ({ input }) => {
          const { topology } = input as { topology?: unknown };
          return `found ${topology === undefined ? "neither" : "both"}; allowed: exactly one of combined and topology`;
        },
        path: ["combined"],
      })
      .meta({
        if: { required: ["topology"] },
        then: { properties: { combined: false } },
        else: { required: ["combined"] },
      }),
    z.strictObject({
      kind: z.literal("kubedb-existing").describe("an existing KubeDB Kafka object"),
      name: labelName().describe(
        "name of the existing Kafka object; the only change ever made to it is to halt it, in the last phase",
      ),
    }),
    z
      .strictObject({ kind: z.literal("external").describe("any other cluster; it is never changed") })
      .describe("any other cluster; it is never changed"),
  ])
  .describe("the Kafka cluster; kind: kubedb (created here), kubedb-existing or external");

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
      .describe("brokers as applications reach them; default: KubeDB's service, required for kind external"),
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
            "a Secret with the key ca.crt; default: <name>-client-cert for a cluster created here, else the trust stores of the machine that runs Pulumi and of MirrorMaker 2",
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
        `how clients connect to the brokers; default: SASL_PLAINTEXT with ${usualMechanism}, as KubeDB's listeners`,
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

export const connectSchema = z.strictObject({
  kind: z
    .enum(["kubedb", "kubedb-existing"])
    .default("kubedb")
    .describe(
      "kubedb: created here and removed in the last phase; kubedb-existing: exists already and is only used; default: kubedb",
    ),
  name: labelName().describe("name of the ConnectCluster object, in the target's namespace"),
  version: z.enum(kafkaVersions).default("4.2.0").describe("version of Kafka Connect, 3.8.1 or later; default: 4.2.0"),
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
      "kubedb-existing: topic on the target in which it keeps the connectors' positions (its worker property offset.storage.topic); default: not known, its REST API is asked, which takes seconds each time; not needed for kubedb",
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

/** Name of the Secret with the authority of a side that speaks TLS; KubeDB creates one for a cluster that this program creates. */
export function caSecretOf({ security, cluster }: SideConfig): string | undefined {
  if (!usesTls(security.protocol)) return undefined;
  return security.caSecret ?? (cluster.kind === "kubedb" ? `${cluster.name}-client-cert` : undefined);
}
export type ClusterConfig = SideConfig["cluster"];
export type ConnectConfig = z.output<typeof connectSchema>;
export type KubernetesConfig = z.output<typeof kubernetesSchema>;
export type NodesConfig = z.output<typeof nodesSchema>;
export type MonitorConfig = z.output<typeof monitorSchema>;
