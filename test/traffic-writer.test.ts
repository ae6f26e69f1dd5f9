import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type Kafka, type Message, type ProducerRecord, type RecordMetadata } from "../lab/kafkajs.ts";
import { TrafficLog } from "../lab/traffic/log-lines.ts";
import { Sequences } from "../lab/traffic/sequences.ts";
import { sendInterval, Writer, type WriterTopic } from "../lab/traffic/writer.ts";

const partitionCount = 3;
const partitioner = kafkajs.Partitioners.DefaultPartitioner();
const partitionMetadata = Array.from({ length: partitionCount }, (_, partitionId) => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 1,
  replicas: [1],
  isr: [1],
}));

/** One send as it reached the producer. */
interface Sent {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly messages: readonly Message[];
  /** Number of its transaction, from 1; 0 outside of one. */
  readonly transaction: number;
}

/** As much of kafkajs as a writer uses: keeps what is sent, and fails if a send begins before the last has ended. */
function fakeKafka(sent: Sent[], aborted: number[]): Kafka {
  let busy = false;
  let transactions = 0;
  const send =
    (transaction: number) =>
    async ({ topic, messages }: ProducerRecord): Promise<RecordMetadata[]> => {
      assert.equal(busy, false, "a send began before the last was answered");
      busy = true;
      await sleep(5);
      busy = false;
      const partitions = [...new Set(messages.map((message) => partitioner({ topic, partitionMetadata, message })))];
      sent.push({ topic, partitions, messages, transaction });
      return partitions.map((partition) => ({ topicName: topic, partition, errorCode: 0, baseOffset: "0" }));
    };
  const nothing = () => Promise.resolve();
  const begin = (number: number) => ({
    send: send(number),
    commit: nothing,
    abort: () => Promise.resolve(aborted.push(number)),
  });
  const producer = {
    connect: nothing,
    disconnect: nothing,
    send: send(0),
    transaction: () => Promise.resolve(begin((transactions += 1))),
  };
  const fetchTopicMetadata = ({ topics }: { topics: string[] }) =>
    Promise.resolve({ topics: topics.map((name) => ({ name, partitions: partitionMetadata })) });
  const admin = { connect: nothing, disconnect: nothing, fetchTopicMetadata };
  return { producer: () => producer, admin: () => admin } as unknown as Kafka;
}

/** Runs a writer of these topics on a log of its own. */
async function write(
  topics: readonly WriterTopic[],
  transactionalId: string | undefined,
  use: (writer: Writer, sent: readonly Sent[], log: () => string[], aborted: readonly number[]) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), "writer-"));
  const sent: Sent[] = [];
  const aborted: number[] = [];
  const kafka = fakeKafka(sent, aborted);
  const log = new TrafficLog(directory, "pod");
  const sequences = Sequences.recover(directory);
  const writer = new Writer({ kafka, log, sequences, topics, transactionalId, tombstoneEvery: 0 });
  try {
    await writer.connect();
    await use(writer, sent, () => readFileSync(path.join(directory, "pod.log"), "utf8").trim().split("\n"), aborted);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const sizeOf = (sends: readonly Sent[]): number => sends.reduce((sum, { messages }) => sum + messages.length, 0);

describe("a writer of the traffic", () => {
  it("writes its rate with one send per topic and step", () => {
    const dueSince = (begun: number): number => 1 + ((performance.now() - begun) * 400) / 1000;
    const beforeConnecting = performance.now();
    return write(
      [
        { topic: "orders", rate: 400, keys: 240 },
        { topic: "history", rate: 20, keys: 5 },
      ],
      undefined,
      async (writer, sent) => {
        const begun = performance.now();
        for (let step = 0; step < 5; step += 1) {
          await writer.step();
          await sleep(sendInterval.plain);
        }
        const least = Math.floor(dueSince(begun));
        await writer.step();
        const written = sizeOf(sent.filter(({ topic }) => topic === "orders"));
        const most = dueSince(beforeConnecting);
        assert.ok(written >= least && written <= most, `${written} records, ${least} to ${most} are due`);
        assert.equal(sent.length, 12);
      },
    );
  });

  it("sends to one partition at a time, to each in turn, and numbers every key's records in order", () =>
    write([{ topic: "orders", rate: 1_000, keys: 60 }], undefined, async (writer, sent, log) => {
      for (let step = 0; step < 6; step += 1) {
        await writer.step();
        await sleep(60);
      }
      assert.deepEqual(
        sent.map(({ partitions }) => partitions.length),
        [1, 1, 1, 1, 1, 1],
      );
      assert.equal(new Set(sent.slice(0, partitionCount).map(({ partitions }) => partitions[0])).size, partitionCount);
      const last = new Map<string, number>();
      const acknowledged = log().filter((line) => line.startsWith("ack\t"));
      assert.equal(acknowledged.length, sizeOf(sent));
      for (const line of acknowledged) {
        const [, , , , , key = "", seq] = line.split("\t");
        assert.equal(Number(seq), (last.get(key) ?? 0) + 1, key);
        last.set(key, Number(seq));
      }
    }));

  it("sends at once, so that it is known soon whether it can", () =>
    write([{ topic: "history", rate: 1, keys: 5 }], undefined, async (writer) => {
      assert.equal(await writer.step(), 1);
      assert.equal(await writer.step(), 0);
    }));

  it("splits what is due into sends that a broker takes, and makes up for a second at most", () =>
    write([{ topic: "orders", rate: 2_000, keys: 240 }], undefined, async (writer, sent) => {
      await sleep(1_200);
      const written = await writer.step();
      assert.ok(written >= 2_000 && written <= 2_001, `${written} records`);
      assert.ok(sent.length >= 4 && sent.every(({ messages }) => messages.length <= 500));
    }));

  it("spans all partitions with each transaction, and logs every tenth as aborted", () =>
    write([{ topic: "payments", rate: 300, keys: 40 }], "payments", async (writer, sent, log, aborted) => {
      for (let step = 0; step < 11; step += 1) {
        await writer.step();
        await sleep(30);
      }
      const transactions = Map.groupBy(sent, ({ transaction }) => transaction);
      assert.equal(transactions.size, 11);
      for (const [number, sends] of transactions) {
        if (number === 1) continue; // of the first record alone
        assert.deepEqual(sends.flatMap(({ partitions }) => partitions).sort(), [0, 1, 2]);
      }
      const count = (event: string): number => log().filter((line) => line.startsWith(`${event}\t`)).length;
      assert.deepEqual(aborted, [10]);
      assert.equal(count("abort"), partitionCount);
      assert.equal(count("ack"), sizeOf(sent) - sizeOf(transactions.get(10) ?? []));
    }));
});
