import {
  Partitioners,
  type Kafka,
  type Message,
  type Producer,
  type RecordMetadata,
  type Transaction,
} from "../kafkajs.ts";
import { now, recordList, type KeyedRecord, type TrafficLog } from "./log-lines.ts";
import { Pace } from "./pace.ts";
import type { AvroWriter } from "./avro.ts";
import { payloadOf, randomPayload } from "./payload.ts";
import type { Sequences } from "./sequences.ts";

/** One topic that a producer writes, with its records per second and its number of keys. */
export interface WriterTopic {
  readonly topic: string;
  readonly rate: number;
  readonly keys: number;
}

export interface WriterOptions {
  readonly kafka: Kafka;
  readonly log: TrafficLog;
  readonly sequences: Sequences;
  readonly topics: readonly WriterTopic[];
  /** Writes in transactions under this id. */
  readonly transactionalId?: string | undefined;
  /** Every so many-th record is a tombstone; 0 = none. */
  readonly tombstoneEvery: number;
  /** First part of every key, for writers of one topic that share no sequence. @default none */
  readonly keyPrefix?: string | undefined;
  /** Makes the values, whose schema's id is logged with each acknowledged record. @default random bytes */
  readonly avro?: AvroWriter | undefined;
}

interface Batch {
  readonly topic: string;
  readonly records: readonly KeyedRecord[];
  readonly messages: Message[];
}

interface Lane extends WriterTopic {
  readonly pace: Pace;
  /** Keys by the partition they belong to. */
  readonly keysByPartition: readonly (readonly string[])[];
  turn: number;
}

/**
 * Milliseconds between two steps of a writer, so that it costs a few requests a second whatever its rate. A pause in the
 * logs is longer by as much at most. A transaction costs three requests more than its sends.
 */
export const sendInterval = { plain: 250, transactional: 500 } as const;

/** Most records of one send: far from a megabyte, beyond which brokers refuse it. */
const maxBatch = 500;

/**
 * Writes records with one Kafka client. Each send goes to one partition and is awaited before the next: kafkajs
 * retries a send that spans brokers in a way that can repeat or skip a partition when a leader moves meanwhile.
 * After an error of `step` the outcome of the batch is unknown and the writer must be closed: its idempotent
 * sequence may be reused for other records, which the broker would then drop as repeated.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #producer: Producer;
  #lanes: Lane[] = [];
  #sent = 0;
  #transactions = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    const { kafka, transactionalId } = options;
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      // Giving up would leave the outcome unknown.
      retry: { retries: Number.MAX_SAFE_INTEGER },
      ...(transactionalId === undefined ? {} : { transactionalId, transactionTimeout: 15_000 }),
    });
  }

  async connect(): Promise<void> {
    await this.#producer.connect();
    const admin = this.#options.kafka.admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: this.#options.topics.map(({ topic }) => topic) });
      const partitioner = Partitioners.DefaultPartitioner();
      this.#lanes = this.#options.topics.map((topic) => {
        const partitionMetadata = topics.find(({ name }) => name === topic.topic)?.partitions ?? [];
        const keysByPartition: string[][] = partitionMetadata.map(() => []);
        for (let index = 0; index < topic.keys; index += 1) {
          const key = `${this.#options.keyPrefix ?? ""}${topic.topic}-${index}`;
          keysByPartition[partitioner({ topic: topic.topic, partitionMetadata, message: { key, value: null } })]?.push(
            key,
          );
        }
        return {
          ...topic,
          pace: new Pace(topic.rate),
          keysByPartition: keysByPartition.filter((keys) => keys.length > 0),
          turn: 0,
        };
      });
    } finally {
      await admin.disconnect();
    }
  }

  /** Sends what is due. Returns the number of acknowledged records. */
  async step(): Promise<number> {
    const batches = await Promise.all(this.#lanes.flatMap((lane) => this.#dueBatches(lane)));
    if (batches.length === 0) return 0;
    if (this.#options.transactionalId !== undefined) return await this.#transaction(batches);
    let acknowledged = 0;
    for (const batch of batches) {
      const sentTo = await this.#send(this.#producer, batch);
      this.#acknowledge(batch, sentTo);
      acknowledged += batch.records.length;
    }
    return acknowledged;
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  /** All that is due, for the next partitions in turn: as few as can be, but a transaction spans all of them. */
  #dueBatches(lane: Lane): Promise<Batch>[] {
    const due = lane.pace.due();
    lane.pace.spend(due);
    const partitions = lane.keysByPartition.length;
    const least = Math.ceil(due / maxBatch);
    const sends = this.#options.transactionalId === undefined ? least : Math.max(least, Math.min(partitions, due));
    return Array.from({ length: sends }, (_, send) => {
      const keys = lane.keysByPartition[lane.turn++ % partitions] ?? [];
      return this.#batch(lane.topic, keys, Math.floor(due / sends) + (send < due % sends ? 1 : 0));
    });
  }

  async #batch(topic: string, keys: readonly string[], size: number): Promise<Batch> {
    const { sequences, tombstoneEvery, avro } = this.#options;
    const records = Array.from({ length: size }, () =>
      sequences.next(topic, keys[Math.floor(Math.random() * keys.length)] ?? ""),
    );
    const timestamp = String(Date.now());
    const messages = records.map(async ({ key, seq }) => {
      this.#sent += 1;
      const tombstone = tombstoneEvery > 0 && this.#sent % tombstoneEvery === 0;
      const { value, headers } =
        avro && !tombstone ? payloadOf(key, seq, await avro.value(key, seq)) : randomPayload(key, seq, tombstone);
      return { key, value, headers, timestamp };
    });
    return { topic, records, messages: await Promise.all(messages) };
  }

  async #send(to: Producer | Transaction, { topic, records, messages }: Batch): Promise<RecordMetadata> {
    this.#options.log.write([["sent", now(), topic, recordList(records)]]);
    const answers = await to.send({ topic, messages, acks: -1 });
    const [answer] = answers;
    if (answer === undefined || answers.length !== 1)
      throw new Error(`a send to ${topic} was answered for ${answers.length} partitions, 1 expected`);
    return answer;
  }

  #acknowledge({ topic, records }: Batch, { partition, baseOffset }: RecordMetadata): void {
    const time = now();
    const first = BigInt(baseOffset ?? "-1");
    const schema = this.#options.avro ? [this.#options.avro.id] : [];
    this.#options.log.write(
      records.map(({ key, seq }, index) => {
        const offset = String(first + BigInt(index));
        return ["ack", time, topic, partition, offset, key, seq, ...schema];
      }),
    );
  }

  async #transaction(batches: readonly Batch[]): Promise<number> {
    const transaction = await this.#producer.transaction();
    const sentTo: RecordMetadata[] = [];
    for (const batch of batches) sentTo.push(await this.#send(transaction, batch));
    this.#transactions += 1;
    if (this.#transactions % 10 === 0) {
      await transaction.abort();
      const time = now();
      this.#options.log.write(batches.map(({ topic, records }) => ["abort", time, topic, recordList(records)]));
      return 0;
    }
    await transaction.commit();
    for (const [index, batch] of batches.entries()) this.#acknowledge(batch, sentTo[index]!);
    return batches.reduce((sum, { records }) => sum + records.length, 0);
  }
}
