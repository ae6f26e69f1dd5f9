import { join } from "node:path";
import type { ReleaseColumns } from "../../../components/pega/overlay.ts";
import type { StreamSettings } from "../../../components/pega/stream-section.ts";
import { rolesOf, type DeclaredRole, type Role } from "../../../components/pega/tiers.ts";
import { readValueFiles, type Values } from "../../../components/pega/values.ts";

/** A values file of one of the layouts that charts came with, and what its tiers do. */
export interface Shape {
  readonly name: string;
  readonly declared: readonly { readonly name: string; readonly role: DeclaredRole }[];
  /** Replicas that run when the drain begins; other than the values' where an autoscaler chose them. */
  readonly former: Readonly<Record<string, number>>;
}

const consumer = (name: string) => ({ name, role: "consumer" as const });
const both = (name: string) => ({ name, role: "both" as const });

export const shapes: readonly Shape[] = [
  { name: "default", declared: [consumer("batch")], former: { web: 4 } },
  {
    name: "large",
    declared: [consumer("batch"), consumer("bix"), both("realtime")],
    former: { web: 9, portal: 3 },
  },
  { name: "minimal", declared: [both("minikube")], former: {} },
  { name: "older-default", declared: [consumer("batch")], former: { web: 3 } },
  { name: "older-large", declared: [consumer("batch"), both("util")], former: { web: 5 } },
  { name: "older-minimal", declared: [both("minikube")], former: {} },
];

/** The rows of both tables, as far as the release goes. */
export const rows: readonly (ReleaseColumns & { readonly row: string })[] = [
  { row: "prepare", producers: "running", stream: "embedded" },
  { row: "drain", producers: "stopped", stream: "embedded" },
  { row: "switch", producers: "restored", stream: "external" },
  { row: "resume", producers: "restored", stream: "external" },
  { row: "settle", producers: "running", stream: "external" },
  { row: "retire", producers: "running", stream: "external" },
];

export const settings: StreamSettings = {
  bootstrap: ["kafka-0.kafka.pega.svc:9092", "kafka-1.kafka.pega.svc:9092"],
  securityProtocol: "SASL_SSL",
  saslMechanism: "SCRAM-SHA-512",
  trustStore: "truststore.jks",
  namePattern: "pega-{stream.name}",
  replicationFactor: 3,
  externalSecretName: "pega-stream-user",
  certificatesSecrets: ["kafka-truststore"],
};

export function valuesOf({ name }: Shape): Values {
  const read = readValueFiles([join(import.meta.dirname, `${name}.yaml`)]);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.values;
}

export function rolesIn(shape: Shape): Readonly<Record<string, Role>> {
  const found = rolesOf(valuesOf(shape), shape.declared);
  if ("problems" in found) throw new Error(JSON.stringify(found.problems));
  return found.roles;
}
