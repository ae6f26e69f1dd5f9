/** The lab with the topics of twelve applications, some of which read and write. */
import { networkOf, podAddress } from "../addresses.ts";
import kafkajs from "../kafkajs.ts";
import { connect } from "../kubernetes.ts";
import { ports, type Lab } from "../layout.ts";
import { namespace, sourceAccess, sourceName } from "../source.ts";
import { applicationTopics, type TopicPartitions } from "../traffic/application-workloads.ts";

export interface ApplicationsOptions {
  /** Gets one line per step. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Adds the applications' topics to a lab that is up; does nothing the second time. */
export async function applicationsUp(lab: Lab, options: ApplicationsOptions): Promise<void> {
  await topicsUp(lab, applicationTopics, options);
  options.onProgress(`topics of the applications: ${applicationTopics.map(({ topic }) => topic).join(", ")}`);
}

/** Adds topics to the source of a lab that is up; those that exist stay as they are. */
export async function topicsUp(
  lab: Lab,
  wanted: readonly TopicPartitions[],
  { signal }: Pick<ApplicationsOptions, "signal">,
): Promise<void> {
  const { username, password, ca } = await sourceAccess(connect(lab.kubeconfig));
  const network = networkOf(lab, `kafka/${namespace}/${sourceName}`);
  const brokers = [0, 1].map((index) => `${podAddress(lab, network, "kafka", index)}:${ports.runner}`);
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  const client = new kafkajs.Kafka({
    clientId: "lab-seed",
    brokers,
    sasl: { mechanism: "plain", username, password },
    ssl: { ca: [ca] },
    logLevel: kafkajs.logLevel.NOTHING,
    // Making a thousand topics takes the lab's brokers longer than a usual request.
    requestTimeout: 60_000,
    retry: { initialRetryTime: 200, retries: 8 },
  });
  signal.throwIfAborted();
  const admin = client.admin();
  try {
    await admin.connect();
    const present = new Set(await admin.listTopics());
    const topics = wanted
      .filter(({ topic }) => !present.has(topic))
      .map(({ topic, numPartitions, compacted }) => ({
        ...{ topic, numPartitions, replicationFactor: 2 },
        ...(compacted && { configEntries: [{ name: "cleanup.policy", value: "compact" }] }),
      }));
    if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: false, timeout: 60_000 });
  } finally {
    await admin.disconnect();
  }
}
