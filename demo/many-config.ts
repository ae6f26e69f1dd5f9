import { parse, stringify } from "yaml";
import type { TrafficSet } from "../lab/traffic/workloads.ts";

interface Keys {
  readonly "kafka-migration:topics": { readonly migrate: string[] };
  readonly "kafka-migration:groups": { readonly migrate: { name: string; topics: readonly string[] }[] };
  readonly "kafka-migration:workloads": { readonly name: string; readonly [key: string]: unknown }[];
}

/** The lab's stack with what a larger traffic has beside that which the stack is written for; gets and returns YAML. */
export function withTrafficOf({ producers, consumers }: TrafficSet, text: string): string {
  const document = parse(text) as { config: Keys };
  const {
    "kafka-migration:topics": topics,
    "kafka-migration:groups": groups,
    "kafka-migration:workloads": workloads,
  } = document.config;
  const known = new Set(workloads.map(({ name }) => name));
  const bootstrap = (name: string) => ({ bootstrap: { configMap: `${name}-config`, key: "BOOTSTRAP" } });
  for (const { name, writes } of producers.filter((one) => !known.has(one.name))) {
    topics.migrate.push(...writes.map(({ topic }) => topic));
    workloads.push({ name, role: "producer", ...bootstrap(name) });
  }
  for (const { name, group, reads, more = [] } of consumers.filter((one) => !known.has(one.name))) {
    const all = [{ group, reads }, ...more];
    groups.migrate.push(...all.map((one) => ({ name: one.group, topics: one.reads })));
    workloads.push({ name, role: "consumer", groups: all.map((one) => one.group), ...bootstrap(name) });
  }
  return stringify(document);
}
