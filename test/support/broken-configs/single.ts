import type { BrokenConfig } from "./broken-config.ts";

/** Keys that are wrong by themselves. */
export const single: readonly BrokenConfig[] = [
  // Keys
  [
    "an unknown key at the top",
    (raw) => (raw.phsae = "mirror"),
    "phsae",
    "not known here; allowed: phase, strategy, persistedData, wayBack, startAt, name, production, kubernetes, source, target, connect, connects, mirror, inventory, topics, groups, workloads, waves, rights, gates, capacity, network, switch, schemas, stragglers, gaps, retire, monitoring, ui, inCluster",
  ],
  [
    "an unknown key further down",
    (raw) => (raw.gates.maxlag = 1),
    "gates.maxlag",
    "not known here; allowed: maxLag, movementSeconds, newestRecords, holdSeconds, timeoutSeconds, readingSeconds, sweepSeconds",
  ],
  [
    "a password where a Secret's name belongs",
    (raw) => (raw.source.credentials.runner.password = "hunter2"),
    "source.credentials.runner.password",
    "not known here; allowed: secret, kubernetes",
  ],
  [
    "a field of another kind of cluster",
    (raw) => (raw.source.cluster.version = "3.9.0"),
    "source.cluster.version",
    "not known here; allowed: kind, name",
  ],
  [
    "groups of a producer",
    (raw) => (raw.workloads[0].groups = ["foo-consumer"]),
    "workloads[0].groups",
    "not known here; allowed: role, user, kind, name, kubernetes, bootstrap, gitops, login, registry, settings, transactionalIds, writesRarely, topics",
  ],
  [
    "no phase",
    (raw) => delete raw.phase,
    "phase",
    "missing: name of the phase that the stack is to be in; the one line that changes with each step",
  ],
  ["no target", (raw) => delete raw.target, "target", "missing: the cluster that producers and consumers move to"],
  [
    "no cluster",
    (raw) => delete raw.target.cluster,
    "target.cluster",
    "missing: the Kafka cluster; kind: kubedb (created here), kubedb-existing or external",
  ],
  [
    "no replicas",
    (raw) => delete raw.target.cluster.combined.replicas,
    "target.cluster.combined.replicas",
    "missing: number of nodes",
  ],
  [
    "a consumer without groups",
    (raw) => delete raw.workloads[5].groups,
    "workloads[5].groups",
    "missing: consumer groups that its pods join",
  ],
  // Words from a list
  [
    "a strategy that is none",
    (raw) => (raw.strategy = "big-bang"),
    "strategy",
    'found "big-bang"; allowed: producers-first, consumers-first, dual-consume, together, waves, pega-drained, pega-lossy',
  ],
  [
    "a kind of cluster that is none",
    (raw) => (raw.source.cluster.kind = "strimzi"),
    "source.cluster.kind",
    'found "strimzi"; allowed: kubedb, kubedb-existing, external',
  ],
  [
    "a cluster without its kind",
    (raw) => delete raw.source.cluster.kind,
    "source.cluster.kind",
    "missing; allowed: kubedb, kubedb-existing, external",
  ],
  [
    "a role that is none",
    (raw) => (raw.workloads[0].role = "reader"),
    "workloads[0].role",
    'found "reader"; allowed: producer, consumer, both',
  ],
  [
    "a version that KubeDB does not have",
    (raw) => (raw.target.cluster.version = "3.9.1"),
    "target.cluster.version",
    'found "3.9.1"; allowed: 3.5.2, 3.6.1, 3.7.2, 3.8.1, 3.9.0, 4.0.0, 4.2.0',
  ],
  [
    "a security protocol that is none",
    (raw) => (raw.source.security = { protocol: "TLS" }),
    "source.security.protocol",
    'found "TLS"; allowed: PLAINTEXT, SASL_PLAINTEXT, SSL, SASL_SSL',
  ],
  [
    "an address of no known form",
    (raw) => (raw.workloads[0].bootstrap = { configMap: "foo-producer-config" }),
    "workloads[0].bootstrap",
    "found {configMap}; allowed: {configMap, key} or {secret, key} or {container, env}",
  ],
  [
    "an address of two forms at once",
    (raw) => (raw.workloads[0].bootstrap = { configMap: "a", secret: "b", key: "c" }),
    "workloads[0].bootstrap",
    "found {configMap, secret, key}; allowed: {configMap, key} or {secret, key} or {container, env}",
  ],
  // Types and ranges
  [
    "a number as text",
    (raw) => (raw.gates.maxLag = "1000"),
    "gates.maxLag",
    "found text; allowed: a number; write it as digits without quotes",
  ],
  ["a fraction", (raw) => (raw.gates.holdSeconds = 0.5), "gates.holdSeconds", "found 0.5; allowed: a whole number"],
  ["a switch as text", (raw) => (raw.production = "yes"), "production", "found text; allowed: true or false"],
  ["a name instead of a list", (raw) => (raw.topics.migrate = "foo"), "topics.migrate", "found text; allowed: a list"],
  ["a list instead of a map", (raw) => (raw.gates = [1]), "gates", "found a list; allowed: a map of keys"],
  ["nothing instead of a map", (raw) => (raw.retire = null), "retire", "found nothing; allowed: a map of keys"],
  [
    "a property that YAML reads as a number",
    (raw) => (raw.mirror.source = { "offset.lag.max": 100 }),
    'mirror.source["offset.lag.max"]',
    "found a number; allowed: text; write it in quotes",
  ],
  ["a negative lag", (raw) => (raw.gates.maxLag = -1), "gates.maxLag", "found -1; allowed: 0 or more"],
  ["no topics", (raw) => (raw.topics.migrate = []), "topics.migrate", "empty; allowed: 1 or more entries"],
  [
    "a hasty reason",
    (raw) => (raw.startAt = { row: "mirror", reason: "why not" }),
    "startAt.reason",
    "found 7 characters; allowed: 10 or more",
  ],
  [
    "one Connect worker",
    (raw) => (raw.connect.replicas = 1),
    "connect.replicas",
    "found 1; allowed: 2 or more; one replica runs Connect standalone, without exactly-once",
  ],
  [
    "an address without its port",
    (raw) => (raw.source.runnerBootstrap = ["kafka-0"]),
    "source.runnerBootstrap[0]",
    'found "kafka-0"; allowed: host:port, one broker per entry',
  ],
  [
    "a REST address that is none",
    (raw) => (raw.connect.runnerUrls = ["ftp://x"]),
    "connect.runnerUrls[0]",
    "found text of another form; allowed: http://host:port or https://host:port",
  ],
  [
    "a volume of no unit",
    (raw) => (raw.target.cluster.combined.storage.size = "100"),
    "target.cluster.combined.storage.size",
    'found "100"; allowed: a quantity such as 100Gi',
  ],
  [
    "a name that no object can have",
    (raw) => (raw.name = "Shop_1"),
    "name",
    'found "Shop_1"; allowed: lower-case letters, digits and inner hyphens',
  ],
  [
    "a pattern instead of a topic",
    (raw) => raw.topics.migrate.push("orders.*"),
    "topics.migrate[7]",
    'found "orders.*"; allowed: a topic\'s name (letters, digits, dot, hyphen, underscore), no pattern',
  ],
  [
    "no Kubernetes at all",
    (raw) => (raw.kubernetes = {}),
    "kubernetes",
    "empty; allowed: one connection or more, each under a name",
  ],
];
