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

const compacted = ({ configs }: NamedTopic): boolean => configs["cleanup.policy"] === "compact";
const inOne = (topic: NamedTopic): boolean => topic.partitions === 1 && compacted(topic);

/** By name: exact names, or names that nobody else would choose; where somebody might, by what such a topic is like too. */
const named: readonly (readonly [pattern: RegExp, keeper: Keeper, like?: (topic: NamedTopic) => boolean])[] = [
  [/^_schemas$|^_(schema_encoders|dek_registry_keys|exporter_(configs|states))$/, registry],
  [/^_schemas[-_.]/, registry, inOne],
  [/kafkasql-(journal|snapshots)$/, registry],
  [/^_internal_connectors([-_.].*)?$/, connect],
  [/^(docker-)?connect-(configs?|offsets?|status(es)?)$/, connect, compacted],
  [
    /^_confluent-ksql-|ksql_processing_log$|^ksql-.*processing[-_]log$/,
    {
      whose: "ksqlDB's",
      instead: "its statements are run again on a ksqlDB of the target, which reads the copied topics",
    },
  ],
  [/^_confluent[-_.]|^confluent[.]support[.]metrics$/, { whose: "Confluent Platform's", instead: none }],
  [/^_redpanda[-_.]|^_internal_redpanda/, { whose: "Redpanda's", instead: none }],
  [
    /^strimzi[.]cruisecontrol[.]|^strimzi-topic-operator|^__?strimzi[-_.]|^strimzi[-_]canary/,
    { whose: "Strimzi's", instead: none },
  ],
  [
    /^_kafka_lag_exporter|^_kminion|^kminion-end-to-end$|^xinfra-monitor-topic$/,
    { whose: "a monitor's", instead: none },
  ],
  [/^_kafka_lenses_/, { whose: "Lenses'", instead: none }],
  [/^_conduktor[-_.]/, { whose: "Conduktor's", instead: none }],
  [/^_oprtr([-_.]|$)/, { whose: "Kpow's", instead: none }],
  [/^(_aiven|aiven)[-_.]/, { whose: "Aiven's", instead: none }],
];

/** What a Connect cluster keeps, by the ends of the names; the first has one partition, and the last may be called otherwise. */
const ofConnect = [
  ["configs", "config"],
  ["offsets", "offset"],
  ["status", "statuses"],
] as const;

/**
 * The topics that are a tool's own, by name. Connect's may have any names: they are known by one beginning and the usual
 * ends, those of configs and positions at least, all of them compacted and the one of the configs with one partition. Pure.
 */
export function toolTopics(topics: readonly NamedTopic[]): ReadonlyMap<string, Keeper> {
  const found = new Map<string, Keeper>();
  for (const topic of topics) {
    const keeper = named.find(([pattern, , like]) => pattern.test(topic.name) && (like?.(topic) ?? true))?.[1];
    if (keeper !== undefined) found.set(topic.name, keeper);
  }
  for (const name of connectTopics(topics)) found.set(name, connect);
  return found;
}

function connectTopics(topics: readonly NamedTopic[]): string[] {
  const candidates = new Map(topics.filter(compacted).map((topic) => [topic.name, topic]));
  const [configsEnds, offsetsEnds, statusEnds] = ofConnect;
  return configsEnds.flatMap((end) =>
    [...candidates.values()].flatMap(({ name, partitions }) => {
      if (partitions !== 1 || !/[-_.]/.test(name.at(-end.length - 1) ?? "") || !name.endsWith(end)) return [];
      const beginning = name.slice(0, -end.length);
      const [offsets, status] = [offsetsEnds, statusEnds].map((ends) =>
        ends.map((each) => beginning + each).find((each) => candidates.has(each)),
      );
      return offsets === undefined ? [] : [name, offsets, ...(status === undefined ? [] : [status])];
    }),
  );
}
