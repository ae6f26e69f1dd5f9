import type { EachBatchHandler, KafkaMessage, Message, Producer, RecordMetadata, Transaction } from "kafkajs";
import type { HeldBack } from "./hold-back.ts";
import { now, recordList, type TrafficLog } from "./log-lines.ts";
import { randomPayload, verify } from "./payload.ts";
import { partitionTime } from "./streams-time.ts";

/** Most records of one send: far from a megabyte, beyond which brokers refuse it. */
const maxSend = 500;

/** Every so many-th transaction is aborted and made again. */
const abortEvery = 10;

/** Milliseconds that a partition rests whose records are held back. */
const restFor = 500;

export interface TransformOptions {
  readonly log: TrafficLog;
  readonly heldBack: HeldBack;
  readonly producer: Producer;
  /** The topics that are written for each topic that is read; what is missing here is only read. */
  readonly routes: ReadonlyMap<string, readonly string[]>;
  /** The group whose offsets are part of each transaction; undefined where kafkajs commits them after the batch. */
  readonly transactionalGroup: string | undefined;
  /** Whether it commits the partition's time beside each offset, as Kafka Streams does. Needs transactions. @default false */
  readonly keepsTime?: boolean;
}

/**
 * Writes one record for each that is read, of the same key, number and partition. Needs `eachBatchAutoResolve: false`,
 * and `autoCommit: false` with transactions. Read and acknowledged records are logged once the transaction is
 * committed, so one that was aborted leaves nothing but that it was sent.
 */
export function transforming(options: TransformOptions): EachBatchHandler {
  const { log, heldBack, producer, routes, transactionalGroup, keepsTime = false } = options;
  let transactions = 0;
  const beside = (read: readonly KafkaMessage[]) =>
    keepsTime && read.length > 0 ? { metadata: partitionTime(BigInt(read.at(-1)!.timestamp)) } : {};

  return async ({ batch, resolveOffset, pause }) => {
    const { topic, partition, messages, highWatermark } = batch;
    const due = heldBack.due(
      topic,
      highWatermark,
      messages.map(({ offset }) => offset),
    );
    const last = due === messages.length ? batch.lastOffset() : messages[due - 1]?.offset;
    if (last !== undefined) {
      const read = messages.slice(0, due);
      const write = async (to: Producer | Transaction) => {
        const lines: Line[] = [];
        for (const output of routes.get(topic) ?? [])
          lines.push(...(await writeOutputs(log, to, output, partition, read)));
        return lines;
      };
      if (transactionalGroup === undefined)
        log.write([...(await write(producer)), ...readLines(topic, partition, read)]);
      else {
        const offsets = {
          consumerGroupId: transactionalGroup,
          topics: [{ topic, partitions: [{ partition, offset: String(BigInt(last) + 1n), ...beside(read) }] }],
        };
        transactions += 1;
        if (transactions % abortEvery === 0) {
          const given = await producer.transaction();
          await write(given);
          await given.sendOffsets(offsets);
          await given.abort();
        }
        const transaction = await producer.transaction();
        const lines = await write(transaction);
        await transaction.sendOffsets(offsets);
        await transaction.commit();
        log.write([...lines, ...readLines(topic, partition, read)]);
      }
      resolveOffset(last);
    }
    if (due < messages.length) setTimeout(pause(), restFor);
  };
}

type Line = readonly (string | number)[];

/** Sends the outputs of some records and returns the lines of their acknowledgements, which are logged by who asks. */
async function writeOutputs(
  log: TrafficLog,
  to: Producer | Transaction,
  topic: string,
  partition: number,
  read: readonly KafkaMessage[],
): Promise<Line[]> {
  const outputs = read.flatMap((message): { record: { key: string; seq: number }; message: Message }[] => {
    const found = verify(message);
    if (found.from === "elsewhere") return [];
    const record = { key: found.key, seq: Number(found.seq) };
    const payload = randomPayload(record.key, record.seq, message.value === null);
    return [{ record, message: { key: record.key, ...payload, partition, timestamp: String(Date.now()) } }];
  });
  const lines: Line[] = [];
  for (let from = 0; from < outputs.length; from += maxSend) {
    const part = outputs.slice(from, from + maxSend);
    log.write([["sent", now(), topic, recordList(part.map(({ record }) => record))]]);
    const answers = await to.send({ topic, messages: part.map(({ message }) => message), acks: -1 });
    const first = firstOffset(answers, topic, partition);
    const time = now();
    lines.push(
      ...part.map(({ record: { key, seq } }, at) => {
        const offset = String(first + BigInt(at));
        return ["ack", time, topic, partition, offset, key, seq];
      }),
    );
  }
  return lines;
}

function firstOffset(answers: readonly RecordMetadata[], topic: string, partition: number): bigint {
  const [answer] = answers;
  if (answer === undefined || answers.length !== 1 || answer.partition !== partition)
    throw new Error(`a send to ${topic} was not answered for partition ${partition} alone`);
  return BigInt(answer.baseOffset ?? "-1");
}

function readLines(topic: string, partition: number, read: readonly KafkaMessage[]): Line[] {
  const time = now();
  return read.map((message) => {
    const found = verify(message);
    return found.from === "elsewhere"
      ? ["other", time, topic, partition, message.offset, found.key, found.hash]
      : ["read", time, topic, partition, message.offset, found.key, found.seq, found.intact ? "ok" : "bad"];
  });
}
