/** How sentences name connectors. Pure. */
import type { ConnectorStatus } from "../connect/connect.ts";
import type { ConnectorRef } from "../model/connector-refs.ts";
import type { SideName } from "../model/sides.ts";

/** Its name in Connect on a side. */
export const nameOn = ({ name, renamed }: Pick<ConnectorRef, "name" | "renamed">, side: SideName): string =>
  side === "source" ? name : renamed;

/** For example `connector orders-sink on Connect "legacy"`. */
export const connectorAt = (connector: Pick<ConnectorRef, "name" | "renamed" | "connects">, side: SideName): string =>
  `connector ${nameOn(connector, side)} on Connect "${connector.connects[side].name}"`;

export const connectorTitle = (connector: Pick<ConnectorRef, "name" | "renamed" | "connects">): string =>
  connectorAt(connector, "source");

/** For example `connector orders-sink (RUNNING, 1 of 2 tasks RUNNING)`. */
export function stateText(name: string, { connector, tasks }: ConnectorStatus): string {
  const running = tasks.filter(({ state }) => state === "RUNNING").length;
  const work = tasks.length === 0 ? "no tasks" : `${running} of ${tasks.length} tasks RUNNING`;
  return `connector ${name} (${connector.state}, ${work})`;
}

/** A command that starts a stopped connector where it was, for a switch that could not do it itself. */
export function connectorByHand(connector: Pick<ConnectorRef, "name" | "renamed" | "connects" | "journal">): string {
  const { name, connects, journal } = connector;
  const { namespace } = journal.kubernetes;
  return (
    `curl -u <user> -X PUT ${connects.source.rest.urls[0]}/connectors/${encodeURIComponent(name)}/resume ` +
    `(unless ConfigMap ${namespace}/${journal.configMap} says that it was at the target, or was not RUNNING)`
  );
}

/** A command that starts what has failed of a connector. */
export const restartByHand = (connector: Pick<ConnectorRef, "name" | "renamed" | "connects">, side: SideName): string =>
  `curl -u <user> -X POST '${connector.connects[side].rest.urls[0]}/connectors/` +
  `${encodeURIComponent(nameOn(connector, side))}/restart?includeTasks=true&onlyFailed=true'`;
