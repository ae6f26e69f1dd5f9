/** What tests of switches say about a world. */
import assert from "node:assert/strict";
import type { LedgerEntry } from "../../runtime/model/ledger.ts";
import { switchProducers } from "../../runtime/switch/producers.ts";
import type { SwitchEffects } from "../../runtime/switch/ports.ts";
import { inputs, World } from "../switch-world.ts";

export const producers = inputs("producers");
export const consumers = inputs("consumers");
export const former = { "foo-producer": 1, "orders-producer": 3, "idle-producer": 0, "nightly-producer": 1 };

/** Stopped, with the former counts remembered. */
export function assertFenced(world: World, expected: Record<string, number>): void {
  for (const [name, count] of Object.entries(expected)) {
    const { replicas, former: remembered, pods } = world.workloads.get(name)!;
    assert.deepEqual({ name, replicas, remembered, pods }, { name, replicas: 0, remembered: count, pods: 0 });
  }
}

/** As before any switch. */
export function assertUntouched(world: World, expected: Record<string, number>): void {
  for (const [name, count] of Object.entries(expected)) {
    const { replicas, former: remembered } = world.workloads.get(name)!;
    assert.deepEqual({ name, replicas, remembered }, { name, replicas: count, remembered: null });
  }
}

/** The source connector's state; the others run unless `MirrorState` has stopped them too. */
export function assertMirror(world: World, state: string, others: string = "RUNNING"): void {
  assert.deepEqual([...world.connectors.values()], [state, others, others]);
}

/** What `MirrorState` does later in the same update. */
export function stopOthers(world: World): void {
  for (const name of ["guide-checkpoint", "guide-heartbeat"]) world.connectors.set(name, "STOPPED");
}

/** The entry says what is there, and everything written on the source is on the target. */
export function assertExact(world: World, entry: LedgerEntry): void {
  assert.equal(entry.partitions.length, 4);
  for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
    const name = `${topic}[${partition}]`;
    assert.equal(sourceEnd, String(world.logs.source.get(name)!.length), name);
    assert.equal(targetEnd, String(world.logs.target.get(name)!.length), name);
    assert.equal(world.records("target", name), world.records("source", name), name);
  }
}

export async function producersMoved(): Promise<World> {
  const world = new World();
  await switchProducers(world.effects(), producers);
  stopOthers(world);
  world.startOn("target", "producer");
  world.pass(3000);
  return world;
}

/** Of a way back. */
export const backPatience = { stopSeconds: 120, fenceSeconds: 60, drainSeconds: 120, startSeconds: 30 };

const noAnswer = () => Promise.reject(new Error("no answer"));

/** Effects of which one part gives no answer, each of them read before a move does anything. */
export const silences = {
  "a broker": (of: SwitchEffects): SwitchEffects => ({ ...of, kafka: { ...of.kafka, logs: noAnswer } }),
  Connect: (of: SwitchEffects): SwitchEffects => ({ ...of, connect: { ...of.connect, root: noAnswer } }),
  "the ledger": (of: SwitchEffects): SwitchEffects => ({ ...of, ledger: { ...of.ledger, read: noAnswer } }),
} as const;
