/** What the config may say of a cluster of KubeDB. */
import { z } from "zod";
import { rangeSchema } from "../../cidr.ts";
import { form, labelName, objectName, secretName } from "../../forms.ts";
import { monitorSchema, nodesSchema } from "../schema-parts.ts";

/** Versions of KubeDB's catalogue that are not deprecated (installer 0c6e2459). */
export const kubedbVersions = ["3.5.2", "3.6.1", "3.7.2", "3.8.1", "3.9.0", "4.0.0", "4.2.0"] as const;

export const madeSchema = z
  .strictObject({
    kind: z.literal("kubedb").describe("created by this program"),
    name: labelName().describe("name of the Kafka object that this program creates"),
    version: z.enum(kubedbVersions).describe("Kafka version, as KubeDB's catalogue names it"),
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
      .describe("separate controllers and brokers; default: none, exactly one of combined and topology is required"),
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
    rack: z
      .strictObject({
        topologyKey: form(/^[A-Za-z0-9]([-A-Za-z0-9_.\/]*[A-Za-z0-9])?$/, "the key of a label of Kubernetes' nodes")
          .describe("label of Kubernetes' nodes that says in which rack or zone a broker runs")
          .meta({ examples: ["topology.kubernetes.io/zone"] }),
      })
      .optional()
      .describe(
        "spreads the brokers over racks or zones, and tells Kafka each broker's, so that the replicas of a partition lie in several; default: none",
      ),
    external: z
      .strictObject({
        sourceRanges: z
          .array(rangeSchema)
          .min(1)
          .describe("addresses from which clients outside Kubernetes may connect"),
        annotations: z
          .record(z.string(), z.string())
          .default({})
          .describe("annotations of the Services, as the load balancer of the cloud asks for; default: none")
          .meta({ examples: [{ "service.beta.kubernetes.io/aws-load-balancer-internal": "true" }] }),
      })
      .optional()
      .describe(
        "a load balancer for each broker, for clients outside the Kubernetes cluster; docs/network.md says what their DNS needs; default: none",
      ),
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
      .describe("cert-manager issuer of the brokers' certificates; turns TLS on for every listener; default: no TLS"),
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
  });

export const existingSchema = z.strictObject({
  kind: z.literal("kubedb-existing").describe("a Kafka object of KubeDB that exists already"),
  name: labelName().describe(
    "name of the existing Kafka object; the only change ever made to it is to halt it, in the last phase",
  ),
});

/** A cluster of KubeDB that this program makes. */
export type KubedbMade = z.output<typeof madeSchema>;
/** Any cluster of KubeDB. */
export type KubedbCluster = KubedbMade | z.output<typeof existingSchema>;
