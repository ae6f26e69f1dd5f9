import { stackInput } from "../stack.ts";
import type { Raw } from "./broken-config.ts";

/** Pulumi.dev.yaml with many mistakes at once: typos, types, words, and keys that do not fit each other. */
export function everythingBroken(): Record<string, unknown> {
  const raw: Raw = stackInput("dev");
  Object.assign(raw, { production: true, phsae: "mirror", name: "Shop_1" });
  raw.startAt = { row: "mirorr", reason: "why not" };
  raw.kubernetes.other = { ...raw.kubernetes.lab, createNamespace: true };
  raw.kubernetes.lab.createNamespace = true;
  raw.source.bootstrap = ["kafka-0.example.internal:9092", "kafka-0.example.internal:9092"];
  raw.source.security = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN", caSecret: "kafka-ca" };
  raw.source.credentials.mirror = { secret: "kafka-admin", create: true, password: "hunter2" };
  raw.target.kubernetes = "eu1";
  raw.target.bootstrap = ["KAFKA-0.example.internal.:9092"];
  raw.target.cluster.configuration = { "min.insync.replicas": "4", listeners: "PLAINTEXT://:9092" };
  raw.connect = { ...raw.connect, version: "3.6.1", replicas: 1, worker: { "group.id": "connect", "x.password": "a" } };
  raw.mirror = { exactlyOnce: false, source: { "errors.tolerance": "all", "offset.lag.max": 100 } };
  raw.inventory = "test/support/inventory/dev.json";
  raw.topics.migrate.push("foo", "__consumer_offsets");
  raw.topics.ignore = [{ name: "foo", reason: "nobody reads it" }];
  raw.groups.migrate.push({ name: "ghost", topics: ["left"] });
  raw.workloads[0].bootstrap = { env: "KAFKA_BOOTSTRAP" };
  raw.workloads[5].groups = ["foo-consumer", "other"];
  raw.gates = { holdSeconds: 120, timeoutSeconds: 120, sweepSeconds: "5" };
  raw.retire = { soakHours: 0, sourceClusterId: "" };
  return raw as Record<string, unknown>;
}
