import { anyWorld } from "../current.ts";

export * from "node:timers/promises";

export async function setTimeout(milliseconds: number): Promise<void> {
  anyWorld().alive();
  anyWorld().pass(milliseconds);
}
