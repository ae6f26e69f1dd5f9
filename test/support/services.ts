import type { StackInput } from "./stack.ts";

/** What each writer of Pulumi.dev.yaml writes. */
const written: Readonly<Record<string, readonly string[]>> = {
  "foo-producer": ["foo"],
  "bar-producer": ["bar"],
  "orders-producer": ["orders"],
  "profiles-producer": ["profiles", "history"],
  "payments-producer": ["payments"],
  // A service: it reads orders and payments too.
  "orders-consumer": ["history"],
};

/** Four waves: one of readers, one with a service, one that closes a topic, and the rest. `bar` and `history` have writers in two. */
const inWaves = [
  { name: "reports", workloads: ["profiles-consumer"] },
  { name: "stock", workloads: ["bar-consumer", "orders-consumer"] },
  { name: "store", workloads: ["foo-consumer", "foo-producer", "bar-producer"] },
  { name: "core", workloads: ["orders-producer", "profiles-producer", "payments-producer", "mainframe feed"] },
];

/** Applications of Pulumi.dev.yaml that name what they write, one of which reads too; in waves where these move so. */
export function setServices(input: StackInput): void {
  input.workloads = input.workloads.map((workload) => {
    const { name } = workload;
    const topics = written[name];
    return {
      ...workload,
      ...(topics && { topics: [...topics] }),
      ...(name === "orders-consumer" && { role: "both" }),
    } as typeof workload;
  });
  input.workloads.push({ kind: "external", role: "producer", name: "mainframe feed", topics: ["bar"] });
  if (input.strategy === "waves") input.waves = structuredClone(inWaves);
  else delete input.waves;
}
