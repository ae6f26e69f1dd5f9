import type { BrokenConfig, Raw } from "./broken-config.ts";

/** Without what only a mirror needs. */
function unmirrored(raw: Raw): void {
  for (const key of ["connect", "monitoring", "ui"]) delete raw[key];
  for (const side of ["source", "target"]) delete raw[side].credentials.mirror;
}

function twins(raw: Raw): void {
  for (const workload of raw.workloads) {
    if (workload.role !== "consumer") continue;
    workload.twin = { name: `${workload.name}-twin`, bootstrap: { configMap: `${workload.name}-twin`, key: "at" } };
  }
}

function dualConsume(raw: Raw): void {
  raw.strategy = "dual-consume";
  unmirrored(raw);
  twins(raw);
}

/** Keys that some orders of moving need and others do not have. */
export const orders: readonly BrokenConfig[] = [
  [
    "consumers that move first without a mirror",
    (raw) => Object.assign(raw, { strategy: "consumers-first", persistedData: "none" }),
    "persistedData",
    'found "none", but consumers that move before the producers read what the mirror copies; allowed: mirrored',
  ],
  [
    "a group that begins at records which nothing copies",
    (raw) => {
      dualConsume(raw);
      raw.groups.migrate[0].unread = { from: "earliest", reason: "reads all from the beginning" };
    },
    "groups.migrate[0].unread.from",
    'found "earliest", but the records are not copied to the target, where group "foo-consumer" would begin; allowed: latest; let it read and commit them on the source',
  ],
  [
    "positions of a consumer whose twin begins at the beginning",
    (raw) => {
      dualConsume(raw);
      raw.workloads.find(({ role }: Raw) => role === "consumer").positions = "own";
    },
    "workloads[5].positions",
    'found "own", but its twin begins at the beginning of the target, so there are no positions to translate; allowed: group',
  ],
  [
    "a mirror in dual-consume",
    (raw) => {
      dualConsume(raw);
      raw.persistedData = "mirrored";
    },
    "persistedData",
    'found "mirrored", but dual-consume reads the records on the source and copies nothing; allowed: none',
  ],
  [
    "a way back in dual-consume",
    (raw) => {
      dualConsume(raw);
      raw.wayBack = "mirrored";
    },
    "wayBack",
    'found "mirrored", but dual-consume copies nothing; allowed: none',
  ],
  [
    "a way back of a mirror that copies at least once",
    (raw) => {
      raw.wayBack = "mirrored";
      raw.mirror.exactlyOnce = false;
    },
    "wayBack",
    'found "mirrored" with mirror.exactlyOnce false: a mirror that copies a record twice has no exact way back; allowed: none',
  ],
  [
    "no Connect cluster where records are copied",
    (raw) => delete raw.connect,
    "connect",
    "missing; required by producers-first; name the Connect cluster that copies the records",
  ],
  [
    "a Connect cluster where nothing is copied",
    (raw) => {
      const { connect } = raw;
      unmirrored(raw);
      Object.assign(raw, { persistedData: "none", connect });
    },
    "connect",
    "there is no mirror in producers-first with persistedData none, so nothing uses it; remove it",
  ],
  [
    "a consumer without a twin",
    (raw) => {
      dualConsume(raw);
      delete raw.workloads.find(({ name }: Raw) => name === "bar-consumer").twin;
    },
    "workloads[6].twin",
    'missing; required by dual-consume, in which "bar-consumer" continues to read the source; name the same application for the target',
  ],
  [
    "a twin where consumers move themselves",
    (raw) => (raw.workloads[5].twin = { name: "x", bootstrap: { configMap: "x", key: "at" } }),
    "workloads[5].twin",
    'found in producers-first, in which "foo-consumer" itself moves; allowed in dual-consume only; remove it',
  ],
  [
    "a twin that is another workload",
    (raw) => {
      dualConsume(raw);
      raw.workloads[5].twin.name = "bar-consumer";
    },
    "workloads[5].twin.name",
    'found "bar-consumer", which is already another workload; allowed: a separate object',
  ],
  [
    "a twin that reads its consumer's address",
    (raw) => {
      dualConsume(raw);
      raw.workloads[5].twin.bootstrap = raw.workloads[5].bootstrap;
    },
    "workloads[5].twin.bootstrap",
    "found a key that another workload reads, but a twin reads the target in every phase; give it another key",
  ],
  [
    "redelivery where no group moves before it has read everything",
    (raw) => (raw.groups.allowRedelivery = [{ name: "foo-consumer", reason: "it is idempotent" }]),
    "groups.allowRedelivery[0]",
    "found in producers-first, in which no group moves before it has read everything; remove it",
  ],
  [
    "redelivery of a group that does not move",
    (raw) => {
      raw.strategy = "consumers-first";
      raw.groups.allowRedelivery = [{ name: "nobody", reason: "it is idempotent" }];
    },
    "groups.allowRedelivery[0].name",
    '"nobody" is not among the migrated groups; allowed: foo-consumer, bar-consumer, orders-consumer, profiles-consumer',
  ],
  [
    "stragglers of a topic that is not migrated",
    (raw) => (raw.stragglers = [{ topic: "other", partition: 0, to: 9, reason: "a batch job" }]),
    "stragglers[0].topic",
    '"other" is not among the migrated topics; allowed: foo, bar, orders, profiles, payments, empty, history',
  ],
  [
    "stragglers of a partition that is not there",
    (raw) => (raw.stragglers = [{ topic: "history", partition: 1, to: 9, reason: "a batch job" }]),
    "stragglers[0].partition",
    'found 1; allowed: 0 to 0, the partitions of "history"',
  ],
  [
    "gaps of one partition twice",
    (raw) => (raw.gaps = [9, 12].map((to) => ({ topic: "history", partition: 0, to, reason: "nothing but markers" }))),
    "gaps[1]",
    '"history" partition 0 is named twice; name it once, with the later offset',
  ],
  [
    "a row that the order does not have",
    (raw) => {
      dualConsume(raw);
      raw.startAt = { row: "mirror", reason: "done by hand" };
    },
    "startAt.row",
    'found "mirror", which is not a phase of dual-consume; allowed: prepare, consume-both, move-producers, drain-source, validate, retire, cleanup',
  ],
];
