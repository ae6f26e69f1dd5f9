/** Effective configs of topics and brokers: few requests for all topics, of one broker. */
import { ConfigResourceTypes, ConfigSources, type Connection } from "@platformatic/kafka";
import type { ConfigOrigin, ConfigReading, Unread } from "../model/cluster-reading.ts";
import { responseOf } from "./connection.ts";
import { protocolError } from "./error-codes.ts";
import { refusalOf, type Refusal } from "./refusal.ts";
import { requests, send } from "./requests.ts";

/** Topics per request: each takes some 5 KB of the answer, its synonyms among them. */
const askedTopics = 4_000;

type Answer = Awaited<ReturnType<(typeof requests.describeConfigs.versions)[number]["async"]>>;
type Described = Answer["results"][number]["configs"][number];

/** What a config's value and where it comes from says about the topic; a part of the broker's answer. */
export type DescribedConfig = Pick<Described, "name" | "value" | "configSource" | "synonyms">;

/** Configs of the topics by name; topics whose configs the user may not read are named in `unread`. */
export async function describeTopics(
  connection: Connection,
  topics: readonly string[],
  unread: Unread[],
): Promise<ReadonlyMap<string, Readonly<Record<string, ConfigReading>>>> {
  const found = new Map<string, Readonly<Record<string, ConfigReading>>>();
  const refused = new Map<string, { readonly refusal: Refusal; readonly topics: string[] }>();
  for (let at = 0; at < topics.length; at += askedTopics) {
    const asked = topics.slice(at, at + askedTopics);
    const resources = asked.map((name) => ({ resourceType: ConfigResourceTypes.TOPIC, resourceName: name }));
    const answer = await send(connection, requests.describeConfigs, resources, true, false).catch(responseOf<Answer>);
    for (const { resourceName: topic, errorCode, configs } of answer.results) {
      const refusal = refusalOf(errorCode);
      if (refusal !== null) {
        const alike = refused.get(refusal.code) ?? { refusal, topics: [] };
        alike.topics.push(topic);
        refused.set(refusal.code, alike);
      } else if (errorCode === 0) found.set(topic, configsOf(configs));
      // Gone between two requests.
      else if (protocolError(errorCode) !== "UNKNOWN_TOPIC_OR_PARTITION")
        throw new Error(`the configs of topic ${topic} cannot be read: ${protocolError(errorCode)}`);
    }
  }
  for (const { refusal, topics } of refused.values()) {
    unread.push({ what: `configs of ${topics.join(", ")}`, ...refusal, topics });
  }
  return found;
}

/** Config of one broker, sensitive values left out; empty if the user may not read it. */
export async function describeBroker(connection: Connection, broker: number): Promise<Record<string, string>> {
  const resources = [{ resourceType: ConfigResourceTypes.BROKER, resourceName: String(broker) }];
  const answer = await send(connection, requests.describeConfigs, resources, false, false).catch(responseOf<Answer>);
  const configs = answer.results[0]?.configs ?? [];
  return Object.fromEntries(
    configs
      .filter(({ isSensitive, value }) => !isSensitive && value !== null)
      .map(({ name, value }) => [name, value ?? ""] as const),
  );
}

function configsOf(configs: readonly Described[]): Record<string, ConfigReading> {
  const readable = configs.filter(({ isSensitive, value }) => !isSensitive && value !== null);
  return Object.fromEntries(
    readable.map((config) => [config.name, configReading(config)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** One config with what would hold if the topic did not set it. Pure. */
export function configReading(config: DescribedConfig): ConfigReading {
  const value = config.value ?? "";
  const from = origin(config.configSource);
  if (from !== "topic") return { value, from, otherwise: { value, from } };
  const next = config.synonyms.find((synonym) => origin(synonym.source) !== "topic" && synonym.value !== null);
  if (next === undefined) return { value, from, otherwise: null };
  const inherited = origin(next.source) === "broker" ? "broker" : "kafka";
  const converted = inUnitOf(config.name, next.name, next.value ?? "");
  return { value, from, otherwise: converted === null ? null : { value: converted, from: inherited } };
}

function origin(source: number): ConfigOrigin {
  if (source === ConfigSources.DYNAMIC_TOPIC_CONFIG) return "topic";
  return source === ConfigSources.DEFAULT_CONFIG ? "kafka" : "broker";
}

// A broker may set retention.ms as log.retention.hours: a synonym's value is in the unit of its own name.
function inUnitOf(name: string, synonym: string, value: string): string | null {
  const milliseconds: Record<string, number> = { hours: 3_600_000, minutes: 60_000 };
  const factor = milliseconds[synonym.split(".").at(-1) ?? ""];
  if (factor === undefined) return value;
  if (!name.endsWith(".ms")) return null;
  return value.startsWith("-") ? value : String(BigInt(value) * BigInt(factor));
}
