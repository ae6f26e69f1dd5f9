import { z } from "zod";
import { rangeSchema } from "../runtime/model/cidr.ts";
import { labelName } from "../runtime/model/forms.ts";

const podsSchema = z.strictObject({
  namespace: labelName()
    .describe("namespace in the target's Kubernetes cluster")
    .meta({ examples: ["monitoring"] }),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe("labels of the pods; default: every pod of the namespace")
    .meta({ examples: [{ app: "checkout" }] }),
});

/** Somebody at the other end of a connection. */
const peerSchema = z
  .union([podsSchema, rangeSchema], {
    error: "allowed: either namespace, with labels or without, or cidr",
  })
  .meta({ id: "peer" });

const peers = (what: string, otherwise: string) =>
  z.array(peerSchema).default([]).describe(`${what}; default: ${otherwise}`);

/** Who may connect to what. */
export const networkSchema = z.strictObject({
  clients: peers(
    "who else connects to the brokers of a target that is made here: applications outside the target's Kubernetes cluster",
    "none, only Connect and the namespaces of the workloads",
  ),
  operators: peers(
    "who connects to brokers, metrics and Connect's REST API to run them: the machine that runs Pulumi, the platform's operator, Prometheus, the Kafbat UI",
    "none",
  ),
  source: peers(
    "where the source's brokers are, as Connect's pods reach them",
    "the pods of a source that a platform runs in the same Kubernetes cluster, else required",
  ),
  target: peers(
    "where the target's brokers are, as Connect's pods reach them",
    "the pods of a target that a platform runs, else required",
  ),
});

export type NetworkConfig = z.output<typeof networkSchema>;
export type Peer = z.output<typeof peerSchema>;
