import assert from "node:assert/strict";
import { parseConfig } from "../config/load.ts";
import { stackConfig, stackInput, stackInventory } from "./support/stack.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- a broken config has no type */
type Raw = any;

const dev = (): Raw => stackInput("dev");

/** [what is broken, edit of Pulumi.dev.yaml, path, message] */
type Case = [string, (raw: Raw) => void, string, string];
const cases: Case[] = [
  // Keys
  [
    "an unknown key at the top",
    (raw) => (raw.phsae = "mirror"),
    "phsae",
    "not known here; allowed: phase, strategy, startAt, name, production, kubernetes, source, target, connect, mirror, inventory, topics, groups, workloads, gates, switch, retire, monitoring, ui",
  ],
  [
    "an unknown key further down",
    (raw) => (raw.gates.maxlag = 1),
    "gates.maxlag",
    "not known here; allowed: maxLag, holdSeconds, timeoutSeconds, sweepSeconds",
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
    "not known here; allowed: role, name, kubernetes, bootstrap",
  ],
  [
    "no phase",
    (raw) => delete raw.phase,
    "phase",
    "missing: the row of the strategy's table that the stack shall be in; the line that moves",
  ],
  ["no target", (raw) => delete raw.target, "target", "missing: the cluster that producers and consumers move to"],
  [
    "no cluster",
    (raw) => delete raw.target.cluster,
    "target.cluster",
    "missing: the brokers; kind: kubedb (made here), kubedb-existing or external",
  ],
  [
    "no replicas",
    (raw) => delete raw.target.cluster.combined.replicas,
    "target.cluster.combined.replicas",
    "missing; allowed: a number",
  ],
  [
    "a consumer without groups",
    (raw) => delete raw.workloads[5].groups,
    "workloads[5].groups",
    "missing: consumer groups its pods join",
  ],
  // Words from a list
  [
    "a strategy that is none",
    (raw) => (raw.strategy = "big-bang"),
    "strategy",
    'found "big-bang"; allowed: producers-first',
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
    (raw) => (raw.workloads[0].role = "both"),
    "workloads[0].role",
    'found "both"; allowed: producer, consumer',
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
    "allowed: 10 or more characters",
  ],
  [
    "one Connect worker",
    (raw) => (raw.connect.replicas = 1),
    "connect.replicas",
    "allowed: 2 or more; one replica runs Connect standalone, without exactly-once",
  ],
  [
    "an address without its port",
    (raw) => (raw.source.runnerBootstrap = ["kafka-0"]),
    "source.runnerBootstrap[0]",
    "allowed: host:port",
  ],
  [
    "a REST address that is none",
    (raw) => (raw.connect.runnerUrls = ["ftp://x"]),
    "connect.runnerUrls[0]",
    "allowed: http://host:port or https://host:port",
  ],
  [
    "a volume of no unit",
    (raw) => (raw.target.cluster.combined.storage.size = "100"),
    "target.cluster.combined.storage.size",
    "allowed: a quantity such as 100Gi",
  ],
  [
    "a name that no object can have",
    (raw) => (raw.name = "Shop_1"),
    "name",
    "allowed: lower-case letters, digits and inner hyphens",
  ],
  [
    "a pattern instead of a topic",
    (raw) => raw.topics.migrate.push("orders.*"),
    "topics.migrate[7]",
    "allowed: a topic's name (letters, digits, dot, hyphen, underscore), no pattern",
  ],
  [
    "no Kubernetes at all",
    (raw) => (raw.kubernetes = {}),
    "kubernetes",
    "empty; allowed: one connection or more, each under a name",
  ],
  // How fields fit together
  [
    "both shapes of a cluster",
    (raw) =>
      (raw.target.cluster.topology = { controller: raw.target.cluster.combined, broker: raw.target.cluster.combined }),
    "target.cluster.combined",
    "allowed: exactly one of combined and topology",
  ],
  [
    "no shape of a cluster",
    (raw) => delete raw.target.cluster.combined,
    "target.cluster.combined",
    "allowed: exactly one of combined and topology",
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
  ["a topic twice", (raw) => raw.topics.migrate.push("foo"), "topics.migrate", '"foo" is named twice; name it once'],
  [
    "a group twice",
    (raw) => raw.groups.migrate.push(raw.groups.migrate[0]),
    "groups.migrate",
    '"foo-consumer" is named twice; name it once',
  ],
  [
    "a workload twice",
    (raw) => raw.workloads.push(raw.workloads[0]),
    "workloads",
    '"foo-producer" is named twice; name it once',
  ],
  [
    "a group that reads a topic which stays",
    (raw) => raw.groups.migrate[0].topics.push("left"),
    "groups.migrate",
    'group "foo-consumer" reads "left", which is not migrated; add it under topics.migrate or remove it here',
  ],
  [
    "a consumer in a group that stays",
    (raw) => raw.workloads[5].groups.push("other"),
    "workloads[5].groups",
    '"other" is not among the migrated groups; allowed: foo-consumer, bar-consumer, orders-consumer, profiles-consumer',
  ],
  [
    "a group that nobody joins",
    (raw) => raw.groups.migrate.push({ name: "ghost", topics: ["foo"] }),
    "groups",
    'no workload joins group "ghost", so nobody would be stopped before its offsets move; name the group at a consumer under workloads, or under groups.ignore with the reason',
  ],
  [
    "a producer and a consumer that share a key",
    (raw) => (raw.workloads[5].bootstrap = { key: "BOOTSTRAP", configMap: "foo-producer-config" }),
    "workloads[5].bootstrap",
    'producer "foo-producer" reads the same key, but producers and consumers move in different rows; give each a key of its own',
  ],
  [
    "a topic that MirrorMaker 2 renames",
    (raw) => raw.topics.migrate.push("shop.heartbeats"),
    "topics",
    '"shop.heartbeats" would be renamed by MirrorMaker 2, because it ends with "heartbeats"',
  ],
  [
    "a topic of Kafka's own",
    (raw) => raw.topics.migrate.push("__consumer_offsets"),
    "topics",
    '"__consumer_offsets" is never mirrored, because it begins with "__" or "."',
  ],
  [
    "a topic of MirrorMaker 2's own",
    (raw) => raw.topics.migrate.push("a.checkpoints.internal"),
    "topics",
    '"a.checkpoints.internal" has a name of MirrorMaker 2\'s own topics and is never mirrored',
  ],
  [
    "SASL without a mechanism",
    (raw) => (raw.source.security = { protocol: "SASL_SSL" }),
    "source.security.mechanism",
    "required by SASL_SSL; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
  ],
  [
    "SASL without credentials",
    (raw) => delete raw.target.credentials,
    "target.credentials",
    "required by SASL_SSL; name a Secret as runner: {secret: …}",
  ],
  [
    "a foreign cluster without addresses",
    (raw) => (raw.source.cluster = { kind: "external" }),
    "source.bootstrap",
    "required for a cluster of kind external; list its brokers as host:port",
  ],
  [
    "a user that is made although nobody logs in",
    (raw) => (raw.source.security = { protocol: "PLAINTEXT" }),
    "source.credentials.mirror.create",
    "found true with PLAINTEXT; a user is made for SASL_PLAINTEXT and SASL_SSL only",
  ],
  [
    "a user that is made in a way the brokers would not learn of",
    (raw) => (raw.target.credentials.mirror.mechanism = "PLAIN"),
    "target.credentials.mirror.mechanism",
    "found PLAIN; allowed for a user that is made: SCRAM-SHA-256, SCRAM-SHA-512",
  ],
  [
    "a user that is made over the runner",
    (raw) => (raw.target.credentials.mirror.secret = "kafka-admin"),
    "target.credentials.mirror.secret",
    `"kafka-admin" is the runner's; a user that is made has a Secret of its own`,
  ],
  [
    "one Secret for the users that are made on both sides",
    (raw) => (raw.target.credentials.mirror.secret = "shop-mirror-source"),
    "target.credentials.mirror.secret",
    `"shop-mirror-source" is the source's too; a user that is made has a Secret of its own on each side`,
  ],
  [
    "a user that is made on a source that is not there yet",
    (raw) => {
      const { authSecret: _, ...cluster } = raw.target.cluster;
      raw.source.cluster = { ...cluster, name: "other" };
    },
    "source.credentials.mirror.create",
    "found true; allowed for a source that stands before the migration begins: name it with kind kubedb-existing",
  ],
  [
    "a user whose Secret Connect cannot read",
    (raw) => {
      raw.kubernetes.elsewhere = { namespace: "vault" };
      raw.target.credentials.mirror.kubernetes = "elsewhere";
    },
    "target.credentials.mirror.kubernetes",
    `found "elsewhere"; allowed: "lab", the target's, because Connect logs in with that Secret and runs there`,
  ],
  [
    "the runner's Secret where Connect logs in with it and cannot read it",
    (raw) => {
      raw.kubernetes.elsewhere = { namespace: "vault" };
      raw.target.cluster = { kind: "external" };
      raw.target.bootstrap = ["kafka.example.internal:9092"];
      raw.target.credentials = { runner: { secret: "admin", kubernetes: "elsewhere" } };
    },
    "target.credentials.runner.kubernetes",
    `found "elsewhere"; allowed: "lab", the target's, because Connect logs in with that Secret and runs there`,
  ],
  [
    "offset syncs on the source",
    (raw) => (raw.mirror.source = { "offset-syncs.topic.location": "source" }),
    'mirror.source["offset-syncs.topic.location"]',
    "set by the program from the other inputs; remove it here",
  ],
  [
    "TLS for a cluster that is made without it",
    (raw) => delete raw.target.cluster.tls,
    "target.cluster.tls",
    "missing, and the protocol is SASL_SSL; name cert-manager's issuer as tls: {issuer: {name: …}}, or set security.protocol to SASL_PLAINTEXT",
  ],
  [
    "no TLS for a cluster that is made with it",
    (raw) => (raw.target.security.protocol = "SASL_PLAINTEXT"),
    "target.security.protocol",
    "found SASL_PLAINTEXT; allowed with cluster.tls: SASL_SSL, because every listener then speaks TLS",
  ],
  [
    "a cluster that is made without users",
    (raw) => {
      raw.target.security.protocol = "SSL";
      delete raw.target.credentials.mirror;
    },
    "target.security.protocol",
    "found SSL; allowed for a cluster that is made here: SASL_PLAINTEXT, SASL_SSL, because its brokers ask for a user",
  ],
  [
    "an issuer without its name",
    (raw) => (raw.target.cluster.tls.issuer = { kind: "ClusterIssuer" }),
    "target.cluster.tls.issuer.name",
    "missing; allowed: text",
  ],
  [
    "an authority where nothing is encrypted",
    (raw) => (raw.source.security.protocol = "SASL_PLAINTEXT"),
    "source.security.caSecret",
    "found with SASL_PLAINTEXT, which has no TLS; allowed with SSL, SASL_SSL: remove it, or change security.protocol",
  ],
  [
    "a client's certificate where nothing is encrypted",
    (raw) => (raw.source.security = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN", clientSecret: "shop-client" }),
    "source.security.clientSecret",
    "found with SASL_PLAINTEXT, which has no TLS; allowed with SSL, SASL_SSL: remove it, or change security.protocol",
  ],
  ...(
    [
      ["security.protocol", "security.protocol"],
      ["bootstrap.servers", "bootstrap"],
      ["sasl.mechanism", "security.mechanism"],
      ["sasl.jaas.config", "credentials.mirror"],
      ["ssl.truststore.location", "security.caSecret"],
      ["ssl.keystore.key", "security.clientSecret"],
      ["ssl.key.password", "security.clientSecret"],
    ] as const
  ).map(([property, owner]): Case => [
    "a client property that follows from other keys",
    (raw) => (raw.source.security.properties = { [property]: "x" }),
    `source.security.properties["${property}"]`,
    `set by the program from source.${owner}; remove it here`,
  ]),
  [
    "a client property that would be dropped",
    (raw) => (raw.target.security.properties = { "client.dns.lookup": "use_all_dns_ips" }),
    'target.security.properties["client.dns.lookup"]',
    "MirrorMaker 2 drops it silently; allowed: ssl.* and sasl.*",
  ],
  [
    "a client property that is a secret",
    (raw) => (raw.source.security.properties = { "sasl.oauthbearer.client.secret": "hunter2" }),
    'source.security.properties["sasl.oauthbearer.client.secret"]',
    "it would lie in plain in Git and in Pulumi's state; allowed: properties without secrets",
  ],
  [
    "a source that applications in another Kubernetes cluster cannot resolve",
    (raw) => {
      raw.kubernetes.eu1 = { context: "eu1", namespace: "kafka" };
      raw.workloads[0].kubernetes = "eu1";
      raw.target.bootstrap = ["kafka.example.internal:9092"];
    },
    "source.bootstrap",
    'missing; workload "foo-producer" runs under "eu1", where the service\'s name of the brokers under "lab" does not resolve; list addresses that it reaches',
  ],
  [
    "one cluster on both sides",
    (raw) => (raw.target.cluster = raw.source.cluster),
    "target.cluster.name",
    "source and target are the same Kafka object",
  ],
  [
    "one broker on both sides",
    (raw) => raw.target.runnerBootstrap.push(raw.source.runnerBootstrap[1]),
    "target.runnerBootstrap",
    "127.0.1.2:9094 is the source's address; the sides must differ",
  ],
  [
    "one cluster id on both sides",
    (raw) => (raw.source.clusterId = raw.target.clusterId = "lab-source-cluster-id0"),
    "target.clusterId",
    "it is the source's cluster id; the sides must differ",
  ],
  [
    "an even quorum of controllers",
    (raw) => {
      const { combined } = raw.target.cluster;
      delete raw.target.cluster.combined;
      raw.target.cluster.topology = { controller: { ...combined, replicas: 2 }, broker: combined };
    },
    "target.cluster.topology.controller.replicas",
    "2 controllers survive no more failures than 1; allowed: an odd number",
  ],
  [
    "more replicas than brokers",
    (raw) => (raw.topics.replicationFactor = 4),
    "topics.replicationFactor",
    "4 replicas need as many brokers, the target has 3; allowed: at most 3",
  ],
  [
    "a Connect that loses offset syncs",
    (raw) => (raw.connect.version = "3.6.1"),
    "connect.version",
    '"3.6.1" loses offset syncs at restarts; allowed: 3.8.1 and later',
  ],
  [
    "a property that follows from other keys",
    (raw) => (raw.mirror.source = { "source.cluster.alias": "old" }),
    'mirror.source["source.cluster.alias"]',
    "set by the program from the other inputs; remove it here",
  ],
  [
    "MirrorMaker 2's own offset sync",
    (raw) => (raw.mirror.checkpoint = { "sync.group.offsets.enabled": "true" }),
    'mirror.checkpoint["sync.group.offsets.enabled"]',
    "MM2's sync can rewind a group after it moved; the switch places offsets exactly. Remove it",
  ],
  [
    "a mirror that may drop records",
    (raw) => (raw.mirror.source = { "errors.tolerance": "all" }),
    'mirror.source["errors.tolerance"]',
    '"all" drops records; allowed: none',
  ],
  [
    "a gate that can never open",
    (raw) => (raw.gates.holdSeconds = 120),
    "gates.holdSeconds",
    "120 s never fit into timeoutSeconds (120 s); allowed: less than that",
  ],
  // Monitoring and the UI
  [
    "alerts on metrics that nobody reads",
    (raw) => (raw.monitoring = { prometheusRule: { labels: {} } }),
    "connect.monitor",
    "required by monitoring: without it nobody reads Connect's metrics; set serviceMonitorLabels",
  ],
  [
    "alerts that no Prometheus selects",
    (raw) => (raw.monitoring = { prometheusRule: {} }),
    "monitoring.prometheusRule.labels",
    "missing: labels that Prometheus selects rules by",
  ],
  [
    "an alert at no latency at all",
    (raw) => (raw.monitoring = { thresholds: { latencySeconds: 0 } }),
    "monitoring.thresholds.latencySeconds",
    "found 0; allowed: 1 or more",
  ],
  [
    "a password among the UI's values",
    (raw) => (raw.ui = { values: { envs: { secret: { PASSWORD: "hunter2" } } } }),
    "ui.values.envs.secret",
    "it would lie in the state in plain; name Secrets under ui.values.envs.secretMappings instead",
  ],
  [
    "a UI that cannot read the source's user",
    (raw) => {
      raw.kubernetes.other = { kubeconfig: "other", namespace: "kafka" };
      raw.source.credentials.runner.kubernetes = "other";
      raw.ui = {};
    },
    "ui.source.user",
    'missing; the source\'s Secret "kafka-admin" lies under "other", the UI runs under "lab"; name a Secret there',
  ],
  [
    "a UI that cannot read the source's CA",
    (raw) => {
      raw.kubernetes.other = { kubeconfig: ".lab/kubeconfig", namespace: "kafka" };
      raw.source.kubernetes = "other";
      raw.source.security = { protocol: "SSL", caSecret: "source-ca" };
      delete raw.source.credentials.mirror;
      raw.workloads.forEach((workload: Raw) => (workload.kubernetes = "lab"));
      raw.ui = {};
    },
    "ui.source.ca",
    'missing; the source\'s Secret "source-ca" lies under "other", the UI runs under "lab"; name a Secret there',
  ],
  [
    "a chart that does not come over the web",
    (raw) => (raw.ui = { repository: "charts" }),
    "ui.repository",
    "allowed: http://… or https://…",
  ],
];

function problemsOf(raw: unknown): readonly { path: string; message: string }[] {
  const parsed = parseConfig(raw, stackInventory("dev"));
  return "problems" in parsed ? parsed.problems : [];
}

describe("a stack's config", () => {
  for (const stack of ["dev", "prod"] as const) {
    it(`Pulumi.${stack}.yaml is valid`, () => {
      assert.equal(stackConfig(stack).phase, "prepare");
    });
  }

  for (const [what, edit, path, message] of cases) {
    it(`names ${what}: ${path}`, () => {
      const raw = dev();
      edit(raw);
      assert.deepEqual(problemsOf(raw), [{ path, message }]);
    });
  }

  it("is told of every problem at once, those between keys as well", () => {
    const raw = dev();
    raw.phsae = raw.phase;
    raw.gates = { maxLag: "many", holdsecs: 1 };
    raw.topics.migrate.push("foo");
    raw.connect.version = "3.6.1";
    assert.deepEqual(
      problemsOf(raw).map(({ path }) => path),
      ["gates.maxLag", "gates.holdsecs", "phsae", "topics.migrate", "connect.version"],
    );
  });

  it("is not repeated in a problem where it could hold a password", () => {
    const raw = dev();
    raw.source.credentials.runner = { secret: ["hunter2"], password: "hunter2" };
    raw.target.credentials = "hunter2";
    raw.workloads[0].bootstrap = "hunter2";
    const problems = problemsOf(raw);
    assert.equal(problems.length, 4);
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
  });

  for (const raw of [undefined, null, "text", 3, [], {}]) {
    it(`that is ${JSON.stringify(raw) ?? "missing"} is refused, not tripped over`, () => {
      assert.ok(problemsOf(raw).length > 0);
    });
  }
});
