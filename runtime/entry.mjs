// The package, once it is known that the Node on PATH reads TypeScript: `pulumi destroy` starts the host of the dynamic
// providers alone, not the program, whose entry says the same. Every value that index.ts exports is named here, since
// what a module exports must be known before it runs; test/entry.test.ts compares.
import process from "node:process";
import { isNewEnough, nodeWanted } from "../scripts/node.mjs";

const { node } = process.versions;
if (!isNewEnough(node))
  throw new Error(nodeWanted(`pulumi runs its dynamic providers with Node ${node}, the first on PATH`));

export const {
  answer,
  closedTopics,
  concerns,
  connectVersion,
  deleteMirrorTopics,
  deleteOwnSecret,
  endToEnd,
  everybody,
  groupsToLock,
  isSomebodys,
  marksOf,
  moveName,
  moveTitle,
  oldestUnread,
  probeBrokers,
  provider,
  reachBrokers,
  readCluster,
  readDependents,
  readKafkaObject,
  readLevels,
  readLoad,
  readLogin,
  readPins,
  readRelease,
  readTopicMarks,
  reads,
  replicasToRestore,
  sampleRecords,
  scopeOfWave,
  scopeOfWaves,
  superUsersOf,
  topicsBegun,
  topicsToLock,
  withCluster,
  writes,
} = await import("./index.ts");
