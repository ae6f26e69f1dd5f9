/** Topics that are no longer those that the migration began with, and copies that would be made again: what is said of both. */
import type { Scope } from "../model/scope.ts";
import { unknownTopicId } from "../model/topic-ids.ts";
import { named } from "../model/words.ts";
import type { Marks } from "./topic-ownership.ts";

/** Topics that have another id than was pinned, and that the config does not take for the same. Pure. */
export function recreatedTopics(pins: Marks, ids: Marks, accepted: Scope["recreated"] = []): string[] {
  const same = new Set(accepted.map(({ topic, id }) => `${topic} ${id}`));
  return Object.entries(ids)
    .filter(([topic, id]) => id !== unknownTopicId && (pins[topic] ?? id) !== id && !same.has(`${topic} ${id}`))
    .map(([topic]) => topic)
    .sort();
}

/** What to do about topics that were made again on the source; ends before `run pulumi up again`. */
export const recreatedRemedy =
  "the mirror would go on in the middle of the new topic, and the target keeps the old one's records: empty the topic on " +
  "the target and reset the mirror's position in it, or make sure that neither matters, then name it under " +
  "topics.recreated (name, id: its id on the source, reason)";

/** Partitions that the mirror would copy a second time, and what to do about it; the remedy ends before `run pulumi up again`. */
export const copiedTwice = (partitions: readonly string[]): string =>
  `the target holds copies of ${named(partitions)}, and Connect holds no position of the mirror there: ` +
  `it would copy all of it a second time`;

export const copiedTwiceRemedy =
  "find out where Connect's positions went (another connect.name, a deleted offsets topic, a stack that was destroyed); " +
  "set them by PATCH /connectors/<name>/offsets with the connector stopped, or delete these topics on the target, which " +
  "are then copied from the beginning";
