import type { BrokenConfig, Raw } from "./broken-config.ts";

/** Takes a topic of the lock out of the selection, and away from the group that reads it. */
function staying(raw: Raw): void {
  raw.topics.migrate = raw.topics.migrate.filter((name: string) => name !== "history");
  raw.groups.migrate[3].topics = ["profiles", "empty"];
  raw.groups.migrate[3].leaves = [{ topic: "history", reason: "read by hand only, until summer" }];
}

/** Topics, groups and workloads that do not fit together. */
export const selectionAndWorkloads: readonly BrokenConfig[] = [
  [
    "a topic that is migrated and ignored",
    (raw) => (raw.topics.ignore = [{ name: "foo", reason: "nobody reads it" }]),
    "topics.ignore[0].name",
    '"foo" is also under topics.migrate; keep it in one of them',
  ],
  [
    "configs for a topic that is not migrated",
    (raw) => {
      staying(raw);
      raw.topics.configs = { history: { "retention.ms": "1000" } };
    },
    "topics.configs.history",
    '"history" is not among topics.migrate; add it there, or remove it here',
  ],
  [
    "configs for a topic that is ignored",
    (raw) => {
      staying(raw);
      raw.topics.ignore = [{ name: "history", reason: "nobody reads it" }];
      raw.topics.configs = { history: { "retention.ms": "1000" } };
    },
    "topics.configs.history",
    '"history" is under topics.ignore, so it is not created on the target; keep one of the two',
  ],
  [
    "a group that is migrated and ignored",
    (raw) => (raw.groups.ignore = [{ name: "foo-consumer", reason: "begins again each time" }]),
    "groups.ignore[0].name",
    '"foo-consumer" is also under groups.migrate; keep it in one of them',
  ],
  [
    "a group that reads a topic which stays",
    (raw) => raw.groups.migrate[0].topics.push("left"),
    "groups.migrate",
    'group "foo-consumer" reads "left", which is not migrated; add it under topics.migrate or remove it here',
  ],
  [
    "a group of which one topic stays, without a word about it",
    (raw) => {
      staying(raw);
      delete raw.groups.migrate[3].leaves;
    },
    "groups.migrate[3].leaves",
    'group "profiles-consumer" also reads "history", which is not migrated: after its move it would no longer read it; add it to the migrated topics, or name it with the reason under leaves of the group in groups.migrate',
  ],
  [
    "a topic that a group leaves although it is migrated",
    (raw) => (raw.groups.migrate[3].leaves = [{ topic: "history", reason: "read by hand only, until summer" }]),
    "groups.migrate[3].leaves[0].topic",
    '"history" is migrated, so the group continues to read it; remove it here',
  ],
  [
    "a topic that a group leaves and never read",
    (raw) => {
      staying(raw);
      raw.groups.migrate[3].leaves.push({ topic: "hsitory", reason: "read by hand only, until summer" });
    },
    "groups.migrate[3].leaves[1].topic",
    'the inventory has no offsets of group "profiles-consumer" in "hsitory"; allowed: history',
  ],
  [
    "a beginning of a group that is neither end",
    (raw) => (raw.groups.migrate[0].unread = { from: "now", reason: "reads what comes" }),
    "groups.migrate[0].unread.from",
    'found "now"; allowed: earliest, latest',
  ],
  [
    "partitions of a topic that the group does not read",
    (raw) => (raw.groups.migrate[0].partitions = [{ topic: "bar", numbers: [0], reason: "assigned by hand" }]),
    "groups.migrate[0].partitions[0].topic",
    'group "foo-consumer" does not read "bar"; allowed: foo',
  ],
  [
    "partitions of a group that the topic does not have",
    (raw) => (raw.groups.migrate[0].partitions = [{ topic: "foo", numbers: [1, 99], reason: "assigned by hand" }]),
    "groups.migrate[0].partitions[0].numbers",
    '"foo" has no partition 99 in the inventory; allowed: 0 to 2; run npm run assess if it has got more',
  ],
  [
    "a word about positions that nobody waits for",
    (raw) => {
      const at = raw.workloads.findIndex(({ role }: Raw) => role === "consumer");
      raw.workloads[at].positionsApplied = { by: "Ada", at: "2026-11-21T14:05:00Z", words: "the savepoint has them" };
    },
    "workloads[5].positionsApplied",
    "only a consumer with positions own waits for it; set positions to own, or remove it here",
  ],
  [
    "a kind of workload that is none",
    (raw) => (raw.workloads[0].kind = "DaemonSet"),
    "workloads[0].kind",
    'found "DaemonSet"; allowed: Deployment, StatefulSet, CronJob, Rollout, external, connector',
  ],
  [
    "an address of an external workload",
    (raw) =>
      (raw.workloads[0] = { kind: "external", role: "producer", name: "vm", topics: ["foo"], kubernetes: "lab" }),
    "workloads[0].kubernetes",
    "not known here; allowed: role, user, kind, name, transactionalIds, topics",
  ],
  [
    "an external producer without topics",
    (raw) => (raw.workloads[0] = { kind: "external", role: "producer", name: "vm" }),
    "workloads[0].topics",
    "missing: migrated topics that it writes to",
  ],
  [
    "a topic of an external producer that is not migrated",
    (raw) => (raw.workloads[0] = { kind: "external", role: "producer", name: "vm", topics: ["fo"] }),
    "workloads[0].topics",
    '"vm" writes "fo", which is not migrated: its readers would stay on the source; add it to the migrated topics, or remove it here; allowed: foo, bar, orders, profiles, payments, empty, history',
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
    'no workload joins group "ghost", so nothing would be stopped before its offsets move; name the group under a consumer in workloads, or under groups.ignore with the reason',
  ],
  [
    "one workload as producer and consumer",
    (raw) => (raw.workloads[0].name = "foo-consumer"),
    "workloads[5].name",
    'found "foo-consumer" as producer and as consumer, but a workload moves only once; allowed: one role; give it role both in the strategies together and waves, or run the other role in a separate workload',
  ],
  [
    "a producer and a consumer that share a key",
    (raw) => (raw.workloads[5].bootstrap = { key: "BOOTSTRAP", configMap: "foo-producer-config" }),
    "workloads[5].bootstrap",
    'producer "foo-producer" reads the same key, but producers and consumers move in different phases; give each its own key',
  ],
  [
    "a producer and a consumer that share a key, by two names of one namespace",
    (raw) => {
      raw.kubernetes.again = { ...raw.kubernetes.lab };
      raw.workloads[5].kubernetes = "again";
      raw.workloads[5].bootstrap = { key: "BOOTSTRAP", configMap: "foo-producer-config" };
    },
    "workloads[5].bootstrap",
    'producer "foo-producer" reads the same key, but producers and consumers move in different phases; give each its own key',
  ],
  [
    "an address in the ledger's ConfigMap",
    (raw) => {
      raw.workloads[0].bootstrap = { configMap: "shop-ledger", key: "BOOTSTRAP" };
    },
    "workloads[0].bootstrap.configMap",
    "found \"shop-ledger\", which holds the migration's ledger; allowed: one of the application's ConfigMaps",
  ],
  [
    "a topic that MirrorMaker 2 renames",
    (raw) => raw.topics.migrate.push("shop.heartbeats"),
    "topics",
    '"shop.heartbeats" would be renamed by MirrorMaker 2, because it ends with "heartbeats"; name it under topics.ignore with the reason',
  ],
  [
    "a topic of Kafka's own",
    (raw) => raw.topics.migrate.push("__consumer_offsets"),
    "topics",
    '"__consumer_offsets" is never mirrored, because it begins with "__" or "."; name it under topics.ignore with the reason',
  ],
  [
    "a topic of MirrorMaker 2's own",
    (raw) => raw.topics.migrate.push("a.checkpoints.internal"),
    "topics",
    '"a.checkpoints.internal" is named like MirrorMaker 2\'s own topics and is never mirrored; name it under topics.ignore with the reason',
  ],
];
