/** Measures Kafka and acts on workloads, connectors and offsets; called at run time by Pulumi's dynamic resources. */
export type * from "../gates/inputs.ts";
export type { Condition, GateName } from "../gates/index.ts";
export type * from "./brokers/network.ts";
export type * from "./model/cluster-reading.ts";
export type * from "./model/connector-refs.ts";
export type * from "./model/gates.ts";
export type * from "./model/inputs.ts";
export type * from "./model/ledger.ts";
export type * from "./model/looking.ts";
export type * from "./model/pega.ts";
export type * from "./model/programs.ts";
export type * from "./model/record-sample.ts";
export type * from "./model/rights.ts";
export type * from "./model/scope.ts";
export type * from "./model/sides.ts";
export type * from "./model/workloads.ts";
export type { Cluster } from "./brokers/connection.ts";
export type { RunningRelease } from "./pega/release.ts";
export type { StreamSecretInputs } from "./pega/stream-secret.ts";
export type { Question } from "./rights/access.ts";

/** What the dynamic resources run. */
export { provider, type ResourceType } from "./resources/provider.ts";

/** Called on delete by resources that version 0.1 made: Pulumi deletes by the text that lies in a stack's state. */
export { deleteOwnSecret } from "./kubernetes/secrets.ts";
export { deleteMirrorTopics } from "./switch/mirror-topics.ts";

/** What the program reads before it registers anything. */
export { readRelease } from "./pega/release.ts";
export { replicasToRestore } from "./pega/replicas.ts";

/** What `npm run assess` reads. */
export { oldestUnread } from "./brokers/age.ts";
export { readCluster } from "./brokers/cluster.ts";
export { withCluster } from "./brokers/connection.ts";
export { endToEnd, type EndToEnd } from "./brokers/end-to-end.ts";
export { readLoad } from "./brokers/load.ts";
export { reachBrokers } from "./brokers/network.ts";
export { sampleRecords } from "./brokers/sample.ts";
export { superUsersOf } from "./brokers/rights.ts";
export { connectVersion, probeBrokers } from "./connect/probe.ts";
export { groupsToLock, isSomebodys, topicsToLock } from "./inventory/locked.ts";
export { readLevels, type LevelsReading } from "./registry/levels.ts";
export { readLogin } from "./kubernetes/kubernetes.ts";
export { readDependents, readKafkaObject } from "./kubernetes/operator.ts";
export { readPins } from "./topics/pins.ts";
export { marksOf, readTopicMarks } from "./topics/topic-ownership.ts";
export { topicsBegun } from "./topics/together-port.ts";
export { answer, concerns, everybody } from "./rights/access.ts";

/** What the program asks about moves. */
export { moveName, moveTitle, reads, writes } from "./model/workloads.ts";
export { closedTopics, scopeOfWave, scopeOfWaves } from "./model/waves.ts";
