/** Measures Kafka and acts on workloads, connectors and offsets; called at run time by Pulumi's dynamic resources. */
export * from "./types.ts";
export { glanceClients, glanceCredentials, readCredentials } from "./credentials.ts";
export { glance, hold } from "./gate.ts";
export { readBasicAuth, readSecret } from "./kubernetes.ts";
export { behindLedger, ledgerPending, recordLedger } from "./ledger-row.ts";
export { liveEntry, parseEntry } from "./ledger-text.ts";
export { readLedger } from "./ledger.ts";
export { ensureMirror, strayed } from "./mirror-state.ts";
export { deleteMirrorTopics } from "./mirror-topics.ts";
export { waitReady } from "./ready.ts";
export { deleteOwnSecret, generateSecret, writeConnectorConfig } from "./secrets.ts";
export { markTopics, marksLost, readTopicMarks } from "./topic-marks.ts";
export { claimedBy, ensureNamespace, glanceClaimed } from "./standing.ts";
export { shrunkTopics } from "./shrinking.ts";
export { announceSwitch, switchOver } from "./switch.ts";
export { fencedNow, start } from "./workloads.ts";
