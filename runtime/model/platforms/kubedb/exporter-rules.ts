/**
 * Rules of the Prometheus JMX exporter for the workers of a ConnectCluster.
 *
 * KubeDB's image has its own (appscode-images/kafka-docker, tag 3.9.0, `connect-cluster/jmx-exporter-config.yaml`,
 * Apache-2.0). These yield the same series under the same names, since other dashboards ask for them too, and in
 * addition what MirrorMaker 2 reports since Kafka 4, which puts `source` before `target`. See
 * docs/decisions/0047-the-exporters-rules.md.
 */
import type { ConnectWanted } from "../platform.ts";

/** Where the image's agent reads its rules from. */
const fileInImage = "/opt/jmx_exporter/jmx-exporter-config.yaml";

const file = "jmx-exporter-config.yaml";
const volume = "kafka-migration-metrics-rules";

/** The rules as the exporter reads them. The first one that fits a bean's attribute decides. */
export const exporterRules = `# Totals are counters: an agent of 1.0 or later takes the ending _total off anything else.
lowercaseOutputName: true
rules:
  # MirrorMaker 2; the first rule is for Kafka 4, the second for releases before it.
  - pattern: kafka.connect.mirror<type=MirrorSourceConnector, source=(.+), target=(.+), topic=(.+), partition=([0-9]+)><>([a-z-]+)
    name: kafka_connect_mirror_source_connector_$5
    type: GAUGE
    labels: { source: "$1", destination: "$2", topic: "$3", partition: "$4" }
  - pattern: kafka.connect.mirror<type=MirrorSourceConnector, target=(.+), topic=(.+), partition=([0-9]+)><>([a-z-]+)
    name: kafka_connect_mirror_source_connector_$4
    type: GAUGE
    labels: { destination: "$1", topic: "$2", partition: "$3" }
  - pattern: kafka.connect.mirror<type=MirrorCheckpointConnector, source=(.+), target=(.+)><>([a-z-]+)
    name: kafka_connect_mirror_checkpoint_connector_$3
    type: GAUGE
    labels: { source: "$1", target: "$2" }

  # Kafka's clients inside a worker.
  - pattern: kafka.(.+)<type=app-info, client-id=(.+)><>start-time-ms
    name: kafka_$1_start_time_seconds
    type: GAUGE
    valueFactor: 0.001
    labels: { clientId: "$2" }
  - pattern: "kafka.(.+)<type=app-info, client-id=(.+)><>(commit-id|version): (.+)"
    name: kafka_connect_app_info
    type: GAUGE
    value: 1
    labels: { clientId: "$2", $3: "$4" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.+), topic=(.+), partition=(.+)><>(.+-total)
    name: kafka_$2_$6
    type: COUNTER
    labels: { clientId: "$3", topic: "$4", partition: "$5" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.+), topic=(.+), partition=(.+)><>(compression-rate|.+-avg|.+-replica|.+-lag|.+-lead)
    name: kafka_$2_$6
    type: GAUGE
    labels: { clientId: "$3", topic: "$4", partition: "$5" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.+), topic=(.+)><>(.+-total)
    name: kafka_$2_$5
    type: COUNTER
    labels: { clientId: "$3", topic: "$4" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.+), topic=(.+)><>(compression-rate|.+-avg)
    name: kafka_$2_$5
    type: GAUGE
    labels: { clientId: "$3", topic: "$4" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.+), node-id=(.+)><>(.+-total)
    name: kafka_$2_$5
    type: COUNTER
    labels: { clientId: "$3", nodeId: "$4" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.+), node-id=(.+)><>(.+-avg)
    name: kafka_$2_$5
    type: UNTYPED
    labels: { clientId: "$3", nodeId: "$4" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.*)><>(.+-total)
    name: kafka_$2_$4
    type: COUNTER
    labels: { clientId: "$3" }
  - pattern: kafka.(.+)<type=(.+)-metrics, client-id=(.*)><>(.+-avg|.+-bytes|.+-count|.+-ratio|.+-age|.+-flight|.+-threads|.+-connectors|.+-tasks|.+-ago)
    name: kafka_$2_$4
    type: GAUGE
    labels: { clientId: "$3" }

  # Connectors and tasks.
  - pattern: "kafka.connect<type=connector-metrics, connector=(.+)><>(.+): (.+)"
    name: kafka_connect_connector_info
    type: COUNTER
    value: 1
    labels: { connector: "$1", $2: "$3" }
  - pattern: "kafka.connect<type=connector-task-metrics, connector=(.+), task=(.+)><>status: ([a-z-]+)"
    name: kafka_connect_connector_status
    type: GAUGE
    value: 1
    labels: { connector: "$1", task: "$2", status: "$3" }
  - pattern: kafka.connect<type=(.+)-metrics, connector=(.+), task=(.+)><>(.+-total)
    name: kafka_connect_$1_$4
    type: COUNTER
    labels: { connector: "$2", task: "$3" }
  - pattern: kafka.connect<type=(.+)-metrics, connector=(.+), task=(.+)><>(.+-count|.+-ms|.+-ratio|.+-avg|.+-failures|.+-requests|.+-timestamp|.+-logged|.+-errors|.+-retries|.+-skipped)
    name: kafka_connect_$1_$4
    type: GAUGE
    labels: { connector: "$2", task: "$3" }

  # Workers.
  - pattern: kafka.connect<type=connect-worker-metrics, connector=(.+)><>([a-z-]+)
    name: kafka_connect_worker_$2
    type: GAUGE
    labels: { connector: "$1" }
  - pattern: kafka.connect<type=connect-worker-metrics><>([a-z-]+)
    name: kafka_connect_worker_$1
    type: GAUGE
  - pattern: kafka.connect<type=connect-worker-rebalance-metrics><>([a-z-]+)
    name: kafka_connect_worker_rebalance_$1
    type: GAUGE
  - pattern: kafka.connect<type=(.+), client-id=(.+)><>([^:]+)
    name: kafka_connect_$1_$3
    labels: { client_id: "$2" }
`;

/** Whether the image's own rules miss what MirrorMaker 2 reports, and Prometheus is given the workers' metrics at all. */
const areWanted = ({ version, monitor }: Pick<ConnectWanted, "monitor" | "version">): boolean =>
  monitor !== undefined && Number.parseInt(version, 10) >= 4;

const configMapOf = (name: string): string => `${name}-metrics-rules`;

/** The ConfigMap with the rules, to be there before the workers; undefined where the image's own will do. */
export function rulesConfigMap(wanted: ConnectWanted) {
  return areWanted(wanted) ? { name: configMapOf(wanted.name), data: { [file]: exporterRules } } : undefined;
}

/** What a pod template says to put the rules in the place of the image's; undefined where those will do. */
export function rulesInPods(wanted: ConnectWanted) {
  if (!areWanted(wanted)) return undefined;
  return {
    volumes: [{ name: volume, configMap: { name: configMapOf(wanted.name) } }],
    containers: [
      {
        name: "connect-cluster",
        // One file and not the folder, which holds the agent. A file that is mounted so is read at the start alone.
        volumeMounts: [{ name: volume, mountPath: fileInImage, subPath: file, readOnly: true }],
      },
    ],
  };
}
