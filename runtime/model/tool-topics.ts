/** Topics in which tools beside Kafka keep what is their own: copied record by record it would be wrong on another cluster. */

/** A topic as it is recognised by. */
export interface NamedTopic {
  readonly name: string;
  readonly partitions: number;
  /** What the topic sets itself. */
  readonly configs: Readonly<Record<string, string>>;
}

/** Whose a topic is. */
export interface Keeper {
  /** For sentences, such as `Kafka Connect's`. */
  readonly whose: string;
  /** What moves its content instead, or why nothing has to. */
  readonly instead: string;
}

const registry: Keeper = {
  whose: "a schema registry's",
  instead:
    "schemas move with their ids through the registries' own API: name both under source.registry and target.registry (docs/schemas.md)",
};
const connect: Keeper = {
  whose: "Kafka Connect's",
  instead: "connectors move with their offsets as workloads of kind connector (docs/connectors.md)",
};
const none = "the tool makes it again where it is installed";

/** By name: exact names, or names that nobody else would choose. */
const named: readonly (readonly [pattern: RegExp, keeper: Keeper])[] = [
  [/^_schemas(_.*)?$/, registry],
  [/^kafkasql-(journal|snapshots)$/, registry],
  [/^_internal_connectors([-_.].*)?$/, connect],
  [
    /^_confluent-ksql-|^ksql-.*processing[-_]log$/,
    {
      whose: "ksqlDB's",
      instead: "its statements are run again on a ksqlDB of the target, which reads the copied topics",
    },
  ],
  [/^_confluent[-_.]/, { whose: "Confluent Platform's", instead: none }],
  [/^_redpanda[-_.]|^_internal_redpanda/, { whose: "Redpanda's", instead: none }],
  [/^strimzi[.]cruisecontrol[.]|^strimzi-topic-operator|^__?strimzi[-_.]/, { whose: "Strimzi's", instead: none }],
  [
    /^_kafka_lag_exporter|^_kminion|^kminion-end-to-end$|^xinfra-monitor-topic$/,
    { whose: "a monitor's", instead: none },
  ],
  [/^(_aiven|aiven)[-_.]/, { whose: "Aiven's", instead: none }],
];

/** What a Connect cluster keeps, by the ends of the names; the first has one partition. */
const ofConnect = [
  ["configs", "config"],
  ["offsets", "offset"],
  ["status", "statuses"],
] as const;

/**
 * The topics that are a tool's own, by name. Connect's three may have any names: they are known by being three, with
 * one beginning and the usual ends, all of them compacted and the one of the configs with one partition. Pure.
 */
export function toolTopics(topics: readonly NamedTopic[]): ReadonlyMap<string, Keeper> {
  const found = new Map<string, Keeper>();
  for (const { name } of topics) {
    const keeper = named.find(([pattern]) => pattern.test(name))?.[1];
    if (keeper !== undefined) found.set(name, keeper);
  }
  for (const name of connectTopics(topics)) found.set(name, connect);
  return found;
}

function connectTopics(topics: readonly NamedTopic[]): string[] {
  const compacted = new Map(
    topics.filter(({ configs }) => configs["cleanup.policy"] === "compact").map((topic) => [topic.name, topic]),
  );
  const [configsEnds, ...others] = ofConnect;
  return configsEnds.flatMap((end) =>
    [...compacted.values()].flatMap(({ name, partitions }) => {
      if (partitions !== 1 || !/[-_.]/.test(name.at(-end.length - 1) ?? "") || !name.endsWith(end)) return [];
      const beginning = name.slice(0, -end.length);
      const rest = others.map((ends) => ends.map((each) => beginning + each).find((each) => compacted.has(each)));
      return rest.every((each) => each !== undefined) ? [name, ...rest] : [];
    }),
  );
}
