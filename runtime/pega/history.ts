/** What a release's history says about where Pega keeps its queues, and since when; pure. */
import type { ReleaseRevision } from "./release-revision.ts";

/** The part of an entry of `global.tier` that is read. */
interface TierValues {
  readonly name?: unknown;
  readonly replicas?: unknown;
  readonly hpa?: { readonly enabled?: unknown } | null;
}

/** Whether a revision sends Pega to an external Kafka. */
export function isExternal(revision: ReleaseRevision): boolean {
  const enabled = valueAt(revision, "stream", "enabled");
  const address = valueAt(revision, "stream", "bootstrapServer");
  // The chart's own default is true, with no address.
  return (enabled === true || enabled === "true") && typeof address === "string" && address !== "";
}

/** Whether a revision has all of these tiers at 0 replicas and without autoscaling. */
export function isDrained(revision: ReleaseRevision, producers: readonly string[]): boolean {
  const tiers = valueAt(revision, "global", "tier");
  if (!Array.isArray(tiers) || producers.length === 0) return false;
  return producers.every((name) => {
    const tier = (tiers as readonly (TierValues | null)[]).find((one) => one?.name === name);
    return tier != null && String(tier.replicas) === "0" && !enabled(tier.hpa?.enabled);
  });
}

const enabled = (value: unknown): boolean => value === true || value === "true";

/**
 * The first whole revision of the last unbroken run of revisions that fit; null if the last one does not. A failed or
 * killed revision of another kind breaks the run, because part of it may have been carried out.
 */
export function since(
  history: readonly ReleaseRevision[],
  fits: (revision: ReleaseRevision) => boolean,
): ReleaseRevision | null {
  const broken = history.findLastIndex((revision) => !fits(revision));
  return history.slice(broken + 1).find(({ status }) => status === "deployed" || status === "superseded") ?? null;
}

/**
 * The revision that has sent Pega to the external Kafka if the newest one does, whether it was carried out or not: from
 * there on what a switch waits for was measured before, and going back would leave records behind.
 */
export function switchBegun(history: readonly ReleaseRevision[]): ReleaseRevision | null {
  const before = history.findLastIndex((revision) => !isExternal(revision));
  return history[before + 1] ?? null;
}

/** A value as Helm merges it: the user's, else the chart's default; a null of the user deletes the default. */
function valueAt(revision: ReleaseRevision, ...path: readonly string[]): unknown {
  let given: unknown = revision.values;
  let otherwise: unknown = revision.chart.values;
  for (const key of path) {
    const next = entry(given, key);
    if (next === null) return undefined;
    given = next;
    otherwise = entry(otherwise, key);
  }
  return given ?? otherwise;
}

const entry = (map: unknown, key: string): unknown =>
  typeof map === "object" && map !== null && Object.hasOwn(map, key)
    ? (map as Readonly<Record<string, unknown>>)[key]
    : undefined;
