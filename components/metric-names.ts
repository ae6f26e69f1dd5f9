/**
 * Names that Prometheus has for what a KubeDB Connect worker reports. They follow from the exporter's rules in the
 * worker's image; docs/decisions/0009-metrics-names.md says how each was found.
 */
export const metrics = {
  /** Age of the latest records when they reached the target, in ms, greatest of the last window; NaN while idle. */
  replicationLatencyMax: "kafka_connect_mirror_source_connector_replication_latency_ms_max",
  replicationLatencyAvg: "kafka_connect_mirror_source_connector_replication_latency_ms_avg",
  /** Records mirrored by a task since it started, by topic and partition. */
  recordCount: "kafka_connect_mirror_source_connector_record_count",
  /** Bytes per second, by topic and partition. */
  byteRate: "kafka_connect_mirror_source_connector_byte_rate",
  /** Sends that a worker's producer repeated. The guide calls it kafka_connector_producer_record_retry_total. */
  producerRetries: "kafka_producer_record_retry_total",
  recordErrors: "kafka_connect_task_error_total_record_errors",
  recordFailures: "kafka_connect_task_error_total_record_failures",
  recordsSkipped: "kafka_connect_task_error_total_records_skipped",
  /** Records that a source task has written to Kafka. */
  recordsWritten: "kafka_connect_source_task_source_record_write_total",
  /** Records that MM2's consumer has left to read, by topic and partition. */
  recordsLeft: "kafka_consumer_fetch_manager_records_lag",
  /** 1 for the state that a task is in, which is the label `status`. */
  taskStatus: "kafka_connect_connector_status",
  /** Tasks on a worker. */
  workerTasks: "kafka_connect_worker_task_count",
  /** Records that the source's brokers were sent, by topic. */
  messagesIn: "kafka_server_brokertopicmetrics_messagesin_total",
} as const;
