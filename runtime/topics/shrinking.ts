/** Topics that an edit would shrink. Pure. */
import type { TopicSize } from "../model/inputs.ts";

type Sizes = Readonly<Record<string, TopicSize>>;

/** A sentence for each topic that has more partitions on the target than are asked for, as its brokers say. */
export function raisedTopics(existing: Readonly<Record<string, number>>, now: Sizes): string[] {
  return Object.entries(now).flatMap(([topic, { partitions }]) => {
    const found = existing[topic] ?? 0;
    if (found <= partitions) return [];
    return [
      `topic ${topic} has ${found} partitions on the target, ${partitions} are requested: they were raised there outside this ` +
        `program, and Pulumi would replace a topic that is to have fewer. Give the source's topic ${found} partitions as well and run ` +
        `npm run assess, so that keys stay with their partitions on both sides; then run pulumi up --refresh, which takes the number over ` +
        "from the target",
    ];
  });
}

/** A sentence for each topic that would have fewer partitions or replicas than were asked for before. */
export function shrunkTopics(before: Sizes, now: Sizes): string[] {
  return Object.entries(now).flatMap(([topic, size]) => {
    const former = before[topic];
    if (former === undefined) return [];
    const fewer = (what: string, was: number, is: number, why: string): string[] =>
      is < was ? [`topic ${topic} has ${was} ${what} on the target, ${is} requested; ${why}`] : [];
    return [
      ...fewer(
        "partitions",
        former.partitions,
        size.partitions,
        "it would be deleted with its records. Find out whether the source's topic was re-created, or request the former number",
      ),
      ...fewer(
        "replicas",
        former.replicationFactor,
        size.replicationFactor,
        "its records would be less safe than now. Request the former number",
      ),
    ];
  });
}
