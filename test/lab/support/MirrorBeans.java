import java.io.BufferedReader;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.internals.FetchMetricsRegistry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.MetricNameTemplate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.mirror.MirrorSourceTaskConfig;
import org.apache.kafka.connect.runtime.ConnectMetricsRegistry;

/**
 * Has the beans of a Connect worker that runs a mirror, made by Kafka's own classes, without a Kafka.
 *
 * <p>Arguments: a file with the source connector's properties, and `topic-partition`. Each line on standard input is one
 * record more that was mirrored, with its latency in ms; the answer is a line.
 */
public final class MirrorBeans {
  private MirrorBeans() {}

  public static void main(String[] args) throws Exception {
    Properties read = new Properties();
    try (FileReader file = new FileReader(args[0])) {
      read.load(file);
    }
    Map<String, String> properties = new HashMap<>();
    read.forEach((key, value) -> properties.put((String) key, (String) value));
    properties.put("task.assigned.partitions", args[1]);
    // MirrorMaker 2 shows its metrics to its own package alone.
    Method made = MirrorSourceTaskConfig.class.getDeclaredMethod("metrics");
    made.setAccessible(true);
    Object mirror = made.invoke(new MirrorSourceTaskConfig(properties));
    Method count = method(mirror, "countRecord", TopicPartition.class);
    Method latency = method(mirror, "replicationLatency", TopicPartition.class, long.class);
    int dash = args[1].lastIndexOf('-');
    TopicPartition partition =
        new TopicPartition(args[1].substring(0, dash), Integer.parseInt(args[1].substring(dash + 1)));

    String connector = properties.get("name");
    long[] counted = {0};
    worker(connector, counted);
    client(connector, partition);

    System.out.println("ready");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      count.invoke(mirror, partition);
      latency.invoke(mirror, partition, Long.parseLong(line));
      counted[0]++;
      System.out.println("counted");
    }
  }

  private static Method method(Object of, String name, Class<?>... takes) throws NoSuchMethodException {
    Method found = of.getClass().getDeclaredMethod(name, takes);
    found.setAccessible(true);
    return found;
  }

  /** What a worker says of itself, of one task and of its errors. */
  private static void worker(String connector, long[] counted) {
    Metrics metrics = metrics("kafka.connect");
    ConnectMetricsRegistry registry = new ConnectMetricsRegistry();
    Map<String, String> task = new LinkedHashMap<>();
    task.put(registry.connectorTagName(), connector);
    task.put(registry.taskTagName(), "0");
    text(metrics, registry.taskStatus, task, "running");
    number(metrics, registry.taskCount, Map.of(), () -> 1);
    number(metrics, registry.sourceRecordWriteTotal, task, () -> counted[0]);
    number(metrics, registry.recordProcessingErrors, task, () -> 0);
    number(metrics, registry.recordProcessingFailures, task, () -> 0);
    number(metrics, registry.recordsSkipped, task, () -> 0);
  }

  /** The clients of one task: a producer registers its metrics by itself, a consumer those of a partition it reads. */
  private static void client(String connector, TopicPartition partition) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", "127.0.0.1:1");
    settings.put("client.id", "connector-producer-" + connector + "-0");
    new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    Metrics metrics = metrics("kafka.consumer");
    FetchMetricsRegistry registry =
        new FetchMetricsRegistry(Set.of("client-id"), "consumer");
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("client-id", "source->target|" + connector + "-0|" + "replication-consumer");
    tags.put("topic", partition.topic());
    tags.put("partition", String.valueOf(partition.partition()));
    number(metrics, registry.partitionRecordsLag, tags, () -> 7);
  }

  private static Metrics metrics(String namespace) {
    MetricsReporter reporter = new JmxReporter();
    reporter.configure(Map.of());
    return new Metrics(
        new MetricConfig(), List.of(reporter), Time.SYSTEM, new KafkaMetricsContext(namespace));
  }

  private static void number(
      Metrics metrics, MetricNameTemplate name, Map<String, String> tags, LongSupplier value) {
    metrics.addMetric(
        metrics.metricName(name.name(), name.group(), tags), (Gauge<Double>) (config, now) -> (double) value.getAsLong());
  }

  private static void text(Metrics metrics, MetricNameTemplate name, Map<String, String> tags, String value) {
    metrics.addMetric(metrics.metricName(name.name(), name.group(), tags), (Gauge<String>) (config, now) -> value);
  }
}
