import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;

/**
 * Runs several nodes of one KRaft cluster in one JVM: the class that Kafka's own `kafka.Kafka` runs once, started once
 * for each node. They share what a JVM costs by itself: its memory, its compiled code, its garbage collector.
 *
 * <p>Arguments, for each node two: a file with its properties, and a file with the arguments of `kafka-storage.sh` (one
 * a line), which formats its directory unless that was done before. A file, because anybody may read a process's
 * arguments. SIGTERM shuts all nodes down.
 */
public final class KafkaNodes {
  /** A node that has not ended by then would wait for one that is gone already. */
  private static final long STOP_SECONDS = 6;

  private KafkaNodes() {}

  public static void main(String[] args) throws Exception {
    List<KafkaRaftServer> servers = new ArrayList<>();
    for (int at = 0; at + 1 < args.length; at += 2) {
      format(Files.readAllLines(Path.of(args[at + 1])));
      Properties properties = Utils.loadProps(args[at]);
      // All leave at once, so none can hand its partitions to another; waiting for that takes minutes.
      if (args.length > 2) properties.put("controlled.shutdown.enable", "false");
      servers.add(new KafkaRaftServer(new KafkaConfig(properties, true), Time.SYSTEM));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(servers), "shutdown"));
    // Each waits for a quorum of the others.
    startUp(servers);
    for (KafkaRaftServer server : servers) server.awaitShutdown();
  }

  static void format(List<String> arguments) {
    if (StorageTool.execute(arguments.toArray(new String[0]), System.out) != 0) {
      throw new IllegalStateException("a directory of the cluster could not be formatted; the reason is printed above");
    }
  }

  static void startUp(List<KafkaRaftServer> servers) throws InterruptedException {
    for (Thread thread : each(servers, KafkaRaftServer::startup, "startup")) thread.join();
  }

  static void shutDown(List<KafkaRaftServer> servers) {
    CountDownLatch running = new CountDownLatch(servers.size());
    each(
        servers,
        server -> {
          server.shutdown();
          running.countDown();
        },
        "shutdown");
    try {
      running.await(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Step {
    void take(KafkaRaftServer server);
  }

  private static List<Thread> each(List<KafkaRaftServer> servers, Step step, String what) {
    List<Thread> threads = new ArrayList<>();
    for (KafkaRaftServer server : servers) {
      Thread thread = new Thread(() -> step.take(server), what + "-" + threads.size());
      thread.setDaemon(true);
      thread.setUncaughtExceptionHandler(
          (failed, problem) -> {
            problem.printStackTrace();
            // The operator starts all of them again.
            Runtime.getRuntime().halt(1);
          });
      thread.start();
      threads.add(thread);
    }
    return threads;
  }
}
