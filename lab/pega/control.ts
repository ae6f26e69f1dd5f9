import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { replaceFile } from "../addresses.ts";

/** What an operator of Pega, or a test, tells all pods of a tier; it outlives them. */
export interface TierControl {
  /** Whether the tier puts records into streams. @default true */
  readonly producing: boolean;
  /** Seconds that a pod stays, terminating, after its work has ended; those that do so go when it is lowered. @default 0 */
  readonly terminationSeconds: number;
}

const usual: TierControl = { producing: true, terminationSeconds: 0 };
const fileOf = (logs: string, tier: string): string => path.join(logs, tier, "control.json");

/** What the pods of a tier are told now. */
export function readControl(logs: string, tier: string): TierControl {
  const file = fileOf(logs, tier);
  return existsSync(file) ? { ...usual, ...(JSON.parse(readFileSync(file, "utf8")) as Partial<TierControl>) } : usual;
}

/** Tells the pods of a tier something else; they notice within a second. */
export function setControl(logs: string, tier: string, changed: Partial<TierControl>): void {
  mkdirSync(path.join(logs, tier), { recursive: true });
  replaceFile(fileOf(logs, tier), JSON.stringify({ ...readControl(logs, tier), ...changed }));
}
