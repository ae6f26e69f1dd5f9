import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Batch, EachBatchPayload, KafkaMessage } from "kafkajs";
import { HeldBack } from "../lab/traffic/hold-back.ts";
import { TrafficLog } from "../lab/traffic/log-lines.ts";
import { trafficManifests } from "../lab/traffic/manifests.ts";
import { processedOf } from "../lab/traffic/memory.ts";
import { randomPayload } from "../lab/traffic/payload.ts";
import { processing } from "../lab/traffic/processing.ts";
import { usualTraffic, withMemory } from "../lab/traffic/workloads.ts";

describe("consumers of the lab's traffic that remember", () => {
  let directory: string;
  beforeEach(() => void (directory = mkdtempSync(path.join(tmpdir(), "memory-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A pod that starts on a cluster and is given the offsets of `in[1]`, whose last one is a marker's. */
  async function pod(name: string, bootstrap: string, offsets: readonly number[]): Promise<string[]> {
    const processed = processedOf(directory, [bootstrap]);
    const log = new TrafficLog(directory, name);
    log.write([["start", 1, "consumer", "reader", name, bootstrap, "group", "in"]]);
    const resolved: string[] = [];
    const messages = offsets.map((offset) => ({
      offset: String(offset),
      key: Buffer.from("k"),
      timestamp: "1",
      ...randomPayload("k", offset, false),
    })) as unknown as KafkaMessage[];
    const end = String(offsets.at(-1)! + 1);
    const batch = { topic: "in", partition: 1, messages, highWatermark: end, lastOffset: () => end };
    await processing(
      log,
      new HeldBack(directory),
      undefined,
      processed,
    )({
      batch: batch as unknown as Batch,
      resolveOffset: (offset: string) => void resolved.push(offset),
      pause: () => () => undefined,
    } as unknown as EachBatchPayload);
    return resolved;
  }

  const readBy = (name: string): string[] =>
    readFileSync(path.join(directory, `${name}.log`), "utf8")
      .split("\n")
      .map((line) => line.split("\t"))
      .filter(([event]) => event === "read")
      .map((fields) => fields[4]!);

  it("leave out what any pod of theirs has processed of the same cluster, and commit past it all the same", async () => {
    await pod("one", "source:9092", [4, 5]);
    assert.deepEqual(await pod("two", "source:9092", [4, 5, 6]), ["7"]);
    assert.deepEqual(readBy("one"), ["4", "5"]);
    assert.deepEqual(readBy("two"), ["6"]);
  });

  it("process the same offsets of the other cluster", async () => {
    await pod("one", "source:9092", [4, 5]);
    await pod("two", "target:9092", [4, 5]);
    assert.deepEqual(readBy("two"), ["4", "5"]);
  });

  it("are told so, each with one pod, and no other traffic is", () => {
    const told = (traffic: typeof usualTraffic) => {
      const made = trafficManifests({
        namespace: "demo",
        messagesPerSecond: 100,
        twins: false,
        logDir: "/logs",
        bootstrap: "source:9092",
        secret: "admin",
        caSecret: "ca",
        traffic,
      }).filter(({ kind, metadata }) => kind !== "ConfigMap" && metadata.name.endsWith("-consumer"));
      return made.map((each) => {
        const { replicas, template } = each["spec"] as {
          replicas: number;
          template: { spec: { containers: { env: { name: string; value?: string }[] }[] } };
        };
        return [replicas, template.spec.containers[0]!.env.find(({ name }) => name === "REMEMBERS")?.value];
      });
    };
    assert.deepEqual(new Set(told(withMemory(usualTraffic)).map(String)), new Set(["1,true"]));
    assert.ok(told(usualTraffic).every(([, remembers]) => remembers === undefined));
  });
});
