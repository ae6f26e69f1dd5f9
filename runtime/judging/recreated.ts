/** Whether the topics are still those that the migration began with: a name says nothing, an id does. */
import type { SideName } from "../model/sides.ts";
import { copiedTwice, copiedTwiceRemedy, recreatedRemedy, recreatedTopics } from "../topics/recreated.ts";
import type { Marks } from "../topics/topic-ownership.ts";
import { rank, type Complaint } from "./problems.ts";
import type { Snapshot } from "./reading.ts";

const again = "run pulumi up again";

/** Topics of the source that were made again since the mirror began, each a complaint; what is not pinned is none. */
export function recreatedOnSource({ source, pins, scope }: Snapshot): Complaint[] {
  if (source === undefined || "error" in source || pins === undefined) return [];
  if ("error" in pins) return [notKnown(pins.error)];
  const ids = Object.fromEntries(source.value.ids);
  return recreatedTopics(pins.value.source, ids, scope.recreated).map((topic) =>
    complaint(topic, "source", ids, pins.value.source, `${recreatedRemedy}, then ${again}`),
  );
}

/** Partitions that the mirror would copy a second time. */
export function copiedAgain({ unpositioned }: Snapshot): Complaint[] {
  if (unpositioned === undefined) return [];
  if ("error" in unpositioned) {
    return [
      {
        cause: "not-measured",
        rank: rank.unmeasured,
        sentence: `the mirror's positions could not be measured: ${unpositioned.error}`,
        partition: false,
      },
    ];
  }
  if (unpositioned.value.length === 0) return [];
  const sentence = copiedTwice(unpositioned.value);
  return [
    {
      cause: "copied-twice",
      rank: rank.foreign,
      sentence,
      partition: false,
      remedy: `${copiedTwiceRemedy}; then ${again}`,
    },
  ];
}

/** Topics of the target that were made again since they were marked. */
export function recreatedOnTarget({ target, targetTopics, marks }: Snapshot): Complaint[] {
  if (marks === undefined) return [];
  const ids = [
    ...(target !== undefined && "value" in target ? target.value.ids : []),
    ...(targetTopics !== undefined && "value" in targetTopics
      ? [...targetTopics.value.topics].map(([topic, { id }]) => [topic, id] as const)
      : []),
  ];
  if (ids.length === 0) return [];
  if ("error" in marks) return [notKnown(marks.error)];
  const [now, before] = [Object.fromEntries(ids), Object.fromEntries(marks.value)];
  const remedy =
    "find out who deleted it and what is missing: what was copied before is gone there. Before producers have moved, " +
    "empty it and reset the mirror's position in it, so that all is copied again; then, or if nothing is missing, name it " +
    "under topics.adopt with the reason, run pulumi up in the phase that is reached, which writes its new id down, and " +
    `${again}`;
  return recreatedTopics(before, now).map((topic) => complaint(topic, "target", now, before, remedy));
}

const complaint = (topic: string, side: SideName, now: Marks, before: Marks, remedy: string): Complaint => ({
  cause: side === "source" ? "recreated-on-source" : "recreated-on-target",
  rank: rank.foreign,
  sentence: `topic ${topic} on the ${side} was deleted and made again: its id was ${before[topic]}, and is ${now[topic]}`,
  partition: false,
  remedy,
});

const notKnown = (reason: string): Complaint => ({
  cause: "not-measured",
  rank: rank.unmeasured,
  sentence: `whether topics were made again could not be measured: ${reason}`,
  partition: false,
});
