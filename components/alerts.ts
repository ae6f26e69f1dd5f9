import type { MirroredConfig } from "../config/migration-config.ts";
import { wayBackOf } from "../phases/strategies/index.ts";
import { connectPlatformOf, kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import { mirrorNames } from "./names.ts";

/** One alert of a PrometheusRule. */
interface Alert {
  readonly alert: string;
  /** PromQL. */
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What was found, and what to do. */
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** Label matchers of the Connect workers' own series. */
export function workerMatchers(config: MirroredConfig): string {
  const { namespace } = config.kubernetes[config.target.kubernetes]!;
  return `namespace="${namespace}",pod=~"${connectPlatformOf(config.connect).workerPods(config.connect.name)}"`;
}

/** The label matcher of the migration's connectors. */
export function connectorMatcher(config: MirroredConfig): string {
  const { connectors, reverses } = mirrorNames(config);
  const back = wayBackOf(config.table) === "mirrored" ? reverses.map(({ name }) => name) : [];
  return `connector=~"${[...connectors, ...back].join("|")}"`;
}

/**
 * MM2 names its consumer `source->target|<connector>-<task>|replication-consumer`. `of`: one of several source connectors.
 * @default all
 */
export const mirrorClientMatcher = ({ connect }: MirroredConfig, of?: string): string =>
  `${connectPlatformOf(connect).clientLabel}=~".*${of === undefined ? "" : `${of}-[0-9]+.*`}replication-consumer.*"`;

/** What is watched while the mirror runs; each text says what to do. */
export function alerts(config: MirroredConfig): Alert[] {
  const { latencySeconds, holdMinutes, stalledMinutes, retriesPerMinute } = config.monitoring!.thresholds;
  const { metrics, clientLabel: client } = connectPlatformOf(config.connect);
  const workers = workerMatchers(config);
  const connectors = connectorMatcher(config);
  const { sources, heartbeat, reverses } = mirrorNames(config);
  const alert = (
    name: string,
    severity: "warning" | "critical",
    expr: string,
    summary: string,
    description: string,
  ) => ({
    alert: `KafkaMigration${name}`,
    expr,
    for: `${holdMinutes}m`,
    labels: { severity, migration: config.name },
    annotations: { summary, description },
  });
  const grows = (metric: string) =>
    `sum by (connector) (increase(${metric}{${workers},${connectors}}[${holdMinutes}m])) > 0`;
  const messages = sourceMessages(config);
  const sent = `sum by (topic) (increase(${messages}[${stalledMinutes}m])) > 0`;
  // The lag stands still once the source cannot be reached; what its brokers are sent does not, if they are watched.
  const waiting = (of?: string): string => {
    const left = `${metrics.recordsLeft}{${workers},${mirrorClientMatcher(config, of)}}`;
    return `sum(${left}) > 0${messages ? ` or count(${sent} and on (topic) ${left}) > 0` : ""}`;
  };
  const stalled = ({ name, wave }: (typeof sources)[number]) => {
    const found = alert(
      "MirrorStalled",
      "critical",
      `sum(increase(${metrics.recordsWritten}{${workers},connector="${name}"}[${stalledMinutes}m])) == 0 and on () (${waiting(wave && name)})`,
      `${name} has mirrored nothing for ${stalledMinutes} minutes although the source has records left`,
      "Its state may be RUNNING all the same: MM2 swallows errors of reading. Look for WARN lines in the workers' logs (authorization, network to the source's brokers) and for a transaction that hangs on the source.",
    );
    // The window of the expression is the time for which it must hold. Alerts that differ in nothing else are one.
    return { ...found, for: "1m", ...(wave !== undefined && { labels: { ...found.labels, connector: name } }) };
  };
  const stalledBack = ({ name }: (typeof reverses)[number]) => {
    const left = `${metrics.recordsLeft}{${workers},${mirrorClientMatcher(config, name)}}`;
    const found = alert(
      "WayBackStalled",
      "critical",
      `sum(increase(${metrics.recordsWritten}{${workers},connector="${name}"}[${stalledMinutes}m])) == 0 and on () (sum(${left}) > 0)`,
      `${name} has copied nothing back for ${stalledMinutes} minutes although the target has records left`,
      "Until it does, what is written on the target is not on the source, and going back waits for it. Look for WARN lines in the workers' logs (Write on the source's topics, network to its brokers) and for a task that has FAILED; run pulumi up, which restarts it.",
    );
    return { ...found, for: "1m", labels: { ...found.labels, connector: name } };
  };
  const heartbeatsStopped = (connector: string) => ({
    ...alert(
      "HeartbeatsStopped",
      "warning",
      `sum(increase(${metrics.recordsWritten}{${workers},connector="${connector}"}[${stalledMinutes}m])) == 0`,
      `${connector} has written no heartbeat for ${stalledMinutes} minutes`,
      "Heartbeats need nothing of the source, so Connect or the target does not take writes: look at the workers' logs and at the target's load. A mirror that a phase has stopped writes none either.",
    ),
    for: "1m",
  });
  return [
    alert(
      "ReplicationLatency",
      "warning",
      `max by (topic) (${metrics.replicationLatencyMax}{${workers}}) > ${latencySeconds * 1000}`,
      "Records of {{ $labels.topic }} are {{ $value | humanize }} ms old when they reach the target",
      "While old records are copied this is their own age: wait. Else give the mirror more tasks (mirror.tasksMax) or look at the target's load. Do not move producers before it is low.",
    ),
    ...sources.map(stalled),
    ...(wayBackOf(config.table) === "mirrored" ? reverses.map(stalledBack) : []),
    ...(heartbeat === undefined ? [] : [heartbeatsStopped(heartbeat)]),
    alert(
      "TaskNotRunning",
      "critical",
      `max by (connector, task, status) (${metrics.taskStatus}{${workers},${connectors},status!="running"}) == 1`,
      "Task {{ $labels.task }} of {{ $labels.connector }} is {{ $labels.status }}",
      "Read its trace with GET /connectors/{{ $labels.connector }}/status, fix the cause, then run pulumi up, or POST /connectors/{{ $labels.connector }}/restart?includeTasks=true&onlyFailed=true.",
    ),
    alert(
      "RecordErrors",
      "warning",
      grows(metrics.recordErrors),
      "{{ $labels.connector }} has errors with records: {{ $value | humanize }}",
      "An operation on a record failed and may have been tried again. The workers' logs name topic and offset.",
    ),
    alert(
      "RecordFailures",
      "critical",
      grows(metrics.recordFailures),
      "{{ $labels.connector }} could not process {{ $value | humanize }} records",
      "The task fails, since errors.tolerance is none; nothing is lost. Often the record is larger than producer.override.max.request.size or the target's max.message.bytes.",
    ),
    alert(
      "RecordsSkipped",
      "critical",
      grows(metrics.recordsSkipped),
      "{{ $labels.connector }} has left out {{ $value | humanize }} records, which are missing on the target",
      "This cannot happen with errors.tolerance=none, so the connector has been edited. Do not move producers; copy the topic again from its start.",
    ),
    alert(
      "ProducerRetries",
      "warning",
      `sum by (${client}) (rate(${metrics.producerRetries}{${workers},${client}=~"connector-producer-${config.name}-.*"}[${holdMinutes}m])) * 60 > ${retriesPerMinute}`,
      `{{ $labels.${client} }} sends {{ $value | humanize }} records a minute again`,
      "The target's brokers answer late or refuse: look at their load, under-replicated partitions and quotas.",
    ),
    alert(
      "MirrorMetricsMissing",
      "warning",
      `count(${metrics.taskStatus}{${workers},${copying(sources)},status="running"}) > 0 unless on () count(${metrics.recordCount}{${workers}})`,
      "The workers report no MirrorMaker 2 metrics, so replication latency is not watched",
      "The exporter's rules in the workers do not name them: the image's own do not for Kafka 4. With connect.monitor the program mounts rules that do, at the place where the images before 4.0 have theirs; look with kubectl exec whether the agent reads another file (-javaagent in EXTRA_ARGS). The other alerts go on; watch the records left instead.",
    ),
  ];
}

const copying = (sources: readonly { readonly name: string }[]): string =>
  sources.length === 1
    ? `connector="${sources[0]!.name}"`
    : `connector=~"${sources.map(({ name }) => name).join("|")}"`;

/** The PrometheusRule of a migration (monitoring.coreos.com/v1); undefined where the config asks for none. */
export function prometheusRuleManifest(config: MirroredConfig) {
  const rule = config.monitoring?.prometheusRule;
  return (
    rule && {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: {
        name: `${config.name}-mirror`,
        namespace: rule.namespace ?? config.kubernetes[config.target.kubernetes]!.namespace,
        labels: rule.labels,
      },
      spec: { groups: [{ name: `${config.name}-mirror`, rules: alerts(config) }] },
    }
  );
}

/** What the source's brokers are sent, where this Prometheus reads them too. */
function sourceMessages({ source, kubernetes }: MirroredConfig): string | undefined {
  const object = kafkaObjectOf(source.cluster);
  if (object === null) return undefined;
  const { name, kafka } = object;
  return `${kafka.messagesIn}{namespace="${kubernetes[source.kubernetes]!.namespace}",pod=~"${kafka.brokerPods(name)}",topic!=""}`;
}
