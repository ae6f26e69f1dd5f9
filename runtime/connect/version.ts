/** What a Connect worker of a version can do. Pure. */

/** The first versions of Kafka whose Connect can do it. */
const first = { stop: [3, 5], offsets: [3, 6], startStopped: [3, 7] } as const;

export type Ability = keyof typeof first;

/** Whether a worker that reports this version can; a version of another form is trusted to be a new one. */
export function can(ability: Ability, version: string): boolean {
  const found = kafkaVersion(version);
  if (found === null) return true;
  const [major, minor] = first[ability];
  return found[0] > major || (found[0] === major && found[1] >= minor);
}

/** The version of Kafka that a worker is made of: Confluent's own numbers (`7.6.0-ccs`) are four ahead. */
function kafkaVersion(version: string): readonly [number, number] | null {
  const [, major, minor, rest = ""] = /^(\d+)\.(\d+)(.*)$/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return null;
  const confluent = /-(ccs|ce)\b/.test(rest);
  if (confluent && Number(major) < 7) return [2, Number(minor)];
  return [Number(major) - (confluent ? 4 : 0), Number(minor)];
}
