import type { TrafficSet } from "./workloads.ts";

/** A topic with its number of partitions. */
export interface TopicPartitions {
  readonly topic: string;
  readonly numPartitions: number;
  /** @default false */
  readonly compacted?: boolean;
}

/** The topics of the twelve applications. Those that a service reads and writes have as many partitions. */
export const applicationTopics: readonly TopicPartitions[] = [
  { topic: "carts", numPartitions: 2 },
  { topic: "reserved", numPartitions: 2 },
  { topic: "paid", numPartitions: 2 },
  { topic: "readings", numPartitions: 2 },
  { topic: "cleaned", numPartitions: 2 },
  { topic: "enrich-by-key-repartition", numPartitions: 2 },
  { topic: "enrich-totals-changelog", numPartitions: 2, compacted: true },
  { topic: "enriched", numPartitions: 2 },
  { topic: "events", numPartitions: 3 },
  { topic: "notes", numPartitions: 1 },
];

/**
 * Twelve applications of a shop. `stock` and `pay` read what the other writes, one of them in transactions; `clean`,
 * `enrich` and `store-consumer` are a chain, of which `enrich` has the internal topics of Kafka Streams; `events` has two
 * writers.
 */
export const applicationTraffic: TrafficSet = {
  producers: [
    {
      role: "producer",
      name: "web-producer",
      writes: [
        { topic: "carts", percent: 25, keys: 40 },
        { topic: "events", percent: 15, keys: 30 },
      ],
      keyPrefix: "web-",
    },
    { role: "producer", name: "app-producer", writes: [{ topic: "events", percent: 15, keys: 30 }], keyPrefix: "app-" },
    { role: "producer", name: "sensor-producer", writes: [{ topic: "readings", percent: 30, keys: 40 }] },
    {
      role: "producer",
      name: "notes-producer",
      writes: [{ topic: "notes", percent: 15, keys: 20 }],
      transactional: true,
    },
  ],
  services: [
    {
      role: "both",
      name: "stock",
      group: "stock",
      reads: ["carts", "paid"],
      routes: [{ from: "carts", to: "reserved" }],
    },
    {
      role: "both",
      name: "pay",
      group: "pay",
      reads: ["reserved"],
      routes: [{ from: "reserved", to: "paid" }],
      transactional: true,
    },
    {
      role: "both",
      name: "clean",
      group: "clean",
      reads: ["readings"],
      routes: [{ from: "readings", to: "cleaned" }],
      transactional: true,
    },
    {
      role: "both",
      name: "enrich",
      group: "enrich",
      reads: ["cleaned", "enrich-by-key-repartition"],
      routes: [
        { from: "cleaned", to: "enrich-by-key-repartition" },
        { from: "enrich-by-key-repartition", to: "enrich-totals-changelog" },
        { from: "enrich-by-key-repartition", to: "enriched" },
      ],
      transactional: true,
      streams: { repartition: "enrich-by-key-repartition" },
    },
  ],
  consumers: [
    { role: "consumer", name: "store-consumer", group: "store-consumer", reads: ["enriched"], replicas: 1 },
    { role: "consumer", name: "events-consumer", group: "events-consumer", reads: ["events"], replicas: 1 },
    {
      role: "consumer",
      name: "orders-consumer",
      group: "orders-consumer",
      reads: ["reserved", "paid"],
      replicas: 2,
      kind: "StatefulSet",
    },
    { role: "consumer", name: "notes-consumer", group: "notes-consumer", reads: ["notes", "carts"], replicas: 1 },
  ],
  compactedTopics: [],
};
