import { addConnectors } from "../connectors/config.ts";
import type { BrokenConfig, Raw } from "./broken-config.ts";

/** A config with connectors, and the sink and the source connector of it. */
function connectors(raw: Raw): { sink: Raw; source: Raw } {
  addConnectors(raw);
  const [sink, source] = raw.workloads.slice(-2);
  return { sink, source };
}

/** Where its two connectors stand in the list of Pulumi.dev.yaml. */
const sinkAt = "workloads[9]";
const sourceAt = "workloads[10]";

/** Connectors that move, and the Connect clusters that they move between. */
export const connectorConfigs: readonly BrokenConfig[] = [
  [
    "a connector on a Connect cluster that is not there",
    (raw) => (connectors(raw).sink.connect = { source: "legacy", target: "vendro" }),
    `${sinkAt}.connect.target`,
    '"vendro" is not under connects; allowed: legacy, vendor',
  ],
  [
    "a connector that moves to where it is",
    (raw) => (connectors(raw).sink.connect = { source: "legacy", target: "legacy" }),
    `${sinkAt}.connect.target`,
    `found "legacy", where it already runs; allowed: the target's Connect cluster`,
  ],
  [
    "a Connect cluster that nobody uses",
    (raw) => {
      connectors(raw);
      raw.connects.other = { urls: ["http://other.example.internal:8083"] };
    },
    "connects.other",
    "no workload of kind connector names it, so nothing uses it; remove it, or name it there",
  ],
  [
    "a Connect cluster whose names resolve inside Kubernetes only",
    (raw) => {
      connectors(raw);
      raw.target.runnerBootstrap = ["kafka-0.example.com:9092"];
      raw.connect.runnerUrls = ["http://connect.example.com:8083"];
      raw.connects.vendor.urls = ["http://connect.vendor.svc:8083"];
    },
    "connects.vendor.runnerUrls",
    "missing; target.runnerBootstrap says that the machine that runs Pulumi is outside Kubernetes, where the names under urls do not resolve; list REST addresses that it can reach",
  ],
  [
    "Secrets of a Connect cluster under no connection",
    (raw) => {
      connectors(raw);
      raw.connects.vendor.kubernetes = "eu1";
    },
    "connects.vendor.kubernetes",
    '"eu1" is not under kubernetes; allowed: lab',
  ],
  [
    "a property's Secret under no connection",
    (raw) => (connectors(raw).sink.secrets["consumer.override.sasl.jaas.config"].kubernetes = "eu1"),
    `${sinkAt}.secrets["consumer.override.sasl.jaas.config"].kubernetes`,
    '"eu1" is not under kubernetes; allowed: lab',
  ],
  [
    "a password among rewrites",
    (raw) => (connectors(raw).sink.rewrites = { "connection.password": "hunter2" }),
    `${sinkAt}.rewrites["connection.password"]`,
    "a password does not belong here; remove it, and name a Secret under secrets of the workload",
  ],
  [
    "an address with a password among rewrites",
    (raw) => (connectors(raw).sink.rewrites = { url: "http://user:hunter2@sink.example.com" }),
    `${sinkAt}.rewrites.url`,
    "a password does not belong here; remove it, and name a Secret under secrets of the workload",
  ],
  [
    "a name among rewrites",
    (raw) => (connectors(raw).source.rewrites = { name: "other" }),
    `${sourceAt}.rewrites.name`,
    "set by renamed; remove it here",
  ],
  [
    "a property that is rewritten and comes from a Secret",
    (raw) => {
      const { sink } = connectors(raw);
      sink.secrets = { file: { secret: "files", key: "name" } };
    },
    `${sinkAt}.rewrites.file`,
    "it is also under secrets; keep it in one of them",
  ],
  [
    "two connectors of one name at the target",
    (raw) => (connectors(raw).source.renamed = "foo-sink"),
    `${sourceAt}.renamed`,
    `found "foo-sink", which is also another connector's name on Connect "vendor"; allowed: a name that no other connector has`,
  ],
  [
    "a sink whose group is not migrated, which is named after it by default",
    (raw) => delete connectors(raw).sink.groups,
    `${sinkAt}.groups`,
    '"connect-foo-sink" is not among the migrated groups; allowed: foo-consumer, bar-consumer, orders-consumer, profiles-consumer',
  ],
];
