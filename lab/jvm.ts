import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KafkaPrograms } from "../tools/kafka-nodes.ts";
import type { Lab } from "./layout.ts";

/** Programs the operator starts, as paths. */
export interface JavaTools {
  readonly java: string;
  readonly kafka: Readonly<Record<string, KafkaPrograms>>;
}

/** The command line of one Java program of a Kafka release. */
export function javaCommand(
  lab: Lab,
  tools: JavaTools,
  options: {
    version: string;
    mainClass: string;
    args: readonly string[];
    properties?: readonly string[];
    /** @default 512 */
    heapMegabytes?: number;
  },
): string[] {
  const { classPath, classData } = programs(tools, options.version);
  return [
    tools.java,
    `-Xmx${options.heapMegabytes ?? 512}m`,
    "-XX:+UseSerialGC",
    // The second compiler costs a small machine more at the start than it gives back later.
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    `-Djdk.net.hosts.file=${lab.hosts}`,
    ...logging(lab, options.version),
    ...(classData === undefined ? [] : [`-XX:SharedArchiveFile=${classData}`]),
    ...(options.properties ?? []),
    "-cp",
    classPath,
    options.mainClass,
    ...options.args,
  ];
}

/** What every Java program of the lab gets from the environment: nothing of the user's. */
export const javaEnvironment = (lab: Lab) => ({ PATH: "/usr/bin:/bin", HOME: lab.dir, LANG: "C.UTF-8" });

/** Whether the lab has the programs of a Kafka release. */
export const hasVersion = (tools: JavaTools, version: string) => tools.kafka[version] !== undefined;

/** What the brokers and workers of a Kafka release are started with. Throws for a release that the lab does not have. */
export function programs(tools: JavaTools, version: string): KafkaPrograms {
  const found = tools.kafka[version];
  if (!found) throw new Error(`The lab has no Kafka ${version}; it has ${Object.keys(tools.kafka).join(" and ")}.`);
  return found;
}

/** Classes whose INFO lines are pages of configuration. */
const chatty = [
  "kafka.server.KafkaConfig",
  "org.apache.zookeeper",
  "org.apache.kafka.server.config.AbstractKafkaConfig",
  "org.apache.kafka.clients",
  "org.apache.kafka.common.config.AbstractConfig",
  "org.apache.kafka.common.utils.AppInfoParser",
  "org.apache.kafka.common.metrics",
  "org.apache.kafka.connect.runtime.ConnectorConfig",
  "org.apache.kafka.connect.runtime.TaskConfig",
  "org.apache.kafka.connect.runtime.SourceConnectorConfig",
  "org.apache.kafka.connect.mirror.MirrorConnectorConfig",
  "org.apache.kafka.connect.json.JsonConverterConfig",
  "org.reflections",
  "org.eclipse.jetty",
];

function logging(lab: Lab, version: string): string[] {
  const directory = join(lab.dir, "logging");
  mkdirSync(directory, { recursive: true });
  const pattern = "[%d] %p %m (%c{1})%n";
  if (!version.startsWith("4.")) {
    const file = join(directory, "log4j.properties");
    const lines = [
      "log4j.rootLogger=INFO, stdout",
      "log4j.appender.stdout=org.apache.log4j.ConsoleAppender",
      "log4j.appender.stdout.layout=org.apache.log4j.PatternLayout",
      `log4j.appender.stdout.layout.ConversionPattern=${pattern}`,
      ...chatty.map((name) => `log4j.logger.${name}=WARN`),
    ];
    writeFileSync(file, `${lines.join("\n")}\n`);
    return [`-Dlog4j.configuration=file:${file}`];
  }
  const file = join(directory, "log4j2.properties");
  const lines = [
    "appender.stdout.type=Console",
    "appender.stdout.name=stdout",
    "appender.stdout.layout.type=PatternLayout",
    `appender.stdout.layout.pattern=${pattern}`,
    "rootLogger.level=INFO",
    "rootLogger.appenderRef.stdout.ref=stdout",
    ...chatty.flatMap((name, i) => [`logger.l${i}.name=${name}`, `logger.l${i}.level=WARN`]),
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return [`-Dlog4j2.configurationFile=${file}`, "-Dlog4j2.disableJmx=true"];
}
