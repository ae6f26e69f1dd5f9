import type { StackInput } from "../stack.ts";

/** A sink and a source connector, and the Connect clusters that they move between. Changes the input. */
export function addConnectors(input: StackInput): void {
  input.connects = {
    legacy: { urls: ["http://legacy-connect.example.internal:8083"], credentials: { secret: "legacy-connect-auth" } },
    vendor: { urls: ["http://vendor-connect.example.internal:8083"], credentials: { secret: "vendor-connect-auth" } },
  };
  const connect = { source: "legacy", target: "vendor" };
  input.workloads.push(
    {
      kind: "connector",
      role: "consumer",
      name: "foo-sink",
      connect,
      groups: ["foo-consumer"],
      rewrites: { file: "/data/vendor.txt" },
      secrets: { "consumer.override.sasl.jaas.config": { secret: "sink-user", login: "SCRAM-SHA-512" as const } },
    },
    { kind: "connector", role: "producer", name: "foo-source", connect, renamed: "foo-source-2" },
  );
}
