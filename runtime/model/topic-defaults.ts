/** What brokers give a topic that sets nothing itself, of the configs that decide what becomes of its records. Pure. */

/** Names under which brokers set it, the one that wins first, with the milliseconds or bytes of its unit. */
type Names = readonly (readonly [name: string, unit: bigint])[];

const ofBrokers: Readonly<Record<string, Names>> = {
  "cleanup.policy": [["log.cleanup.policy", 1n]],
  "delete.retention.ms": [["log.cleaner.delete.retention.ms", 1n]],
  "max.message.bytes": [["message.max.bytes", 1n]],
  "message.timestamp.after.max.ms": [["log.message.timestamp.after.max.ms", 1n]],
  "message.timestamp.before.max.ms": [["log.message.timestamp.before.max.ms", 1n]],
  "message.timestamp.difference.max.ms": [["log.message.timestamp.difference.max.ms", 1n]],
  "message.timestamp.type": [["log.message.timestamp.type", 1n]],
  "min.compaction.lag.ms": [["log.cleaner.min.compaction.lag.ms", 1n]],
  "retention.bytes": [["log.retention.bytes", 1n]],
  "retention.ms": [
    ["log.retention.ms", 1n],
    ["log.retention.minutes", 60_000n],
    ["log.retention.hours", 3_600_000n],
  ],
};

/** Words, which are compared; other configs are numbers, where a smaller one keeps or takes less. */
const words: ReadonlySet<string> = new Set(["cleanup.policy", "message.timestamp.type"]);

/** Whether a config decides if records are taken, for how long they are kept, or which timestamps they get. */
export const aboutRecords = (key: string): boolean => Object.hasOwn(ofBrokers, key);

/** A topic's values by the brokers' own config; only those of which it says something. */
export function topicDefaults(brokerConfig: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ofBrokers).flatMap(([key, names]) => {
      const set = names.find(([name]) => (brokerConfig[name] ?? "") !== "");
      if (set === undefined) return [];
      const [name, unit] = set;
      const value = brokerConfig[name]!.trim();
      if (unit === 1n || !/^-?\d+$/.test(value)) return [[key, value] as const];
      return [[key, value.startsWith("-") ? "-1" : String(BigInt(value) * unit)] as const];
    }),
  );
}

/** Whether a topic with the value `found` refuses, removes or changes records that one with `wanted` does not. */
export function takesLess(key: string, wanted: string, found: string): boolean {
  if (words.has(key)) return listed(wanted) !== listed(found);
  const [asked, given] = [amount(wanted), amount(found)];
  return given < asked;
}

const listed = (value: string): string =>
  value
    .split(",")
    .map((one) => one.trim())
    .sort()
    .join();

/** Below zero means without a limit. */
const amount = (value: string): number => (Number(value) < 0 ? Number.POSITIVE_INFINITY : Number(value));
