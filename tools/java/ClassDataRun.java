import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.cli.ConnectDistributed;

/**
 * Starts one broker and one Connect worker, both on free loopback ports, and ends: a JVM that runs it with
 * -XX:ArchiveClassesAtExit leaves an archive of the classes that brokers and workers load at their start.
 *
 * <p>Argument: the directory to keep its data in, which does not exist yet.
 */
public final class ClassDataRun {
  private static final String host = "127.0.0.1";

  private ClassDataRun() {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createDirectories(Path.of(args[0]));
    int client = freePort();
    int controller = freePort();
    Map<String, String> broker = new HashMap<>();
    broker.put("process.roles", "broker,controller");
    broker.put("node.id", "0");
    broker.put("log.dirs", directory.resolve("data").toString());
    broker.put("controller.quorum.voters", "0@" + host + ":" + controller);
    broker.put("controller.listener.names", "CONTROLLER");
    broker.put("listener.security.protocol.map", "BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT");
    broker.put("listeners", "BROKER://" + host + ":" + client + ",CONTROLLER://" + host + ":" + controller);
    broker.put("inter.broker.listener.name", "BROKER");
    broker.put("sasl.enabled.mechanisms", "PLAIN");
    broker.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
    broker.put("sasl.mechanism.controller.protocol", "PLAIN");
    String login = "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"a\"";
    for (String listener : List.of("broker", "controller")) {
      broker.put("listener.name." + listener + ".sasl.enabled.mechanisms", "PLAIN");
      broker.put("listener.name." + listener + ".plain.sasl.jaas.config", login + " user_a=\"a\";");
    }
    broker.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    broker.put("super.users", "User:a");
    for (String topic : List.of("offsets.topic", "transaction.state.log")) {
      broker.put(topic + ".replication.factor", "1");
      broker.put(topic + ".num.partitions", "1");
    }
    broker.put("transaction.state.log.min.isr", "1");
    broker.put("log.cleaner.dedupe.buffer.size", "16777216");

    Path properties = directory.resolve("broker.properties");
    Files.write(properties, broker.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList());
    String id = "AAAAAAAAAAAAAAAAAAAAAA";
    KafkaNodes.format(List.of("format", "--cluster-id", id, "--config", properties.toString()));
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(broker, true), Time.SYSTEM);
    KafkaNodes.startUp(List.of(server));

    Map<String, String> worker = new HashMap<>();
    worker.put("bootstrap.servers", host + ":" + client);
    worker.put("group.id", "connect");
    for (String topic : List.of("config", "offset", "status")) {
      worker.put(topic + ".storage.topic", topic);
      worker.put(topic + ".storage.replication.factor", "1");
    }
    worker.put("offset.storage.partitions", "1");
    worker.put("status.storage.partitions", "1");
    worker.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
    worker.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
    worker.put("plugin.discovery", "service_load");
    worker.put("listeners", "http://" + host + ":" + freePort());
    worker.put("exactly.once.source.support", "enabled");
    for (String client_ : List.of("", "producer.", "consumer.", "admin.")) {
      worker.put(client_ + "security.protocol", "SASL_PLAINTEXT");
      worker.put(client_ + "sasl.mechanism", "PLAIN");
      worker.put(client_ + "sasl.jaas.config", login + ";");
    }
    var connect = new ConnectDistributed().startConnect(worker);
    var health = connect.rest().advertisedUrl().resolve("/connectors").toURL();
    for (int attempt = 0; attempt < 100; attempt++) {
      try (var answer = health.openStream()) {
        answer.readAllBytes();
        break;
      } catch (java.io.IOException notYet) {
        Thread.sleep(200);
      }
    }
    connect.stop();
    KafkaNodes.shutDown(List.of(server));
    System.exit(0);
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return socket.getLocalPort();
    }
  }
}
