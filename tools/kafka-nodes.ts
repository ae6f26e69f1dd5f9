import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, type Build } from "./build.ts";
import { cacheRoot, contentsOf, shortHash } from "./cache.ts";
import { ask } from "./command.ts";
import type { KafkaVersion, SourceVersion } from "./definitions.ts";
import { jarsKey } from "./plans.ts";

const sources = join(import.meta.dirname, "java");

/** What a broker or a Connect worker of one Kafka version is started with. All paths are absolute. */
export interface KafkaPrograms {
  /** Folder with the jars of a broker, a Connect worker with MirrorMaker 2 and the command line tools. */
  readonly libs: string;
  /** Class path of brokers and workers. */
  readonly classPath: string;
  /** Archive of the classes that they load; a JVM that was given another class path ignores it. */
  readonly classData?: string;
  /** Whether the class path has `KafkaNodes`, which runs several brokers in one JVM. */
  readonly severalNodes: boolean;
}

interface Jdk {
  /** Folder of `java`, `javac` and `jar`. */
  readonly bin: string;
  readonly version: string;
}

/** What a release is started with that only runs as a source: one JVM for each broker, since it has no KRaft to share. */
export function sourcePrograms(version: SourceVersion): KafkaPrograms {
  const { libs, classPath } = fetched(version);
  return { libs, classPath, severalNodes: false };
}

/** The jars of a release in the cache. */
function fetched(version: KafkaVersion | SourceVersion): { libs: string; jars: string[]; classPath: string } {
  const libs = join(cacheRoot(), jarsKey(version), "libs");
  const jars = readdirSync(libs)
    .filter((name) => name.endsWith(".jar"))
    .sort()
    .map((name) => join(libs, name));
  return { libs, jars, classPath: jars.join(":") };
}

/**
 * Compiles `KafkaNodes` and writes the class data archive, both once. Where there is only a JRE, and where one of them
 * fails, the lab does without: each broker then has a JVM of its own, which takes more memory and time.
 */
export async function kafkaPrograms(
  version: KafkaVersion,
  java: string,
  onProgress: (line: string) => void,
): Promise<KafkaPrograms> {
  const { libs, jars, classPath: plain } = fetched(version);
  const alone = { libs, classPath: plain, severalNodes: false };
  const jdk = await jdkOf(java);
  if (jdk === undefined) {
    onProgress(`Kafka ${version}: ${java} has no javac beside it, so each broker gets a JVM of its own`);
    return alone;
  }
  const key = `kafka-nodes-${version}-${shortHash(jarsKey(version), contentsOf(sources), jdk.version)}`;
  const jar = join(cacheRoot(), key, "nodes.jar");
  const classPath = [...jars, jar].join(":");
  // The archive names its jars by their paths.
  const archiveKey = `kafka-classes-${version}-${shortHash(key, classPath, java)}`;
  const classData = join(cacheRoot(), archiveKey, "classes.jsa");
  try {
    if (!existsSync(jar)) await build(compiled(version, key, jar, jars, jdk), "for the lab", onProgress);
    if (!existsSync(classData))
      await build(archived(version, archiveKey, classData, classPath, java), "for the lab", onProgress);
    return { libs, classPath, classData, severalNodes: true };
  } catch (error) {
    onProgress(`${(error as Error).message.split("\n")[0]}; the lab does without, and is slower`);
    return existsSync(jar) ? { libs, classPath, severalNodes: true } : alone;
  }
}

async function jdkOf(java: string): Promise<Jdk | undefined> {
  const bin = dirname(realpathSync(java));
  if (!["javac", "jar"].every((name) => existsSync(join(bin, name)))) return undefined;
  return { bin, version: (await ask(java, ["-version"])).text };
}

function compiled(version: KafkaVersion, key: string, jar: string, jars: readonly string[], { bin }: Jdk): Build {
  const steps = [
    '"$JDK/javac" --release 17 -nowarn -cp "$JARS" -d classes "$SOURCES"/*.java',
    '"$JDK/jar" --create --file nodes.jar -C classes .',
  ];
  return {
    key: `javac-${key}`,
    what: `node launcher of Kafka ${version}`,
    usualSeconds: 5,
    entries: [{ key, files: ["nodes.jar"] }],
    isDone: () => existsSync(jar),
    command: (folder) => ({
      program: "sh",
      args: ["-ec", steps.join("\n")],
      cwd: folder,
      env: { JDK: bin, JARS: jars.join(":"), SOURCES: sources },
    }),
  };
}

function archived(version: KafkaVersion, key: string, file: string, classPath: string, java: string): Build {
  return {
    key: `java-${key}`,
    what: `class data of Kafka ${version}`,
    usualSeconds: 15,
    entries: [{ key, files: ["classes.jsa"] }],
    isDone: () => existsSync(file),
    command: (folder) => ({
      program: java,
      args: [
        ...["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
        ...[`-XX:ArchiveClassesAtExit=${join(folder, "classes.jsa")}`, "-cp", classPath],
        ...["ClassDataRun", join(folder, "run")],
      ],
      cwd: folder,
      env: {},
    }),
  };
}
