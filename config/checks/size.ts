import { partsAllowed } from "../../runtime/model/document-limits.ts";
import { forecastLedger } from "../../runtime/model/ledger-forecast.ts";
import { rule, type Problem, type Rule, type Sections } from "./rule.ts";

/** What would not fit into what a move writes down: found out before anybody stops. */
export const sizeRules: readonly Rule[] = [rule(["locked", "migratedTopics", "migratedGroups"], ledgerFits)];

type Sizes = Pick<Sections, "migratedTopics" | "migratedGroups"> & {
  readonly locked: { readonly topics: readonly { readonly name: string; readonly partitions: number }[] };
};

/** A problem if the ledger could need more ConfigMaps than are allowed. */
export function ledgerFits({ locked, migratedTopics, migratedGroups }: Sizes): Problem[] {
  const moving = new Set(migratedTopics);
  const topics = locked.topics.filter(({ name }) => moving.has(name));
  const { bytes, parts, groups } = forecastLedger(topics, migratedGroups);
  if (parts <= partsAllowed) return [];
  const largest = groups.slice(0, 3).map(({ name, offsets }) => `"${name}" (${count(offsets)} partitions)`);
  const message =
    `the ledger can become ${count(Math.ceil(bytes / 1_000_000))} MB large, which needs ${parts} ConfigMaps, allowed: ` +
    `${partsAllowed}; the largest groups are ${largest.join(", ")}. Move fewer groups in one migration: name some under ` +
    `groups.ignore with the reason, and move them in another one`;
  return [{ path: "groups", message }];
}

const count = (number: number): string => number.toLocaleString("en-US");
