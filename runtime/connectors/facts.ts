/** Everything that decides whether a connector would fit the target's Connect; nothing is changed or kept there. */
import type { ConnectorStatus } from "../connect/connect.ts";
import { ConnectorRest, type Refusal } from "../connect/connector-rest.ts";
import { readProperties } from "../kubernetes/property-secrets.ts";
import type { ConnectorRef } from "../model/connector-refs.ts";
import type { RestPatience } from "../model/patience.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { configMapJournal, type Journal } from "./journal.ts";
import type { Properties, Rewritten } from "./rewrite.ts";
import { configHash, differingProperties, rewritten } from "./target-config.ts";

/** A Connect cluster as it answers. */
export interface WorkerFacts {
  readonly version: string;
  /** Id of the Kafka cluster that its workers belong to. */
  readonly clusterId: string;
}

export interface ConnectorFacts {
  readonly connector: ConnectorRef;
  readonly workers: Readonly<Record<SideName, WorkerFacts>>;
  /** On the source; null if there is no such connector. */
  readonly status: ConnectorStatus | null;
  /** Its properties on the source. */
  readonly config: Properties;
  readonly rewritten: Rewritten;
  /** Classes of connectors that the target's workers have. */
  readonly plugins: readonly string[];
  /** What the target's Connect finds wrong; empty where it could not be asked because something else is wrong. */
  readonly refusals: readonly Refusal[];
  /** A connector of its name at the target; null if there is none. */
  readonly existing: {
    readonly status: ConnectorStatus | null;
    /** Properties in which it differs from the rewritten ones, and was not made so by the migration. */
    readonly foreign: readonly string[];
  } | null;
}

/** Facts by the connector's name; null for one that is already at the target. */
export type ConnectorsReading = ReadonlyMap<string, ConnectorFacts | null>;

/** Rejects if a Connect cluster or a Secret could not be read. */
export async function readConnectors(
  scope: Pick<Scope, "addresses" | "topics">,
  connectors: readonly ConnectorRef[],
  patience: RestPatience,
  journal: Journal = configMapJournal,
): Promise<ConnectorsReading> {
  const read = connectors.map(async (one) => [one.name, await factsOf(scope, one, patience, journal)] as const);
  return new Map(await Promise.all(read));
}

async function factsOf(
  scope: Pick<Scope, "addresses" | "topics">,
  connector: ConnectorRef,
  patience: RestPatience,
  journal: Journal,
): Promise<ConnectorFacts | null> {
  const entry = await journal.read(connector);
  if (entry?.side === "target") return null;
  const source = new ConnectorRest(connector.connects.source, patience);
  const target = new ConnectorRest(connector.connects.target, patience);
  const [from, to, status, found, plugins, existing, secrets] = await Promise.all([
    workerFacts(source),
    workerFacts(target),
    source.status(connector.name),
    source.config(connector.name),
    target.plugins(),
    target.config(connector.renamed),
    readProperties(connector.secrets),
  ]);
  const config = found ?? {};
  const result = rewritten(connector, config, scope);
  const wanted = { ...result.properties, ...secrets };
  const askable = found !== null && result.problems.length === 0 && hasPlugin(plugins, wanted["connector.class"]);
  const ours = existing !== null && entry?.made === configHash(existing);
  return {
    connector,
    workers: { source: from, target: to },
    status,
    config,
    rewritten: result,
    plugins,
    refusals: askable ? await target.validate(wanted) : [],
    existing: existing && {
      status: await target.status(connector.renamed),
      foreign: ours || !askable ? [] : differingProperties(existing, wanted),
    },
  };
}

async function workerFacts(rest: ConnectorRest): Promise<WorkerFacts> {
  const { version, kafka_cluster_id: clusterId } = await rest.root();
  return { version, clusterId };
}

/** Whether a class is among the plugins; Connect takes its own name too, with or without `Connector` at its end. */
export function hasPlugin(plugins: readonly string[], wanted = ""): boolean {
  const own = (name: string): string =>
    name
      .split(".")
      .at(-1)!
      .replace(/Connector$/, "");
  return plugins.some((plugin) => plugin === wanted || (!wanted.includes(".") && own(plugin) === own(wanted)));
}
