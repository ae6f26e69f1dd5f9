import type { BrokenConfig, Raw } from "./broken-config.ts";

/** Takes a topic of the lock out of the selection, and away from the group that reads it. */
function staying(raw: Raw): void {
  raw.topics.migrate = raw.topics.migrate.filter((name: string) => name !== "history");
  raw.groups.migrate[3].topics = ["profiles", "empty"];
}

/** Topics, groups and workloads that do not fit together. */
export const selectionAndWorkloads: readonly BrokenConfig[] = [
  [
    "a topic that is migrated and ignored",
    (raw) => (raw.topics.ignore = [{ name: "foo", reason: "nobody reads it" }]),
    "topics.ignore[0].name",
    '"foo" is under topics.migrate as well; name it in one of them',
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
    '"history" is under topics.ignore, so that nothing is made of it on the target; keep one of the two',
  ],
  [
    "a group that is migrated and ignored",
    (raw) => (raw.groups.ignore = [{ name: "foo-consumer", reason: "begins anew each time" }]),
    "groups.ignore[0].name",
    '"foo-consumer" is under groups.migrate as well; name it in one of them',
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
    "one Deployment as producer and consumer",
    (raw) => (raw.workloads[0].name = "foo-consumer"),
    "workloads[5].name",
    'found "foo-consumer" as producer and as consumer, but one Deployment moves once; allowed: one role; run the other in a Deployment of its own',
  ],
  [
    "a producer and a consumer that share a key",
    (raw) => (raw.workloads[5].bootstrap = { key: "BOOTSTRAP", configMap: "foo-producer-config" }),
    "workloads[5].bootstrap",
    'producer "foo-producer" reads the same key, but producers and consumers move in different rows; give each a key of its own',
  ],
  [
    "a producer and a consumer that share a key, by two names of one namespace",
    (raw) => {
      raw.kubernetes.again = { ...raw.kubernetes.lab };
      raw.workloads[5].kubernetes = "again";
      raw.workloads[5].bootstrap = { key: "BOOTSTRAP", configMap: "foo-producer-config" };
    },
    "workloads[5].bootstrap",
    'producer "foo-producer" reads the same key, but producers and consumers move in different rows; give each a key of its own',
  ],
  [
    "an address in the ledger's ConfigMap",
    (raw) => {
      raw.workloads[0].bootstrap = { configMap: "shop-ledger", key: "BOOTSTRAP" };
    },
    "workloads[0].bootstrap.configMap",
    'found "shop-ledger", which holds the migration\'s ledger; allowed: a ConfigMap of the application',
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
    '"a.checkpoints.internal" has a name of MirrorMaker 2\'s own topics and is never mirrored; name it under topics.ignore with the reason',
  ],
];
