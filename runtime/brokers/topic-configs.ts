/** Effective configs of topics: a few requests for all of them, spread over the brokers. */
import { responseOf, type Cluster } from "./connection.ts";
import { lacking } from "./error-codes.ts";
import { brokerProblem } from "./partitions.ts";
import { requests, send } from "./requests.ts";

/** Topics per request: an answer holds some thirty configs for each, 2 KB in all. */
const batches = { least: 250, most: 4_000 } as const;
/** Requests for each broker, as long as that makes none too large. */
const requestsPerBroker = 3;

/** Who set a value. `broker` is one for all topics, in the brokers' files or at run time. */
export type ConfigSource = "topic" | "broker" | "kafka";

export interface EffectiveConfig {
  /** Empty if Kafka does not reveal it, because it is sensitive. */
  readonly value: string;
  readonly from: ConfigSource;
}

/** Configs by topic and key; a topic is either among them or among the problems. */
export interface TopicConfigs {
  readonly topics: ReadonlyMap<string, ReadonlyMap<string, EffectiveConfig>>;
  /** Why a topic's configs could not be read, by topic. */
  readonly problems: ReadonlyMap<string, string>;
}

/** The effective configs of the named topics, as the brokers report them. */
export async function effectiveConfigs(cluster: Cluster, topics: readonly string[]): Promise<TopicConfigs> {
  const found = new Map<string, ReadonlyMap<string, EffectiveConfig>>();
  const problems = new Map<string, string>();
  const brokers = cluster.brokerIds;
  const share = Math.ceil(topics.length / (requestsPerBroker * Math.max(brokers.length, 1)));
  const size = Math.min(Math.max(share, batches.least), batches.most);
  const parts = Array.from({ length: Math.ceil(topics.length / size) }, (_, at) =>
    topics.slice(at * size, (at + 1) * size),
  );
  await Promise.all(
    parts.map(async (batch, at) => {
      const broker = brokers[at % brokers.length] ?? -1;
      try {
        for (const { resourceName, errorCode, errorMessage, configs } of await request(cluster, broker, batch)) {
          if (errorCode === 0) found.set(resourceName, effective(configs));
          else problems.set(resourceName, lacking(errorCode, `DescribeConfigs on Topic ${resourceName}`, errorMessage));
        }
      } catch (error) {
        for (const topic of batch) problems.set(topic, brokerProblem(cluster, broker, error));
      }
    }),
  );
  return { topics: found, problems };
}

type Described = Awaited<ReturnType<(typeof requests.describeConfigs.versions)[number]["async"]>>;
type Answer = Described["results"];

const topicResource = 2;

async function request(cluster: Cluster, broker: number, topics: readonly string[]): Promise<Answer> {
  const connection = await cluster.broker(broker);
  const resources = topics.map((resourceName) => ({ resourceType: topicResource, resourceName }) as const);
  const answer = await send(connection, requests.describeConfigs, resources, false, false).catch(responseOf<Described>);
  return answer.results;
}

function effective(configs: Answer[number]["configs"]): ReadonlyMap<string, EffectiveConfig> {
  return new Map(
    configs.map(({ name, value, configSource }) => [name, { value: value ?? "", from: of(configSource) }]),
  );
}

/** Kafka's ConfigSource: 1 the topic, 2 to 4 a broker, all of them or a file, 5 a default of Kafka's own. */
function of(source: number): ConfigSource {
  if (source === 1) return "topic";
  return source === 5 ? "kafka" : "broker";
}
