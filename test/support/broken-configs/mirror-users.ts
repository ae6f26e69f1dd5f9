import type { BrokenConfig } from "./broken-config.ts";

/** Users that are made for MirrorMaker 2. */
export const mirrorUsers: readonly BrokenConfig[] = [
  [
    "a user that is made in a way the brokers would not learn of",
    (raw) => (raw.target.credentials.mirror.mechanism = "PLAIN"),
    "target.credentials.mirror.mechanism",
    "found PLAIN; allowed for a user that the program creates: SCRAM-SHA-256, SCRAM-SHA-512",
  ],
  [
    "a user that is made on a source that is not there yet",
    (raw) => {
      const { authSecret: _, ...cluster } = raw.target.cluster;
      raw.source.cluster = { ...cluster, name: "other" };
    },
    "source.credentials.mirror.create",
    "found true; allowed only for a source that exists before the migration begins: declare it with kind kubedb-existing",
  ],
  [
    "a user whose Secret Connect cannot read",
    (raw) => {
      raw.kubernetes.elsewhere = { namespace: "vault" };
      raw.target.credentials.mirror.kubernetes = "elsewhere";
    },
    "target.credentials.mirror.kubernetes",
    `found "elsewhere"; allowed: "lab", the target's, because Connect runs there and logs in with that Secret`,
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
    `found "elsewhere"; allowed: "lab", the target's, because Connect runs there and logs in with that Secret`,
  ],
];
