import { parsePega } from "../../../config/pega/load.ts";
import type { PegaConfig, PegaConfigInput } from "../../../config/pega/schema.ts";

/** A production stack as a Pega team would write it; a fresh value that a test may break. */
export function pegaInput(): PegaConfigInput & { drain: NonNullable<PegaConfigInput["drain"]> } {
  return {
    phase: "prepare",
    strategy: "pega-drained",
    name: "crm",
    kubernetes: { eu1: { context: "eu1", namespace: "kafka" }, apps: { context: "eu1", namespace: "pega" } },
    target: {
      kubernetes: "eu1",
      cluster: {
        kind: "kubedb",
        name: "pega-kafka",
        version: "3.9.0",
        combined: { replicas: 3, storage: { size: "100Gi" } },
      },
      credentials: { runner: { secret: "pega-kafka-admin" } },
    },
    release: {
      kubernetes: "apps",
      name: "pega",
      chart: "pega",
      version: "4.9.0",
      repository: "https://charts.example.com",
      values: ["values/pega.yaml"],
    },
    tiers: [{ name: "batch", role: "both" }],
    stream: {
      credentials: { user: "pega-stream-user", create: true },
      acceptedVersion: "tested by the platform team on staging in October",
    },
    drain: {
      producersStopped: { by: "A. Operator", at: "2026-11-20T18:00:00Z", words: "listeners and schedulers are off" },
      queues: {
        probe: {
          url: "https://pega.example.com/queues",
          header: { name: "Authorization", secret: "queue-probe", key: "header" },
          counts: "$.queues[*].readyToProcess",
        },
      },
      flows: { convention: "last-processed", runs: [{ name: "Events", topic: "pega-events", lastIds: { "0": "41" } }] },
    },
  };
}

/** The validated config after an edit. */
export function pegaConfig(edit: (input: ReturnType<typeof pegaInput>) => void = () => {}): PegaConfig {
  const input = pegaInput();
  edit(input);
  const parsed = parsePega(input);
  if ("config" in parsed) return parsed.config;
  throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
}
