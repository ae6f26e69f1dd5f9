import type { BrokenConfig } from "./broken-config.ts";

/** Kubernetes connections, sides and addresses that do not fit together. */
export const connectionsAndSides: readonly BrokenConfig[] = [
  [
    "both shapes of a cluster",
    (raw) =>
      (raw.target.cluster.topology = { controller: raw.target.cluster.combined, broker: raw.target.cluster.combined }),
    "target.cluster.combined",
    "found both; allowed: exactly one of combined and topology",
  ],
  [
    "no shape of a cluster",
    (raw) => delete raw.target.cluster.combined,
    "target.cluster.combined",
    "found neither; allowed: exactly one of combined and topology",
  ],
  [
    "a Kubernetes connection that is not there",
    (raw) => (raw.target.kubernetes = "eu1"),
    "target.kubernetes",
    '"eu1" is not under kubernetes; allowed: lab',
  ],
  [
    "a workload's Kubernetes connection that is not there",
    (raw) => (raw.workloads[2].kubernetes = "eu1"),
    "workloads[2].kubernetes",
    '"eu1" is not under kubernetes; allowed: lab',
  ],
  [
    "a credential's Kubernetes connection that is not there",
    (raw) => (raw.source.credentials.runner.kubernetes = "eu1"),
    "source.credentials.runner.kubernetes",
    '"eu1" is not under kubernetes; allowed: lab',
  ],
  [
    "a namespace that is made twice",
    (raw) => {
      raw.kubernetes.lab.createNamespace = true;
      raw.kubernetes.again = { ...raw.kubernetes.lab };
    },
    "kubernetes.again.createNamespace",
    'found true, but "lab" already creates namespace "demo" in the same cluster; allowed: true in one of them',
  ],
  [
    "a namespace that stands everywhere",
    (raw) => (raw.kubernetes.lab = { ...raw.kubernetes.lab, namespace: "default", createNamespace: true }),
    "kubernetes.lab.createNamespace",
    'found true for "default", which every Kubernetes cluster has; allowed: false, or another namespace',
  ],
  [
    "a production stack on whatever cluster is current",
    (raw) => {
      Object.assign(raw, { production: true, retire: { soakHours: 24 } });
      delete raw.kubernetes.lab.kubeconfig;
    },
    "kubernetes.lab.context",
    "missing; on a production stack the cluster must not depend on the current context of the machine that runs pulumi; name the context, or a kubeconfig",
  ],
  [
    "a foreign cluster without addresses",
    (raw) => (raw.source.cluster = { kind: "external" }),
    "source.bootstrap",
    "missing; required for a cluster of kind external; list its brokers as host:port",
  ],
  [
    "a source that applications in another Kubernetes cluster cannot resolve",
    (raw) => {
      raw.kubernetes.eu1 = { context: "eu1", namespace: "kafka" };
      raw.workloads[0].kubernetes = "eu1";
      raw.target.bootstrap = ["kafka.example.internal:9092"];
    },
    "source.bootstrap",
    'missing; workload "foo-producer" runs under "eu1", where the service name of the brokers under "lab" does not resolve; list addresses that it can reach',
  ],
  [
    "a source that MirrorMaker 2 in another Kubernetes cluster cannot resolve, listed by its service's name",
    (raw) => {
      raw.kubernetes.eu1 = { context: "eu1", namespace: "kafka" };
      raw.target.kubernetes = "eu1";
      raw.target.bootstrap = ["kafka.example.internal:9092"];
      raw.source.bootstrap = ["source-kafka-pods.demo.svc.cluster.local:9092"];
    },
    "source.bootstrap",
    'found source-kafka-pods.demo.svc.cluster.local:9092; MirrorMaker 2 runs under "eu1", where the service name of the brokers under "lab" does not resolve; list addresses that it can reach',
  ],
  [
    "two sides that no one machine can reach by their services' names",
    (raw) => {
      raw.kubernetes.eu1 = { context: "eu1", namespace: "kafka" };
      raw.target.kubernetes = "eu1";
      for (const workload of raw.workloads) workload.kubernetes = "eu1";
      raw.source.bootstrap = ["kafka.example.internal:9092"];
      raw.source.runnerBootstrap = ["source-kafka-pods.demo.svc:9092"];
      delete raw.target.runnerBootstrap;
    },
    "target.runnerBootstrap",
    'missing; both sides have only service names, source-kafka-pods.demo.svc:9092 inside "lab" and target-kafka-pods.kafka.svc:9092 inside "eu1", and the machine that runs Pulumi can be in only one of them; list addresses that it can reach',
  ],
  [
    "one Kafka object on both sides",
    (raw) => (raw.target.cluster = raw.source.cluster),
    "target.cluster.name",
    'found "source-kafka", which is the source\'s Kafka object; allowed: another one',
  ],
  [
    "one broker on both sides",
    (raw) => raw.target.runnerBootstrap.push(raw.source.runnerBootstrap[1]),
    "target.runnerBootstrap[3]",
    "found 127.0.1.2:9094, which is also an address of the source; allowed: brokers of the target only; correct one of the two",
  ],
  [
    "one broker on both sides, listed in another order and spelling",
    (raw) => {
      raw.source.bootstrap = ["Kafka-0.example.internal:9092", "kafka-1.example.internal:9092"];
      raw.target.bootstrap = ["kafka-2.example.internal:9092", "kafka-0.example.internal.:9092"];
    },
    "target.bootstrap[1]",
    "found kafka-0.example.internal.:9092, which is also an address of the source; allowed: brokers of the target only; correct one of the two",
  ],
  [
    "one broker on both sides, by which applications and the runner reach it",
    (raw) => {
      for (const side of [raw.source, raw.target]) {
        side.bootstrap = ["kafka.example.internal:9092"];
        delete side.runnerBootstrap;
      }
    },
    "target.bootstrap[0]",
    "found kafka.example.internal:9092, which is also an address of the source; allowed: brokers of the target only; correct one of the two",
  ],
  [
    "the source's service as the target's address",
    (raw) => (raw.target.bootstrap = ["source-kafka-pods.demo.svc.cluster.local:9092"]),
    "target.bootstrap[0]",
    "found source-kafka-pods.demo.svc.cluster.local:9092, which is also an address of the source; allowed: brokers of the target only; correct one of the two",
  ],
  [
    "the source's service as the runner's address of the target",
    (raw) => {
      delete raw.source.runnerBootstrap;
      raw.target.runnerBootstrap.push("source-kafka-pods.demo.svc:9092");
    },
    "target.runnerBootstrap[3]",
    "found source-kafka-pods.demo.svc:9092, which is also an address of the source; allowed: brokers of the target only; correct one of the two",
  ],
  [
    "one cluster id on both sides",
    (raw) => (raw.source.clusterId = raw.target.clusterId = "lab-source-cluster-id0"),
    "target.clusterId",
    "found the source's cluster id; allowed: the id that the target's own brokers report",
  ],
  [
    "a runner outside Kubernetes that shall reach Connect's service",
    (raw) => delete raw.connect.runnerUrls,
    "connect.runnerUrls",
    "missing; target.runnerBootstrap says that the machine that runs Pulumi is outside Kubernetes, where the name of Connect's service does not resolve; list REST addresses that it can reach",
  ],
  [
    "an even quorum of controllers",
    (raw) => {
      const { combined } = raw.target.cluster;
      delete raw.target.cluster.combined;
      raw.target.cluster.topology = { controller: { ...combined, replicas: 2 }, broker: combined };
    },
    "target.cluster.topology.controller.replicas",
    "found 2, which survive no more failures than 1; allowed: an odd number",
  ],
  [
    "a name that is too long with what KubeDB appends for a topology",
    (raw) => {
      const { combined } = raw.target.cluster;
      delete raw.target.cluster.combined;
      raw.target.cluster.topology = { controller: combined, broker: combined };
      raw.target.cluster.name = "k".repeat(55);
    },
    "target.cluster.name",
    'found 55 characters; allowed: at most 50, because KubeDB derives "<name>-controller-2" from it',
  ],
  [
    "a Connect of the target's name",
    (raw) => (raw.connect.name = "target-kafka"),
    "connect.name",
    'found "target-kafka", the name of the target\'s Kafka object; both would own the Service "target-kafka-pods"; allowed: another name',
  ],
  [
    "a Connect of the source's name, in the same namespace",
    (raw) => (raw.connect.name = "source-kafka"),
    "connect.name",
    'found "source-kafka", the name of the source\'s Kafka object; both would own the Service "source-kafka-pods"; allowed: another name',
  ],
  [
    "policies that let in nobody who runs what is made",
    (raw) => (raw.network = {}),
    "network.operators",
    "missing; the platform's operator and the machine that runs Pulumi would be shut out of the brokers and of Connect's REST API; list both, and Prometheus if it reads metrics",
  ],
];
