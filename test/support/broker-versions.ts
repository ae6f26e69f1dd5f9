/** Versions of the program's requests that brokers take, as their releases' own message files and services say. */
import type { ClusterMode } from "@kafka-migration/kafka";
import type { requests } from "../../runtime/brokers/requests.ts";

export interface BrokerVersions {
  /** By Kafka's number of the request. */
  readonly takes: Readonly<Record<number, readonly [min: number, max: number]>>;
  /** Requests of the program that it has in no version, or that no document lists. */
  readonly lacks: readonly (keyof typeof requests)[];
  readonly is: readonly [speaks: string | null, mode: ClusterMode | null];
}

/** Fetch, ListOffsets, Metadata, OffsetFetch, FindCoordinator, DescribeGroups, ListGroups. */
const reading = (...max: readonly [number, number, number, number, number, number, number]) =>
  Object.fromEntries([1, 2, 3, 9, 10, 15, 16].map((key, at) => [key, [0, max[at]!] as const]));

const versions = (ranges: Record<number, number>) =>
  Object.fromEntries(Object.entries(ranges).map(([key, max]) => [key, [0, max] as const]));

export const brokers = {
  "Kafka 2.4 with ZooKeeper": {
    takes: {
      ...reading(11, 5, 9, 6, 3, 5, 3),
      ...versions({
        8: 8,
        19: 5,
        20: 4,
        37: 1,
        44: 1,
        45: 0,
        46: 0,
        47: 0,
        6: 6,
        18: 3,
        29: 1,
        30: 1,
        31: 1,
        32: 2,
        35: 1,
      }),
    },
    lacks: [
      "consumerGroupDescribe",
      "describeUserScramCredentials",
      "describeClientQuotas",
      "alterClientQuotas",
      "describeCluster",
      "describeQuorum",
      "listTransactions",
      "offsetFetch",
    ],
    is: ["2.4", "zookeeper"],
  },
  "Kafka 2.8 with ZooKeeper": {
    takes: {
      ...reading(12, 6, 11, 7, 3, 5, 4),
      ...versions({
        8: 8,
        19: 7,
        20: 6,
        37: 3,
        44: 1,
        45: 0,
        46: 0,
        47: 0,
        6: 7,
        18: 3,
        29: 2,
        30: 2,
        31: 2,
        32: 4,
        35: 2,
        48: 1,
        49: 1,
        50: 0,
        60: 0,
      }),
    },
    lacks: ["consumerGroupDescribe", "describeQuorum", "listTransactions"],
    is: ["2.8", "zookeeper"],
  },
  "Kafka 3.3 with ZooKeeper": {
    takes: {
      ...reading(13, 7, 12, 8, 4, 5, 4),
      ...versions({
        8: 8,
        19: 7,
        20: 6,
        37: 3,
        44: 1,
        45: 0,
        46: 0,
        47: 0,
        6: 7,
        18: 3,
        29: 3,
        30: 3,
        31: 3,
        32: 4,
        35: 4,
        48: 1,
        49: 1,
        50: 0,
        60: 0,
        66: 0,
      }),
    },
    lacks: ["consumerGroupDescribe", "describeQuorum"],
    is: ["3.3", "zookeeper"],
  },
  "Kafka 3.3 with KRaft": {
    takes: {
      ...reading(13, 7, 12, 8, 4, 5, 4),
      ...versions({
        8: 8,
        19: 7,
        20: 6,
        37: 3,
        44: 1,
        45: 0,
        46: 0,
        47: 0,
        18: 3,
        29: 3,
        30: 3,
        31: 3,
        32: 4,
        35: 4,
        48: 1,
        49: 1,
        55: 1,
        60: 0,
        66: 0,
      }),
    },
    lacks: ["consumerGroupDescribe", "describeUserScramCredentials"],
    is: ["3.3", "kraft"],
  },
  "Kafka 3.9 with ZooKeeper": {
    takes: {
      ...reading(17, 9, 12, 9, 6, 5, 5),
      ...versions({
        8: 9,
        19: 7,
        20: 6,
        37: 3,
        44: 1,
        45: 0,
        46: 0,
        47: 0,
        6: 8,
        18: 4,
        29: 3,
        30: 3,
        31: 3,
        32: 4,
        35: 4,
        48: 1,
        49: 1,
        50: 0,
        60: 1,
        66: 1,
        69: 0,
      }),
    },
    lacks: ["describeQuorum"],
    is: ["3.9", "zookeeper"],
  },
  "Kafka 4.2": {
    takes: {
      ...reading(18, 11, 13, 10, 6, 6, 5),
      ...{ 1: [4, 18], 2: [1, 11], 9: [1, 10], 29: [1, 3], 30: [1, 3], 31: [1, 3], 32: [1, 4], 35: [1, 4] },
      ...{ 8: [2, 10], 19: [2, 7], 20: [1, 6] },
      ...versions({ 37: 3, 44: 1, 45: 1, 46: 0, 47: 0, 18: 4, 48: 1, 49: 1, 50: 0, 55: 2, 60: 2, 66: 2, 69: 1 }),
    },
    lacks: [],
    is: ["4.2", "kraft"],
  },
  // Of the services below nobody has recorded in which versions they delete topics and reassign replicas.
  "Redpanda 24.3": {
    takes: {
      ...reading(11, 4, 8, 7, 3, 5, 4),
      ...{ 1: [4, 11], 9: [1, 7] },
      ...versions({ 8: 8, 19: 5, 37: 1, 44: 0, 47: 0, 18: 3, 29: 2, 30: 2, 31: 2, 32: 4, 35: 2, 48: 1, 49: 1 }),
    },
    lacks: [
      "alterPartitionReassignments",
      "deleteTopics",
      "listPartitionReassignments",
      "consumerGroupDescribe",
      "describeUserScramCredentials",
      "describeCluster",
      "describeQuorum",
      "listTransactions",
    ],
    is: ["2.6", null],
  },
  "MSK Serverless": {
    takes: {
      ...{ 1: [10, 12], 2: [5, 6], 3: [7, 11], 9: [5, 7], 10: [2, 3], 15: [2, 5], 16: [2, 4], 18: [2, 3] },
      ...{ 8: [6, 8], 19: [3, 7] },
      ...versions({ 29: 2, 30: 2, 31: 2, 32: 4, 60: 0 }),
    },
    lacks: [
      "alterPartitionReassignments",
      "deleteTopics",
      "listPartitionReassignments",
      "offsetDelete",
      "incrementalAlterConfigs",
      "createPartitions",
      "consumerGroupDescribe",
      "describeLogDirs",
      "describeUserScramCredentials",
      "describeClientQuotas",
      "alterClientQuotas",
      "describeQuorum",
      "listTransactions",
    ],
    is: ["2.8", null],
  },
  "Azure Event Hubs": {
    takes: {
      ...reading(6, 8, 5, 8, 4, 5, 4),
      ...{ 1: [4, 6] },
      ...versions({ 8: 8, 37: 1, 18: 3, 32: 2 }),
    },
    lacks: [
      "alterPartitionReassignments",
      "deleteTopics",
      "listPartitionReassignments",
      "offsetDelete",
      "incrementalAlterConfigs",
      "createTopics",
      "metadataRights",
      "consumerGroupDescribe",
      "describeAcls",
      "createAcls",
      "deleteAcls",
      "describeLogDirs",
      "describeUserScramCredentials",
      "describeClientQuotas",
      "alterClientQuotas",
      "describeCluster",
      "describeQuorum",
      "listTransactions",
    ],
    is: ["3.5", null],
  },
} as const satisfies Record<string, BrokerVersions>;

export type BrokerName = keyof typeof brokers;
