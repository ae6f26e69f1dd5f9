/** What a preview says of connectors that a row brings to the other side. */
import { ConnectorRest } from "../connect/connector-rest.ts";
import type { ConnectorPlaceInputs } from "../model/inputs.ts";
import { configMapJournal, type Journal } from "./journal.ts";
import { connectorOf } from "./place.ts";
import { changeText } from "./rewrite.ts";
import { connectorAt } from "./sentences.ts";
import { rewritten } from "./target-config.ts";

/** A preview waits this long for a Connect cluster that does not answer. */
const glance = { requestMilliseconds: 3_000, deadlineMilliseconds: 4_000 };

/**
 * What has to be done before the connector is where the row wants it, as sentences; empty when all is well. Never
 * rejects: what cannot be read counts as done, and the update looks again if its side or its settings have changed.
 */
export async function connectorPending(
  { scope, connector: name, side, settings }: ConnectorPlaceInputs,
  journal: Journal = configMapJournal,
): Promise<string[]> {
  const entry = await journal.read(connectorOf(scope, name)).catch(() => undefined);
  if (entry === undefined) return [];
  if ((entry?.side ?? "source") !== side) return [`it is on the ${entry?.side ?? "source"}`];
  return side === "target" && entry?.settings !== settings ? ["its config has changed"] : [];
}

/** Lines about a connector that is to be brought to the other side: every property that changes, no password. */
export async function announceConnector({ scope, connector: name, side }: ConnectorPlaceInputs): Promise<string[]> {
  const connector = connectorOf(scope, name);
  const head = `connector ${name}: `;
  if (side === "source") return [`${head}goes back to Connect "${connector.connects.source.name}", as it was there`];
  const { source, target } = connector.connects;
  const where = `stays on Connect "${source.name}", stopped; on Connect "${target.name}"`;
  try {
    const config = await new ConnectorRest(connector.connects.source, glance).config(name);
    if (config === null) return [`${head}${connectorAt(connector, "source")} does not exist`];
    const { changes, notes, problems } = rewritten(connector, config, scope);
    const rewrites = changes.map(changeText);
    return [
      `${head}${where} it gets ${changes.length === 1 ? "1 changed value" : `${changes.length} changed values`}`,
      ...[...rewrites, ...notes, ...problems.map((problem) => `REFUSED: ${problem}`)].map((line) => `${head}${line}`),
    ];
  } catch (error) {
    return [`${head}its rewrites could not be worked out: ${error instanceof Error ? error.message : String(error)}`];
  }
}
