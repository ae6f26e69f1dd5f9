/** Why gates are closed. */

/**
 * Everything that closes a gate. A sentence is for people; whoever decides or counts does so by its cause. Each has a row in
 * `test/remedies.test.ts`, where what the sentence advises is done and opens the gate.
 */
export const causes = [
  // Readings.
  ...(["not-measured", "not-counted", "nothing-measured", "one-reading", "one-cluster", "topic-missing"] as const),
  // Topics, by id and by what they hold.
  ...(["recreated-on-source", "recreated-on-target", "target-topic-missing", "target-holds-records"] as const),
  ...(["target-records-foreign", "topic-differs", "inventory-differs"] as const),
  // The target by itself.
  ...(["broker-away", "partition-offline", "under-replicated", "disk-full", "target-too-small"] as const),
  // The ledger and the source.
  ...(["no-switch-recorded", "other-source-cluster", "source-shorter", "gone-from-source", "source-grew"] as const),
  ...(["straggler-past-end", "too-soon", "source-unconfirmed"] as const),
  ...(["source-not-retired", "source-started-again", "source-still-used", "way-back-open"] as const),
  // The mirror.
  ...(["mirror-not-running", "no-connector", "copied-twice", "overtaken", "left-to-mirror", "held-back"] as const),
  ...(["past-the-end", "source-grows", "newest-differ", "not-compared", "tombstones-at-risk"] as const),
  // The way back.
  ...(["way-back-not-open", "source-not-writable", "source-would-refuse", "retention-short"] as const),
  // Groups.
  ...([
    "group-pending",
    "group-behind",
    "not-placeable",
    "group-not-placed",
    "offset-missing",
    "offset-before-placed",
  ] as const),
  ...(["no-members", "group-rebalances", "group-stuck"] as const),
  ...(["positions-unsaid", "positions-unapplied", "partition-not-its-own"] as const),
  ...(["external-consumer-absent", "external-consumer-stays", "external-producer-stays"] as const),
  ...(["producer-silent"] as const),
  // Rights, connectors, schemas.
  ...(["principal-unknown", "right-lost", "user-refused", "connector-unfit"] as const),
  ...(["path-untried", "path-broken", "path-slow"] as const),
  ...(["registry-taken", "registry-cannot-import", "schemas-unordered", "schemas-differ"] as const),
  ...(["schemas-lacking-since-move", "record-undecodable"] as const),
  // Pega.
  ...(["cluster-unfit", "names-taken", "unattested", "attestation-doubted", "not-drained", "flow-behind"] as const),
  ...(["queue-waiting", "no-queue", "no-release", "not-deployed", "no-external-stream", "volumes-misnamed"] as const),
  ...(["tier-runs", "tier-unready", "no-tier", "no-topic", "nothing-grows", "no-readers", "nothing-read"] as const),
] as const;

export type Cause = (typeof causes)[number];
