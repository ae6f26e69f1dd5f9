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

const ports = (side: string) =>
  z
    .array(z.int().min(1).max(65_535))
    .default([])
    .describe(
      `further ports at which brokers of the ${side} advertise themselves to Connect: one address to begin with is often at another port ` +
        "than each broker; default: none, the ports of bootstrap alone",
    )
    .meta({ examples: [[9095, 9096]] });

/** The key with a side's further ports. */
export const advertisedPorts = { source: "sourcePorts", target: "targetPorts" } as const;

/** Who may connect to what. */
export const networkSchema = z.strictObject({
  clients: peers(
    "who else connects to the brokers of a target that is made here: applications outside the target's Kubernetes cluster",
    "none, only Connect and the namespaces of the workloads",
  ),
  operators: peers(
    "who connects to brokers, metrics and Connect's REST API to run them: the machine that runs Pulumi, the platform's operator, Prometheus; the UI of the stack itself needs no entry",
    "none, which is refused: whoever runs what is made here would be shut out of it",
  ),
  source: peers(
    "where the source's brokers are, as Connect's pods reach them",
    "the pods of a source that a platform runs in the same Kubernetes cluster, else required",
  ),
  target: peers(
    "where the target's brokers are, as Connect's pods reach them",
    "the pods of a target that a platform runs, else required",
  ),
  sourcePorts: ports("source"),
  targetPorts: ports("target"),
});

export type NetworkConfig = z.output<typeof networkSchema>;
export type Peer = z.output<typeof peerSchema>;
