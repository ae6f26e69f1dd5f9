/** Groups that are far behind when they move, and the measurements around their move. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, Kafka } from "kafkajs";
import { trafficClient } from "../lab/traffic/client.ts";
import { consumers } from "../lab/traffic/workloads.ts";
import { asMirrorMaker, asMirrorMakerTable, type AsMirrorMaker } from "./as-mirror-maker.ts";
import type { DemoTraffic } from "./traffic.ts";

/** Records by which the groups are to be behind, per consumer and topic; `payments` is written in transactions. */
const wanted: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "foo-consumer": { foo: 5_000 },
  "orders-consumer": { orders: 50_000, payments: 1_500 },
};
/** Traffic by which they fall behind within two minutes. */
const usualRate = 1000;
const targetBootstrap = "target-kafka-pods.demo.svc:9092";
/** MM2 writes checkpoints every second here: after some of them it has seen where the stopped groups stand. */
const checkpointSeconds = 10;
const behindSeconds = 600;

export interface LaggingOptions {
  readonly traffic: DemoTraffic;
  /** Fewer records than usual make groups less far behind. */
  readonly messagesPerSecond: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What a group has left to read, in offsets by topic. */
type Lag = Readonly<Record<string, number>>;

/** Slow consumers until their groups have moved. */
export class LaggingGroups {
  readonly #options: LaggingOptions;
  readonly #share: number;
  readonly #forecasts = new Map<string, number>();

  constructor(options: LaggingOptions) {
    this.#options = options;
    this.#share = Math.min(1, options.messagesPerSecond / usualRate);
  }

  /** Lets two groups fall behind. */
  async hold(): Promise<void> {
    const { traffic, print } = this.#options;
    await this.#asAdmin(async (admin) => {
      for (const [consumer, topics] of Object.entries(wanted)) {
        const behind: Record<string, number> = {};
        for (const [topic, records] of Object.entries(topics))
          behind[topic] = Math.ceil((records * this.#share) / (await admin.fetchTopicOffsets(topic)).length);
        traffic.holdBack(consumer, behind);
        print(`${consumer} is slow from now on: ${listed(this.#wanted(consumer))}`);
      }
    });
  }

  /** Waits until both groups are as far behind as they are to be, and prints how far each group is. */
  async untilBehind(): Promise<void> {
    const { print, signal } = this.#options;
    await this.#asAdmin(async (admin) => {
      const until = performance.now() + behindSeconds * 1000;
      for (;;) {
        const lags = new Map<string, Lag>();
        for (const { group, reads } of consumers) lags.set(group, await lagOf(admin, group, reads));
        const short = Object.keys(wanted).find((group) =>
          Object.entries(this.#wanted(group)).some(([topic, records]) => (lags.get(group)?.[topic] ?? 0) < records),
        );
        if (short === undefined) {
          for (const [group, lag] of lags) print(`  group ${group} is behind: ${listed(lag)}`);
          return;
        }
        if (performance.now() > until)
          throw new Error(`${short} is behind by ${listed(lags.get(short)!)} after ${behindSeconds} s, more is wanted`);
        await sleep(2_000, undefined, { signal });
      }
    });
  }

  /** Takes the forecast of each group from what the switch says while it places them. */
  hear(line: string): void {
    const found = /group (\S+): MirrorMaker 2's own offsets would repeat ([\d,]+) records?/.exec(line);
    if (found !== null) this.#forecasts.set(found[1]!, Number(found[2]!.replaceAll(",", "")));
  }

  /** Measures MM2's own offsets now that the groups have moved, then lets the slow consumers go on. */
  async measure(): Promise<AsMirrorMaker> {
    const { traffic, print, signal } = this.#options;
    await sleep(checkpointSeconds * 1000, undefined, { signal });
    const target = await this.#kafka(targetBootstrap);
    const found = await asMirrorMaker({ target, logDir: traffic.logDir, forecasts: this.#forecasts, signal });
    for (const line of asMirrorMakerTable(found)) print(`  ${line}`);
    for (const consumer of Object.keys(wanted)) traffic.holdBack(consumer, {});
    return found;
  }

  #wanted(consumer: string): Lag {
    const topics = Object.entries(wanted[consumer]!);
    return Object.fromEntries(topics.map(([topic, records]) => [topic, Math.ceil(records * this.#share)]));
  }

  async #kafka(bootstrap?: string): Promise<Kafka> {
    const { kubeconfig, options } = this.#options.traffic;
    return trafficClient(kubeconfig, options, bootstrap);
  }

  async #asAdmin<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = (await this.#kafka()).admin();
    try {
      await admin.connect();
      return await act(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

async function lagOf(admin: Admin, group: string, topics: readonly string[]): Promise<Lag> {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  const lag: Record<string, number> = {};
  for (const { topic, partitions } of committed) {
    const bounds = new Map((await admin.fetchTopicOffsets(topic)).map((each) => [each.partition, each]));
    lag[topic] = partitions.reduce((sum, { partition, offset }) => {
      const { low = "0", high = "0" } = bounds.get(partition) ?? {};
      return sum + Number(high) - Number(offset === "-1" ? low : offset);
    }, 0);
  }
  return lag;
}

const listed = (lag: Lag): string =>
  Object.entries(lag)
    .map(([topic, offsets]) => `${offsets.toLocaleString("en")} of ${topic}`)
    .join(", ");
