import type { MirroredConfig } from "../config/migration-config.ts";
import { connectorMatcher, mirrorClientMatcher, workerMatchers } from "./alerts.ts";
import { connectPlatformOf, kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";

/** One graph: its title, Grafana's name of the unit, and PromQL with the legend of each line. */
interface Graph {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly lines: readonly (readonly [expr: string, legend: string])[];
}

/** The Grafana dashboard of a migration in a ConfigMap; undefined where the config asks for none. */
export function dashboardConfigMap(config: MirroredConfig) {
  const dashboard = config.monitoring?.dashboard;
  return (
    dashboard && {
      metadata: {
        name: `${config.name}-dashboard`,
        namespace: dashboard.namespace ?? config.kubernetes[config.target.kubernetes]!.namespace,
        labels: dashboard.labels,
      },
      data: { [`${config.name}-migration.json`]: `${JSON.stringify(dashboardOf(config), null, 2)}\n` },
    }
  );
}

/** What Grafana knows the dashboard by, in its address too. */
export const dashboardUid = ({ name }: Pick<MirroredConfig, "name">): string => `kafka-migration-${name}`.slice(0, 40);

/** Panels two abreast; equal for equal configs. */
function dashboardOf(config: MirroredConfig) {
  const { namespace } = config.kubernetes[config.target.kubernetes]!;
  const datasource = { type: "prometheus", uid: "${datasource}" };
  const { metrics } = connectPlatformOf(config.connect);
  const jobs = `label_values(${metrics.taskStatus}{namespace="$namespace"},job)`;
  return {
    uid: dashboardUid(config),
    title: `Kafka migration ${config.name}`,
    tags: ["kafka", "migration"],
    schemaVersion: 39,
    editable: false,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus" },
        {
          name: "namespace",
          type: "query",
          datasource,
          refresh: 2,
          sort: 1,
          query: `label_values(${metrics.taskStatus},namespace)`,
          current: { text: namespace, value: namespace },
        },
        {
          name: "job",
          type: "query",
          datasource,
          refresh: 2,
          sort: 1,
          includeAll: true,
          allValue: ".*",
          query: jobs,
          current: { text: "All", value: "$__all" },
        },
      ],
    },
    panels: graphs(config).map(({ title, description, unit, lines }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      description,
      datasource,
      gridPos: { h: 8, w: 12, x: (index % 2) * 12, y: Math.floor(index / 2) * 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
      targets: lines.map(([expr, legendFormat], line) => ({
        refId: String.fromCharCode(65 + line),
        datasource,
        expr,
        legendFormat,
      })),
    })),
  };
}

function graphs(config: MirroredConfig): Graph[] {
  const { namespace } = config.kubernetes[config.target.kubernetes]!;
  const workers = `${workerMatchers(config).replace(`namespace="${namespace}"`, 'namespace="$namespace"')},job=~"$job"`;
  const connectors = `${workers},${connectorMatcher(config)}`;
  const { metrics, clientLabel: client } = connectPlatformOf(config.connect);
  const byConnector = (metric: string) => `sum by (connector) (increase(${metric}{${connectors}}[$__rate_interval]))`;
  const byTopic = (metric: string, sum: string) => `${sum} by (topic) (${metric}{${workers}})`;
  return [
    {
      title: "Replication latency",
      description: "Age of records when they reach the target; while old records are copied it is their own age.",
      unit: "ms",
      lines: [
        [byTopic(metrics.replicationLatencyMax, "max"), "{{topic}} max"],
        [byTopic(metrics.replicationLatencyAvg, "avg"), "{{topic}} average"],
      ],
    },
    {
      title: "Records left on the source",
      description: "What MirrorMaker 2's consumer has still to read; the gates measure this themselves, exactly.",
      unit: "short",
      lines: [[`sum by (topic) (${metrics.recordsLeft}{${workers},${mirrorClientMatcher(config)}})`, "{{topic}}"]],
    },
    {
      title: "Records mirrored",
      description: "Since each task started.",
      unit: "short",
      lines: [[byTopic(metrics.recordCount, "sum"), "{{topic}}"]],
    },
    {
      title: "Throughput",
      description: "Records per second written by the mirror's tasks, and bytes per second.",
      unit: "short",
      lines: [
        [
          `sum by (connector) (rate(${metrics.recordsWritten}{${connectors}}[$__rate_interval]))`,
          "{{connector}} records/s",
        ],
        [`sum(${metrics.byteRate}{${workers}})`, "bytes/s"],
      ],
    },
    {
      title: "Errors with records",
      description: "Each of them should stay at 0.",
      unit: "short",
      lines: [
        [byConnector(metrics.recordErrors), "{{connector}} errors"],
        [byConnector(metrics.recordFailures), "{{connector}} failures"],
        [byConnector(metrics.recordsSkipped), "{{connector}} skipped"],
      ],
    },
    {
      title: "Records sent again",
      description: "Retries of the workers' producers.",
      unit: "short",
      lines: [
        [
          `sum by (${client}) (rate(${metrics.producerRetries}{${workers},${client}=~"connector-producer-${config.name}-.*"}[$__rate_interval]))`,
          `{{${client}}}`,
        ],
      ],
    },
    {
      title: "Tasks by state",
      description: "A task that is not running copies nothing; a stopped mirror has none.",
      unit: "short",
      lines: [[`count by (connector, status) (${metrics.taskStatus}{${connectors}} == 1)`, "{{connector}} {{status}}"]],
    },
    {
      title: "Tasks by worker",
      description: "Connect's workers and what each of them runs.",
      unit: "short",
      lines: [[`sum by (pod) (${metrics.workerTasks}{${workers}})`, "{{pod}}"]],
    },
    ...targetGraphs(config),
  ];
}

/** The load of the target's brokers, where this Prometheus reads them. */
function targetGraphs({ target }: MirroredConfig): Graph[] {
  const object = kafkaObjectOf(target.cluster);
  if (object === null || object.kafka.monitored(target.cluster) === false) return [];
  const { load, brokerPods } = object.kafka;
  const pods = `namespace="$namespace",pod=~"${brokerPods(object.name)}"`;
  const rate = (metric: string) => `sum by (pod) (rate(${metric}{${pods},topic=""}[$__rate_interval]))`;
  return [
    {
      title: "Target: replicas that are not in sync",
      description: "Under-replicated partitions by leader; the gate target-healthy waits until there are none.",
      unit: "short",
      lines: [[`sum by (pod) (${load.underReplicated}{${pods}})`, "{{pod}}"]],
    },
    {
      title: "Target: leaders",
      description: "Partitions that each broker leads; one that leads far more than the others carries their load.",
      unit: "short",
      lines: [[`sum by (pod) (${load.leaders}{${pods}})`, "{{pod}}"]],
    },
    {
      title: "Target: bytes",
      description: "Bytes per second that clients write to and read from each broker, replication aside.",
      unit: "Bps",
      lines: [
        [rate(load.bytesIn), "{{pod}} in"],
        [rate(load.bytesOut), "{{pod}} out"],
      ],
    },
    {
      title: "Target: request handlers idle",
      description: "Share of their time; below 0.3 a broker is close to its limit.",
      unit: "percentunit",
      lines: [[`min by (pod) (${load.requestHandlerIdle}{${pods}})`, "{{pod}}"]],
    },
  ];
}
