import { parseConfig } from "../../config/load.ts";
import { isMirrored, type MirroredConfig } from "../../config/migration-config.ts";
import { stackInput, stackInventory } from "./stack.ts";

/** The lab's stack with generated topics of ten partitions, a group for every two, and a consumer for every ten groups. */
export function largeConfig(topics: number, phase = "mirror"): MirroredConfig {
  const file = stackInventory("dev");
  if (!("text" in file)) throw new Error("the lab's inventory cannot be read");
  const { path } = file;
  const inventory = JSON.parse(file.text) as Record<string, unknown>;
  const names = Array.from({ length: topics }, (_, at) => `team-${at % 50}.service.event-stream-${at}`);
  const groups = Array.from({ length: topics / 2 }, (_, at) => ({
    ...{ name: `team-${at % 50}-reader-${at}`, protocol: "classic" },
    topics: [names[at]!, names[topics - 1 - at]!].sort(),
  }));
  const input = stackInput("dev");
  const [workload] = input.workloads!.filter(({ role }) => role === "consumer");
  input.workloads = Array.from({ length: Math.ceil(groups.length / 10) }, (_, at) => ({
    ...workload!,
    ...{ name: `reader-${at}`, groups: groups.slice(10 * at, 10 * at + 10).map(({ name }) => name) },
    bootstrap: { configMap: `reader-${at}`, key: "BOOTSTRAP" },
  })) as typeof input.workloads;
  Object.assign(input, { phase, topics: {}, groups: {} });
  const parsed = parseConfig(input, {
    path,
    text: JSON.stringify({
      ...inventory,
      topics: names.map((name) => ({
        ...{ name, partitions: 10, replicationFactor: 3 },
        configs: { "retention.ms": "604800000" },
      })),
      groups,
    }),
  });
  if (!("config" in parsed))
    throw new Error(parsed.problems.map(({ path: at, message }) => `${at}: ${message}`).join("\n"));
  if (!isMirrored(parsed.config)) throw new Error("not mirrored");
  return parsed.config;
}
