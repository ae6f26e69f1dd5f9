import java.io.StringReader;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.runtime.SourceConnectorConfig;

/**
 * What Kafka's own classes know of settings, one line each with tabs between: `default`, owner, name, default; and with
 * a file of properties as argument, what MirrorMaker 2 reads from it: `read`, connector, name, value.
 */
public class ConnectorProperties {
  private static final String mirror = "org.apache.kafka.connect.mirror.Mirror";

  public static void main(String[] arguments) throws Exception {
    defaults("producer", ProducerConfig.configDef());
    defaults("consumer", ConsumerConfig.configDef());
    defaults("admin", AdminClientConfig.configDef());
    for (String connector : new String[] {"Source", "Checkpoint", "Heartbeat"}) {
      Class<?> type = Class.forName(mirror + connector + "Config");
      Field definition = type.getDeclaredField("CONNECTOR_CONFIG_DEF");
      definition.setAccessible(true);
      defaults(connector.toLowerCase(), (ConfigDef) definition.get(null));
      read(connector.toLowerCase(), type, Path.of(arguments[0], connector.toLowerCase() + ".properties"));
    }
    defaults("framework", SourceConnectorConfig.configDef());
  }

  private static void defaults(String owner, ConfigDef definition) {
    new TreeMap<>(definition.configKeys()).forEach((name, key) -> {
      boolean required = key.defaultValue == ConfigDef.NO_DEFAULT_VALUE || key.defaultValue == null;
      System.out.println(String.join("\t", "default", owner, name, required ? "none" : text(key.defaultValue)));
    });
  }

  private static void read(String connector, Class<?> type, Path file) throws Exception {
    Properties properties = new Properties();
    properties.load(new StringReader(Files.readString(file)));
    Map<String, String> map = new HashMap<>();
    properties.forEach((name, value) -> map.put((String) name, (String) value));
    Constructor<?> constructor = type.getDeclaredConstructor(Map.class);
    constructor.setAccessible(true);
    AbstractConfig config = (AbstractConfig) constructor.newInstance(map);
    new TreeMap<>(config.values()).forEach((name, value) ->
        System.out.println(String.join("\t", "read", connector, name, value == null ? "none" : text(value))));
  }

  private static String text(Object value) {
    if (value instanceof Class<?> type) return type.getName();
    return value instanceof java.util.List<?> list
        ? String.join(", ", list.stream().map(ConnectorProperties::text).toList())
        : String.valueOf(value);
  }
}
