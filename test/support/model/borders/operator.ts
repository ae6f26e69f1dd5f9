import type { KafkaObject } from "../../../../runtime/kubernetes/operator.ts";
import { world } from "../current.ts";

export async function readKafkaObject(): Promise<KafkaObject> {
  world().alive();
  return { halted: world().data.halted, brokers: [], machine: {}, beforeHalt: {} };
}

export async function restoreHalted(): Promise<void> {
  world().change("start the source", () => void (world().data.halted = false));
}
