import assert from "node:assert/strict";
import { Outgoing } from "../bench/fakes/wire.ts";
import { readAnswer } from "../runtime/brokers/fetch.ts";
import { sampleRecords } from "../runtime/brokers/sample.ts";
import type { Cluster } from "../runtime/brokers/connection.ts";
import { oldLogs } from "./support/old-logs.ts";
import { recordBatch } from "./support/record-batches.ts";

/** An answer with one partition, as a broker encodes it in a version of Fetch. */
function answer(version: number, records: Buffer, end: bigint, errorCode = 0): Buffer {
  const compact = version >= 12;
  const out = new Outgoing();
  const list = (items: readonly number[], each: (item: number) => void): void =>
    void (compact ? out.list(items, each) : out.plainList(items, each));
  out.int32(0);
  if (version >= 7) out.int16(0).int32(0);
  list([0], () => {
    if (compact) out.compact("orders");
    else out.text("orders");
    list([0], (partition) => {
      out.int32(partition).int16(errorCode).int64(end).int64(end);
      if (version >= 5) out.int64(0n);
      list([0], () => out.int64(7n).int64(3n));
      if (version >= 11) out.int32(-1);
      if (compact) out.varint(records.length + 1);
      else out.int32(records.length);
      out.raw(records);
    });
  });
  if (compact) out.tags();
  return out.bytes();
}

describe("an answer of Fetch", () => {
  const records = Buffer.concat([
    Buffer.from(oldLogs["format 1 gzip"], "base64"),
    recordBatch([{ key: "k", value: "v", timestamp: 5 }]),
  ]);
  for (const version of [4, 5, 6, 7, 8, 9, 10, 11, 12]) {
    it(`is read in version ${version}, whatever the formats in it`, () => {
      const { errorCode, topics } = readAnswer(answer(version, records, 9n), version);
      assert.equal(errorCode, 0);
      const [partition] = topics[0]!.partitions;
      assert.equal(topics[0]!.name, "orders");
      assert.deepEqual(
        { ...partition, batches: partition!.batches.map(({ magic }) => magic) },
        {
          partitionIndex: 0,
          errorCode: 0,
          highWatermark: 9n,
          lastStableOffset: 9n,
          abortedTransactions: [{ producerId: 7n, firstOffset: 3n }],
          batches: [1, 1, 1, 1, 2],
        },
      );
    });
  }

  it("tells a partition's error instead of rejecting", () => {
    const { topics } = readAnswer(answer(12, Buffer.alloc(0), -1n, 3), 12);
    assert.deepEqual(
      topics[0]!.partitions.map(({ errorCode, batches }) => [errorCode, batches.length]),
      [[3, 0]],
    );
  });
});

describe("a sample of records", () => {
  /** A cluster of one broker that speaks as Kafka 2.8 and holds these records in orders[0]. */
  function holding(records: Buffer, end: number): Cluster {
    const newest: Record<number, number> = { 1: 11, 2: 6 };
    const connection = {
      send: (
        api: number,
        version: number,
        create: () => { readonly buffer: Buffer },
        parse: unknown,
        ...rest: unknown[]
      ) => {
        const done = rest.at(-1) as (error: Error | null, answer?: unknown) => void;
        const request = create().buffer;
        if (api === 18) {
          const apiKeys = Object.entries(newest).map(([key, max]) => ({
            apiKey: Number(key),
            minVersion: 0,
            maxVersion: max,
          }));
          return done(null, { apiKeys });
        }
        assert.equal(version, newest[api]);
        if (api === 2) {
          // The request's timestamp: -2 asks for the start.
          const start = request.includes(Buffer.from("fffffffffffffffe", "hex"));
          const partitions = [{ partitionIndex: 0, errorCode: 0, offset: BigInt(start ? 0 : end) }];
          return done(null, { topics: [{ name: "orders", partitions }] });
        }
        const read = parse as (correlation: number, key: number, version: number, answer: Buffer) => unknown;
        return done(null, read(0, api, version, answer(version, records, BigInt(end))));
      },
    };
    return {
      endpoint: { side: "source", bootstrap: ["127.0.0.1:1"], protocol: "PLAINTEXT" },
      brokerIds: [1],
      broker: async () => connection,
      name: (id: number) => `${id} of the source`,
      describe: async () => ({
        clusterId: "S",
        brokers: new Map(),
        topics: new Map([["orders", { errorCode: 0, id: "a", replicas: [1], leaders: [1] }]]),
      }),
    } as unknown as Cluster;
  }
  const sample = async (records: Buffer, end: number) =>
    (
      await sampleRecords(holding(records, end), [{ topic: "orders", partition: 0, start: 0n, stable: BigInt(end) }])
    ).get("orders");

  it("says what the records are like", async () => {
    const value = "x".repeat(2_000_000);
    const records = recordBatch(
      [
        { key: "k0", value, timestamp: 1_700_000_000_000 },
        { value: "small", timestamp: -1 },
        { key: "k2", value: "small", timestamp: 1_800_000_000_000 },
        { key: "k3", value: "small", timestamp: -62_135_596_800_000 },
      ],
      { gzip: true },
    );
    assert.ok(records.length < 100_000);
    assert.deepEqual(await sample(records, 4), {
      ...{ records: 4, largestBytes: 2_000_002, oldest: 1_700_000_000_000, newest: 1_800_000_000_000 },
      ...{ withoutTimestamp: 1, before1970: 1, withoutKey: 1, appendTime: 0, compressed: 4, formerFormat: 0 },
      // What gzip leaves of two megabytes of one letter, and the batch's own header.
      compressedBytes: { plain: 2_000_021 + 4 * 8, stored: records.length - 12 },
    });
  });

  it("knows records of the former formats", async () => {
    const found = await sample(Buffer.from(oldLogs["format 0 lz4"], "base64"), 4);
    assert.deepEqual(
      [found?.records, found?.formerFormat, found?.withoutTimestamp, found?.withoutKey, found?.oldest],
      [4, 4, 4, 1, null],
    );
  });
});
