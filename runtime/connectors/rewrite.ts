/** A connector's configuration at the target: which addresses change by rule, and what cannot be left as it is. Pure. */
import type { ConnectorRef, SideAddresses } from "../model/connector-refs.ts";
import { maySecret } from "../model/may-secret.ts";
import type { SideName } from "../model/sides.ts";
import { addressIn, entriesOf, hostPortOf, normalAddress, normalUrl } from "./addresses.ts";

export type Properties = Readonly<Record<string, string>>;

/** One property that has another value at the target. */
export interface Change {
  readonly property: string;
  /** Null where the connector does not set it on the source. */
  readonly from: string | null;
  /** Null where the value comes from a Secret. */
  readonly to: string | null;
}

export interface Rewritten {
  /** The configuration at the target without the properties that come from Secrets. */
  readonly properties: Properties;
  readonly changes: readonly Change[];
  /** Properties that are copied unchanged and may be wrong at the target, each with the reason. */
  readonly notes: readonly string[];
  /** Why the configuration must not be used, each naming the property. */
  readonly problems: readonly string[];
}

export type RewriteQuestion = Pick<ConnectorRef, "name" | "role" | "groups" | "renamed" | "rewrites" | "secrets">;

export interface Surroundings {
  readonly addresses: Readonly<Record<SideName, SideAddresses>>;
  /** Names of the migrated topics. */
  readonly topics: readonly string[];
}

/** Sinks join the group of this property, or one that is named after the connector. */
const groupProperty = "consumer.override.group.id";
/** Where Debezium keeps the history of the schemas that it reads; the second is what older versions call it. */
const historyTopics = ["schema.history.internal.kafka.topic", "database.history.kafka.topic"];
const logins = /(^|\.)(sasl\.jaas\.config|basic\.auth\.user\.info)$/;

/** The group that a sink joins by its configuration. */
export const groupOf = (name: string, config: Properties): string => config[groupProperty] ?? `connect-${name}`;

/** The configuration of a connector at the target, made of the one that it has on the source. */
export function rewrite(question: RewriteQuestion, config: Properties, around: Surroundings): Rewritten {
  const { rewrites, renamed, name } = question;
  const fromSecrets = new Set(question.secrets.map(({ property }) => property));
  const given = new Set([...Object.keys(rewrites), ...fromSecrets]);
  const properties: Record<string, string> = {};
  const problems: string[] = [];
  for (const [property, value] of Object.entries(config)) {
    if (given.has(property) || property === "name") continue;
    const found = byRule(property, value, around.addresses);
    if ("problem" in found) problems.push(`${property} ${found.problem}`);
    else properties[property] = found.value;
  }
  Object.assign(properties, rewrites, { name: renamed });
  // A connector of another name would join another group than the one whose offsets are placed.
  if (question.role === "consumer" && renamed !== name && !(groupProperty in properties)) {
    properties[groupProperty] = groupOf(name, config);
  }
  const whole = { ...config, ...properties };
  problems.push(
    ...historyProblems(whole, around.topics),
    ...topicProblems(question, whole, around.topics),
    ...groupProblems(question, config, whole),
  );
  const changes = [...new Set([...Object.keys(properties), ...fromSecrets])]
    .map((property): Change => ({
      property,
      from: property === "name" ? name : (config[property] ?? null),
      to: fromSecrets.has(property) ? null : properties[property]!,
    }))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => (a.property < b.property ? -1 : 1));
  const notes = Object.keys(config)
    .filter((property) => logins.test(property) && !given.has(property))
    .sort()
    .map((property) => `${property} is copied as it is; if that user differs at the target, name it under secrets`);
  return { properties, changes, notes, problems };
}

/** The value at the target, or why there is none. */
function byRule(
  property: string,
  value: string,
  { source, target }: Surroundings["addresses"],
): { readonly value: string } | { readonly problem: string } {
  const entries = entriesOf(value);
  const brokers = new Set(source.bootstrap.map(normalAddress));
  const registries = new Set(source.registry.map(normalUrl));
  if (entries.length > 0 && entries.every((entry) => brokers.has(normalAddress(entry)))) {
    return { value: target.bootstrap.join(",") };
  }
  if (entries.length > 0 && entries.every((entry) => registries.has(normalUrl(entry)))) {
    if (target.registry.length === 0)
      return { problem: `is the source's registry, and the target has none; ${remedy}` };
    return { value: target.registry.join(",") };
  }
  const known = [...source.bootstrap.map(normalAddress), ...source.registry.map(hostPortOf)];
  const address = addressIn(value, known);
  // A value that could contain a password is not repeated; the config's own address can be.
  if (address !== null) return { problem: `contains the source's ${address}; ${remedy}` };
  if (isReference(value)) return { value };
  if (/(^|\.)bootstrap\.servers$/.test(property)) {
    return {
      problem: `names brokers that the config does not know as the source's; list them under source.bootstrap, or ${remedy}`,
    };
  }
  if (/(^|\.)(schema\.)?registry\.url$/.test(property)) {
    return {
      problem: `names a registry that the config does not know as the source's; list it under source.registry, or ${remedy}`,
    };
  }
  return { value };
}

const remedy = "list its value at the target under rewrites, unchanged if it is correct there";

/** Such a value is looked up by the worker that starts the connector, where that worker runs. */
const isReference = (value: string): boolean => /^\$\{[^}]+\}$/.test(value);

function historyProblems(whole: Properties, topics: readonly string[]): string[] {
  return historyTopics.flatMap((property) => {
    const topic = whole[property];
    if (topic === undefined || topics.includes(topic)) return [];
    return [
      `${property} is topic ${topic}, which is not migrated: without its schema history the connector cannot continue ` +
        `where it was; add the topic to topics.migrate (one partition, unlimited retention)`,
    ];
  });
}

/** The connector would silently stop reading a topic that is not on the target. */
function topicProblems({ role }: RewriteQuestion, whole: Properties, topics: readonly string[]): string[] {
  const left = role === "consumer" ? entriesOf(whole["topics"] ?? "").filter((topic) => !topics.includes(topic)) : [];
  if (left.length === 0) return [];
  return [
    `topics has ${left.join(", ")}, which ${left.length === 1 ? "is" : "are"} not migrated; add ` +
      `${left.length === 1 ? "it" : "them"} to topics.migrate, or list the topics that it reads at the target under rewrites`,
  ];
}

/** A sink's group is the one whose offsets are placed, on both sides. */
function groupProblems(
  { name, role, groups, renamed }: RewriteQuestion,
  config: Properties,
  whole: Properties,
): string[] {
  if (role !== "consumer") return [];
  const joins = groupOf(name, config);
  const there = groupOf(renamed, whole);
  if (!groups.includes(joins)) {
    return [
      `it joins group ${joins}, but the config says ${groups.join(", ")}; name that group under groups of the workload`,
    ];
  }
  if (there === joins) return [];
  return [
    `${groupProperty} makes it join group ${there} at the target, but the offsets of ${joins} are placed; ` +
      `remove it from rewrites`,
  ];
}

/** A property as a line may show it. */
export function changeText({ property, from, to }: Change): string {
  const value = (text: string): string => (maySecret(property, text) ? "(not shown)" : text === "" ? '""' : text);
  const former = from === null ? "not set" : value(from);
  return `${property}: ${former} -> ${to === null ? "from its Secret" : value(to)}`;
}
