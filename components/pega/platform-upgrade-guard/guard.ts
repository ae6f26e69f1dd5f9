import type { ChartFacts } from "../chart.ts";
import { changeLines } from "../rendered-change.ts";
import { objectChanges, type RenderedObject } from "../rendered.ts";
import { isStream, tiersOf } from "../tiers.ts";
import { deploymentOf, effectiveValues, valueAt, type Values } from "../values.ts";
import { refusedChanges, type GuardedRow } from "./allowed-changes.ts";
import { chartUpgrades, valueUpgrades } from "./not-rendered.ts";

/** A release on one side of a change. */
export interface GuardedRelease {
  readonly chart: ChartFacts;
  /** The user's values; of the wanted release those with the row's overlay. */
  readonly values: Values;
}

/** What the chart makes, hooks too. */
export interface GuardedObjects {
  /** As Helm keeps them of the release that runs. */
  readonly before: readonly RenderedObject[];
  /** The wanted chart with the values that run. */
  readonly again: readonly RenderedObject[];
  /** The wanted chart with the wanted values. */
  readonly after: readonly RenderedObject[];
}

/**
 * What of a row would be a Platform upgrade or cannot be told from one, as lines for a person; empty if the row may be
 * applied. Every difference between the objects that run and those that are wanted is one, except for
 * `allowedChanges`: what the move of the stream changes, and what changes neither software nor database. Of a chart
 * that renders the same values otherwise nothing is allowed. What may be a secret is a hash.
 *
 * @param producers names of tiers that may go to 0 replicas
 */
export function platformUpgrades(
  running: GuardedRelease,
  wanted: GuardedRelease,
  { before, again, after }: GuardedObjects,
  producers: readonly string[],
): readonly string[] {
  const defaults = [running.chart.values, wanted.chart.values ?? running.chart.values].map((values) => values ?? {});
  const [was, becomes] = [running, wanted].map(({ values }, at) => effectiveValues(defaults[at]!, values));
  const drift = changeLines(objectChanges(before, again));
  const changes = refusedChanges(objectChanges(again, after), guardedRow(was!, becomes!, producers));
  return [
    ...chartUpgrades(running.chart, wanted.chart),
    ...valueUpgrades(was!, becomes!),
    ...(drift.length === 0 ? [] : [`${drifted}:`, ...drift.map(indented)]),
    ...(changes.length === 0 ? [] : [`${changed}:`, ...changeLines(changes).map(indented)]),
  ];
}

const drifted =
  "the chart renders the values that run otherwise; use the chart that the release was made with, or update the release " +
  "to this one first";
const changed = "the values change more than a move of the stream may (docs/pega.md lists what it may)";
const indented = (line: string): string => `  ${line}`;

function guardedRow(was: Values, becomes: Values, producers: readonly string[]): GuardedRow {
  const deployment = deploymentOf(becomes);
  // Roles of tiers that run count: what was no broker does not become one by a change of its node type.
  const tiers = new Map([...tiersOf(becomes), ...tiersOf(was)].map((tier) => [tier.name, tier]));
  return {
    deployment,
    tiers: [...tiers.values()].map((tier) => ({
      name: tier.name,
      role: isStream(tier) ? "stream" : producers.includes(tier.name) ? "producer" : "other",
    })),
    external: valueAt(becomes, "stream", "enabled") === true,
    streamSecrets: [
      `${deployment}-stream-secret`,
      ...[was, becomes].flatMap((values) => {
        const named = valueAt(values, "stream", "external_secret_name");
        return typeof named === "string" ? [named] : [];
      }),
    ],
  };
}
