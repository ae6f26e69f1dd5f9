/** A small lab whose mirror copies topics of several kinds, and exact placement asked as a group of any offset. */
import assert from "node:assert/strict";
import type { ITopicConfig, Kafka, Message, Producer } from "kafkajs";
import type { Direction, Placement } from "../../../runtime/model/placement.ts";
import { placeExactly } from "../../../runtime/placement/place.ts";
import { clientOf, createTopics, endpointOf, kafkaTool, kubernetes } from "./lab-kafka.ts";
import { connectRest } from "./lab-parts.ts";
import { eventually } from "./lab-walk.ts";
import { createTarget, mirrorConnector, smallLab } from "./small-lab.ts";
import { readLogs, type Seen } from "./two-logs.ts";

export const [source, target] = [endpointOf("source", 2), endpointOf("target", 1)];
export const connector = "placement";
export const scope = {
  migration: "placement",
  source,
  target,
  mirror: {
    connect: { urls: smallLab.connectUrls, credentials: { kubernetes, name: smallLab.connectSecret } },
    ...{ sourceConnectors: [connector], otherConnectors: [], sourceAlias: "source" },
  },
};

/** A record of partition 0 that holds its number in every part. */
export const message = (value: number | string, more: Partial<Message> = {}) => ({
  ...{ key: `${value}`, value: `${value}`, partition: 0, headers: { of: `${value}` } },
  ...more,
});

export const shown = (placement: Placement | undefined): string =>
  JSON.stringify(placement, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));

/** Where a group goes on that stands at each of the offsets. */
export const place = (direction: Direction, topic: string, offsets: readonly (bigint | null)[], partition = 0) =>
  placeExactly(
    scope,
    direction,
    offsets.map((committed) => ({ group: "g", topic, partition, committed })),
  );

/** The same for one offset, on to the target. */
export const one = async (topic: string, at: number | null, partition = 0): Promise<Placement> =>
  (await place("to-target", topic, [at === null ? null : BigInt(at)], partition))[0]!;

export async function refusal(topic: string, at: number | null, partition = 0): Promise<string> {
  const found = await one(topic, at, partition);
  if (found.kind !== "refused") assert.fail(shown(found));
  return found.reason;
}

/** Removes records as retention does, at once. */
export async function deleteRecords(endpoint: typeof source, topic: string, before: bigint): Promise<void> {
  const partitions = [{ topic, partition: 0, offset: Number(before) }];
  const output = await kafkaTool(
    endpoint,
    "org.apache.kafka.tools.DeleteRecordsCommand",
    (config) => ["--command-config", config, "--offset-json-file", "records.json"],
    { "records.json": JSON.stringify({ version: 1, partitions }) },
  );
  assert.match(output, new RegExp(`low_watermark: ${before}`));
}

/** The lab with its clients. */
export class PlacementLab {
  readonly onSource: Kafka;
  readonly producer: Producer;
  /** What is disconnected at the end. */
  readonly clients: { disconnect(): Promise<void> }[];
  readonly rest = connectRest();
  onTarget!: Kafka;
  /** What both sides hold by `topic[partition]`, as far as it was read. */
  logs: Record<"source" | "target", Map<string, Seen[]>> = { source: new Map(), target: new Map() };

  private constructor(onSource: Kafka) {
    this.onSource = onSource;
    this.producer = onSource.producer();
    this.clients = [this.producer];
  }

  /** Has `fill` write to the source, then mirrors the topics until all of that is copied. */
  static async start(
    mirrored: readonly ITopicConfig[],
    others: Record<"source" | "target", readonly ITopicConfig[]>,
    fill: (lab: PlacementLab) => Promise<void>,
  ): Promise<PlacementLab> {
    const topics = (side: "source" | "target", replicationFactor: number) =>
      [...mirrored, ...others[side]].map((topic) => ({ numPartitions: 1, ...topic, replicationFactor }));
    await createTopics(source, topics("source", 2));
    const started = new PlacementLab(await clientOf(source));
    await started.producer.connect();
    await Promise.all([createTarget(), fill(started)]);
    await createTopics(target, topics("target", 1));
    started.onTarget = await clientOf(target);
    const names = mirrored.map(({ topic }) => topic);
    await started.rest.put(`/connectors/${connector}/config`, await mirrorConnector(names));
    await eventually("the connector", 60, async () => started.rest.allRunning(connector));
    const written = await readLogs(started.onSource, names);
    await started.copied(...[...written].map(([name, seen]) => [name, Number(seen.at(-1)!.offset) + 1] as const));
    return started;
  }

  /** Waits until the mirror has copied the partitions up to these offsets. */
  async copied(...wanted: readonly (readonly [partition: string, next: number])[]): Promise<void> {
    await eventually("the copies", 60, async () => {
      const next = await this.rest.next(connector);
      return wanted.every(([name, offset]) => (next.get(name) ?? 0) >= offset);
    });
  }

  /** Writes records with the numbers from `from` up to `to`, which is left out. */
  send(topic: string, from: number, to: number): Promise<unknown> {
    const messages = Array.from({ length: to - from }, (_, index) => message(from + index));
    return this.producer.send({ topic, messages });
  }

  /** Reads what both sides hold of the topics now. */
  async look(topics: readonly string[]): Promise<void> {
    const [here, there] = [await readLogs(this.onSource, topics), await readLogs(this.onTarget, topics)];
    this.logs = {
      source: new Map([...this.logs.source, ...here]),
      target: new Map([...this.logs.target, ...there]),
    };
  }

  /** Partition 0 on the own and on the other side. */
  both(topic: string, direction: Direction): readonly [Seen[], Seen[]] {
    const [here, there] = [this.logs.source.get(`${topic}[0]`)!, this.logs.target.get(`${topic}[0]`)!];
    return direction === "to-target" ? [here, there] : [there, here];
  }

  async end(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.disconnect().catch(() => undefined)));
  }
}
