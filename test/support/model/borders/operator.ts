import type { KafkaObject } from "../../../../runtime/kubernetes/operator.ts";
import { world } from "../current.ts";

export async function readKafkaObject(): Promise<KafkaObject | null> {
  world().alive();
  if (world().data.removed) return null;
  return { halted: world().data.halted, brokers: [], machine: {}, beforeHalt: {} };
}

export async function removeHalted(): Promise<void> {
  const { data } = world();
  if (!data.halted && !data.removed) throw new Error("the source is not halted");
  world().change("delete the source", () => void (data.removed = true));
}

export async function readDependents(): Promise<string[]> {
  return [];
}

export async function restoreHalted(): Promise<void> {
  world().change("start the source", () => void (world().data.halted = false));
}
