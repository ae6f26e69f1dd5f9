import { sideOf } from "./audit-collector.ts";
import { linesOf, logFiles } from "./log-lines.ts";

/** A processed record as a consumer's log names it: its key's sequence number, or the hash of a record of others. */
export const recordName = (topic: string, key: string, last: string): string => `${topic}\t${key}\t${last}`;

/** Every record that a group has processed on one side, by `recordName`. */
export function processedOn(directory: string, group: string, side: string): Set<string> {
  const found = new Set<string>();
  for (const file of logFiles(directory)) {
    let counts = false;
    for (const line of linesOf(file)) {
      const [event, , second = "", , , fifth = "", sixth = ""] = line.split("\t");
      if (event === "start") counts = second === "consumer" && sideOf(fifth) === side && sixth === group;
      else if (counts && (event === "read" || event === "other")) found.add(recordName(second, fifth, sixth));
    }
  }
  return found;
}
