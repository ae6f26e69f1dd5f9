import type { TrafficSet } from "./workloads.ts";

/** The applications of a shop before its move to a vendor, each with a user of its own and exactly its rights. */
export const vendorTraffic: TrafficSet = {
  producers: [
    { role: "producer", name: "foo-producer", writes: [{ topic: "foo", percent: 30, keys: 60 }] },
    {
      role: "producer",
      name: "payments-producer",
      writes: [{ topic: "payments", percent: 20, keys: 40 }],
      transactional: true,
    },
    { role: "producer", name: "sales-producer", writes: [{ topic: "sales", percent: 50, keys: 120 }], avro: true },
  ],
  consumers: [
    { role: "consumer", name: "foo-consumer", group: "foo-consumer", reads: ["foo"], replicas: 1 },
    { role: "consumer", name: "payments-consumer", group: "payments-consumer", reads: ["payments"], replicas: 1 },
    { role: "consumer", name: "sales-consumer", group: "sales-consumer", reads: ["sales"], replicas: 2, avro: true },
  ],
  compactedTopics: [],
};
