import { connectVersion, probeBrokers, readKafkaObject, type ClusterReading, type Scope } from "@kafka-migration/kafka";
import { quotePattern } from "../components/connector-properties.ts";
import { bootstrapInside, kubernetesRef } from "../components/side-addresses.ts";
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import type { ConnectFacts } from "./facts.ts";

export interface ProbeContext {
  readonly migrated: readonly string[];
  readonly source: ClusterReading;
  readonly target: ClusterReading | null;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Asks Connect, if it exists, whether it can reach every broker of the source. */
export async function probeConnect(
  config: MigrationConfig,
  scope: Scope,
  { migrated, source, target, tell, signal }: ProbeContext,
): Promise<ConnectFacts> {
  if (scope.mirror === null || !isMirrored(config)) return { state: "none" };
  const { connect } = scope.mirror;
  let version: string;
  try {
    version = await connectVersion(connect);
  } catch (error) {
    return { state: "away", reason: error instanceof Error ? error.message : String(error) };
  }
  const topic = target && migrated.find((name) => partitionsOf(target, name) === partitionsOf(source, name));
  if (!topic) {
    const skipped =
      "no migrated topic exists on the target with the source's partitions, and the probe must not let MirrorMaker 2 create one; assess again in a phase in which the topics exist";
    return { state: "answers", version, brokers: [], skipped };
  }
  const brokers = await insideAddresses(config);
  tell(`Asking Connect ${version} whether it can reach ${brokers.join(", ")}`);
  // Imported here, because it loads all of Pulumi.
  const { clientsOf } = await import("../components/mirror-maker.ts");
  const request = {
    connect,
    migration: config.name,
    clients: clientsOf(config),
    target: bootstrapInside(config, "target"),
    brokers,
    topic: quotePattern(topic),
  };
  try {
    return { state: "answers", version, brokers: await probeBrokers(request, signal), skipped: null };
  } catch (error) {
    signal.throwIfAborted();
    // MM2's user may not exist yet; the rest of the report does not need it.
    return { state: "answers", version, brokers: [], skipped: error instanceof Error ? error.message : String(error) };
  }
}

const partitionsOf = ({ topics }: ClusterReading, topic: string): number | null =>
  topics.find(({ name }) => name === topic)?.partitions.length ?? null;

/** The source's brokers one by one, as applications inside the Kubernetes cluster reach them. */
async function insideAddresses(config: MigrationConfig): Promise<readonly string[]> {
  const { bootstrap, cluster, kubernetes } = config.source;
  if (bootstrap !== undefined) return bootstrap;
  const object = await readKafkaObject(kubernetesRef(config, kubernetes), cluster);
  return object?.brokers ?? bootstrapInside(config, "source");
}
