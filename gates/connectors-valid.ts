/** Whether connectors that are about to move fit the target's Connect; pure. */
import { failures } from "../runtime/connect/failures.ts";
import { can } from "../runtime/connect/version.ts";
import { runs } from "../runtime/connect/stopped.ts";
import { hasPlugin, type ConnectorFacts } from "../runtime/connectors/facts.ts";
import { connectorAt } from "../runtime/connectors/sentences.ts";
import { connectorsOfRoles } from "../runtime/judging/connectors.ts";
import { closed, rank } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { maskSecrets, maySecret } from "../runtime/model/may-secret.ts";
import type { SideName } from "../runtime/model/sides.ts";
import { count } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

/** The target's Connect accepts the configuration of every connector of the roles. */
export const connectorsValid = gate({
  name: "connectors-valid",
  causes: ["connector-unfit"],
  about: "moving",
  page: {
    closedBecause: "a connector would not fit the target's Connect, or could not be stopped",
    whatToDo: "what the sentence says; [connectors.md](connectors.md)",
  },
  applies: ({ workloads }) => workloads.some(({ kind }) => kind === "connector"),
  params: (_config, { roles }) => ({ roles }),
  needs: ({ roles }) => ({ sourceId: true, targetId: true, connectors: roles }),
  judge: ({ roles }, snapshot) => {
    const ids = { source: part(snapshot, "sourceId"), target: part(snapshot, "targetId") };
    const reading = part(snapshot, "connectors");
    const connectors = connectorsOfRoles(snapshot.scope, roles);
    const complaints = connectors.flatMap(({ name }) => {
      const facts = reading.get(name);
      return facts ? complaintsOf(facts, ids) : [];
    });
    if (complaints.length > 0) {
      return closed(
        complaints.map((sentence) => ({ cause: "connector-unfit", rank: rank.missing, sentence, partition: false })),
      );
    }
    const moving = connectors.filter(({ name }) => reading.get(name));
    const there = connectors.length - moving.length;
    const fit = moving.map(({ name, renamed, connects }) => {
      const changes = reading.get(name)!.rewritten.changes.length;
      return `${renamed} fits Connect "${connects.target.name}" with ${count(changes, "changed value")}`;
    });
    const stands = there === 0 ? [] : [`${count(there, "connector")} already at the target`];
    return { open: true, sentence: [...fit, ...stands].join("; ") || "no connector moves" };
  },
  remedy: `do what the sentence says, then ${again}`,
});

/** Everything that is wrong with one connector, as sentences with the remedy. */
function complaintsOf(facts: ConnectorFacts, ids: Readonly<Record<SideName, string>>): string[] {
  const { connector, status, workers, existing } = facts;
  const here = connectorAt(connector, "source");
  const there = connectorAt(connector, "target");
  const { source, target } = connector.connects;
  if (status === null) return [`${here} does not exist; create it, or correct workloads in the config`];
  return [
    ...when(!can("stop", workers.source.version), () => {
      return (
        `Connect "${source.name}" has version ${workers.source.version}, which cannot stop a connector; upgrade it to ` +
        `3.5 or later, or declare ${connector.name} as kind: external`
      );
    }),
    ...when(!can("startStopped", workers.target.version), () => {
      return (
        `Connect "${target.name}" has version ${workers.target.version}, which cannot create a connector without ` +
        `starting it; upgrade it to 3.7 or later`
      );
    }),
    ...failures(connector.name, status).map((failed) => `${failed} (on Connect "${source.name}"); fix it, or stop it`),
    ...elsewhere(facts, "source", facts.config, ids),
    ...elsewhere(facts, "target", facts.rewritten.properties, ids),
    ...facts.rewritten.problems.map((problem) => `${here}: ${problem}`),
    ...unknownPlugin(facts),
    ...facts.refusals.map(({ property, errors }) => {
      const words = maySecret(property) ? "its value is refused" : maskSecrets(errors.join(", "));
      return `${there}: ${property}: ${words}; correct it, or set its value at the target under rewrites or secrets`;
    }),
    ...when((existing?.foreign.length ?? 0) > 0, () => {
      const differs = existing!.foreign.join(", ");
      return `${there} already exists and is a different connector: it differs in ${differs}; delete it, or set another name with renamed`;
    }),
    ...when(
      runs(existing?.status),
      () => `${there} already runs, at the same time as the one on the source; stop it there`,
    ),
  ];
}

function unknownPlugin({ connector, rewritten, plugins }: ConnectorFacts): string[] {
  const wanted = rewritten.properties["connector.class"];
  if (wanted === undefined || hasPlugin(plugins, wanted)) return [];
  return [
    `Connect "${connector.connects.target.name}" has no plugin ${wanted}, which ${connector.name} needs; install it there`,
  ];
}

/** A worker's own clients connect to the worker's brokers, unless the connector overrides the addresses. */
function elsewhere(
  { connector, workers }: ConnectorFacts,
  side: SideName,
  config: Readonly<Record<string, string>>,
  ids: Readonly<Record<SideName, string>>,
): string[] {
  const client = connector.role === "consumer" ? "consumer" : "producer";
  const { clusterId } = workers[side];
  if (`${client}.override.bootstrap.servers` in config || clusterId === ids[side]) return [];
  return [
    `the workers of Connect "${connector.connects[side].name}" belong to Kafka cluster ${clusterId}, but the ${side} is ` +
      `${ids[side]}; correct connects in the config, or set ${client}.override.bootstrap.servers of ${connector.name}`,
  ];
}

const when = (is: boolean, sentence: () => string): string[] => (is ? [sentence()] : []);
