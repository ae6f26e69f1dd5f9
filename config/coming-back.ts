/** What the source's own configs would refuse of what comes back from the target, or change of it. Pure. */
import { targetTopics, type TargetTopicsOf } from "./target-topics.ts";
import type { MigrationConfig } from "./migration-config.ts";

/** Topics by what their config on the source does to the mirror back, such as `message.format.version=0.10.2`. */
type ByConfig = Readonly<Record<string, readonly string[]>>;

export interface ComingBack {
  /** What fails the mirror back for good. */
  readonly refused: ByConfig;
  /** What gives records that come back another timestamp. */
  readonly changed: ByConfig;
}

type Of = TargetTopicsOf & Pick<MigrationConfig, "mirror" | "retire">;

const anyTime = "9223372036854775807";
const hour = 3_600_000;
/** Kafka's own bound on a batch. */
const usualLargest = "1048588";

/**
 * Records come back as old as the mirror back lies behind, in transactions and uncompressed, and as large and with or
 * without keys as the target takes them. A bound on their age that outlasts `retire.soakHours` is left alone.
 */
export function comingBack(config: Of): ComingBack {
  const { inventory, topics, retire, mirror, selection } = config;
  const moving = new Set(topics);
  const [own, mirrored] = (["writers", "mirror"] as const).map(
    (setFor) => new Map(targetTopics(config, setFor).map((topic) => [topic.name, topic.config])),
  );
  const plain = (mirror.source["producer.override.compression.type"] ?? "none") === "none";
  const refused = new Map<string, string[]>();
  const changed = new Map<string, string[]>();
  for (const { name, configs } of inventory.topics.filter((topic) => moving.has(topic.name))) {
    const here = (key: string, otherwise: string) => configs[key] ?? inventory.defaults[key]?.value ?? otherwise;
    const say = (where: Map<string, string[]>, key: string) => {
      const what = `${key}=${here(key, "")}`;
      where.set(what, [...(where.get(what) ?? []), name]);
    };
    const bound = here("message.timestamp.before.max.ms", anyTime);
    const key = bound === anyTime ? "message.timestamp.difference.max.ms" : "message.timestamp.before.max.ms";
    if (Number(here(key, anyTime)) < retire.soakHours * hour) say(refused, key);
    if (/^0\.([89]|10)\b/.test(here("message.format.version", ""))) say(refused, "message.format.version");
    const largest = Number(here("max.message.bytes", usualLargest));
    // What had to be raised for uncompressed copies on the target meets the source's own limit on its way back.
    const raised = plain && selection.topics.whileMirroring[name]?.["max.message.bytes"] !== undefined;
    const written = (raised ? mirrored : own)!.get(name)?.["max.message.bytes"];
    if (written !== undefined && Number(written) > largest) say(refused, "max.message.bytes");
    const cleaned = here("cleanup.policy", "delete");
    const compacted = (value: string | undefined) => (value ?? cleaned).includes("compact");
    if (compacted(cleaned) && !compacted(own!.get(name)?.["cleanup.policy"])) say(refused, "cleanup.policy");
    if (here("message.timestamp.type", "CreateTime") === "LogAppendTime") say(changed, "message.timestamp.type");
  }
  return { refused: Object.fromEntries(refused), changed: Object.fromEntries(changed) };
}
