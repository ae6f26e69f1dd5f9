/** Why gates are closed. */

/**
 * What closes several gates, or any; what closes one gate alone is in that gate's file (`causes`). A sentence is for people;
 * whoever decides or counts does so by its cause. Each has a row in `test/remedies.test.ts`, where what the sentence advises is
 * done and opens the gate.
 */
export const causes = [
  // Readings.
  ...(["not-measured", "not-counted", "nothing-measured", "one-reading", "one-cluster", "topic-missing"] as const),
  // Topics, by id and by what they hold.
  ...(["recreated-on-source", "recreated-on-target", "target-topic-missing", "target-holds-records"] as const),
  ...(["topic-differs"] as const),
  // The ledger and the source.
  ...(["no-switch-recorded", "other-source-cluster", "source-shorter", "gone-from-source", "source-grew"] as const),
  ...(["straggler-past-end", "too-soon"] as const),
  // The mirror.
  ...(["mirror-not-running", "no-connector", "copied-twice", "overtaken", "left-to-mirror", "held-back"] as const),
  ...(["past-the-end"] as const),
  // Groups.
  ...(["group-pending", "group-behind", "not-placeable"] as const),
  ...(["positions-unsaid", "positions-unapplied", "partition-not-its-own"] as const),
  ...(["external-consumer-stays", "external-producer-stays"] as const),
  // Rights and schemas.
  ...(["right-lost", "schemas-lacking-since-move"] as const),
  // Pega.
  ...(["unattested", "attestation-doubted", "not-drained", "no-external-stream"] as const),
] as const;

export type Cause = (typeof causes)[number];
