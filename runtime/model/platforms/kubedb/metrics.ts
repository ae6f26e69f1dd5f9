/**
 * Names that Prometheus has for what KubeDB's pods report. They follow from the exporter's rules in the worker's image;
 * docs/decisions/0009-metrics-names.md says how each was found.
 */
import type { BrokerMetrics, ConnectMetrics } from "../platform.ts";

export const connectMetrics = {
  replicationLatencyMax: "kafka_connect_mirror_source_connector_replication_latency_ms_max",
  replicationLatencyAvg: "kafka_connect_mirror_source_connector_replication_latency_ms_avg",
  recordCount: "kafka_connect_mirror_source_connector_record_count",
  byteRate: "kafka_connect_mirror_source_connector_byte_rate",
  // The guide calls it kafka_connector_producer_record_retry_total.
  producerRetries: "kafka_producer_record_retry_total",
  recordErrors: "kafka_connect_task_error_total_record_errors",
  recordFailures: "kafka_connect_task_error_total_record_failures",
  recordsSkipped: "kafka_connect_task_error_total_records_skipped",
  recordsWritten: "kafka_connect_source_task_source_record_write_total",
  recordsLeft: "kafka_consumer_fetch_manager_records_lag",
  taskStatus: "kafka_connect_connector_status",
  workerTasks: "kafka_connect_worker_task_count",
} as const satisfies ConnectMetrics;

/** Records that a broker was sent, by topic. */
export const messagesIn = "kafka_server_brokertopicmetrics_messagesin_total";

/** What a broker carries; docs/decisions/0036-load-and-capacity.md says where the names come from. */
export const load = {
  underReplicated: "kafka_server_replicamanager_underreplicatedpartitions",
  leaders: "kafka_server_replicamanager_leadercount",
  bytesIn: "kafka_server_brokertopicmetrics_bytesin_total",
  bytesOut: "kafka_server_brokertopicmetrics_bytesout_total",
  requestHandlerIdle: "kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent",
} as const satisfies BrokerMetrics;
