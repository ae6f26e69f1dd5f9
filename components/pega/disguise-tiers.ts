import { changedLeaves, shown, type Disguise } from "./disguise-leaves.ts";
import { guardOf } from "./disguise-rules.ts";
import { entries, isStream, runsStream, tiersOf, type Tier } from "./tiers.ts";
import { valueAt, type Values } from "./values.ts";

/** What changes in tiers beside the replicas of producers and the end of the embedded stream. */
export function tierDisguises(before: Values, after: Values, producers: readonly string[]): Disguise[] {
  const [olds, news] = [tiersOf(before), tiersOf(after)];
  const external = valueAt(after, "stream", "enabled") === true;
  const names = [...new Set([...olds, ...news].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [old, young] = [olds, news].map((tiers) => tiers.find((tier) => tier.name === name));
    const key = `global.tier[${name}]`;
    if (old === undefined || young === undefined) {
      return appearance(key, old, young, external);
    }
    return [
      ...nodeTypeDisguise(key, old, young, external),
      ...kindDisguise(key, old, young),
      ...stoppedConsumer(key, old, young, producers),
      ...imageDisguises(key, entryOf(before, name), entryOf(after, name)),
    ];
  });
}

function appearance(key: string, old: Tier | undefined, young: Tier | undefined, external: boolean): Disguise[] {
  if (old !== undefined && isStream(old) && external) return [];
  const why =
    old !== undefined && runsStream(old) && !external
      ? "its brokers hold what waits in the queues, and no external stream takes over"
      : "queues are drained by the tiers that ran when the move began; add and remove tiers before or after it";
  return [{ key, running: told(old), wanted: told(young), why }];
}

const told = (tier: Tier | undefined): string =>
  tier === undefined ? "nothing" : `nodeType ${tier.nodeTypes.join(",")}`;

function nodeTypeDisguise(key: string, old: Tier, young: Tier, external: boolean): Disguise[] {
  const wanted = [...young.nodeTypes].sort().join(",");
  const same = [...old.nodeTypes].sort().join(",") === wanted;
  const withoutBrokers = old.nodeTypes.filter((type) => !runsStream({ nodeTypes: [type] })).sort();
  if (same || (external && withoutBrokers.join(",") === wanted)) return [];
  const why = "other queues and data flows would be served than those that are drained";
  return [{ key: `${key}.nodeType`, running: old.nodeTypes.join(","), wanted: young.nodeTypes.join(","), why }];
}

function kindDisguise(key: string, { kind: running }: Tier, { kind: wanted }: Tier): Disguise[] {
  const why = `a ${running} would be deleted and a ${wanted} made in its place`;
  return running === wanted ? [] : [{ key: `${key}.volumeClaimTemplate`, running, wanted, why }];
}

function stoppedConsumer(key: string, old: Tier, young: Tier, producers: readonly string[]): Disguise[] {
  if (producers.includes(old.name) || !young.writesReplicas || young.replicas > 0 || old.replicas === 0) return [];
  const why = "this tier is no declared producer; without it the queues would never be empty";
  return [{ key: `${key}.replicas`, running: shown(old.replicas), wanted: "0", why }];
}

/** Images and versions anywhere in a tier: `custom.initContainers`, `custom.sidecarContainers`. */
function imageDisguises(key: string, before: Values, after: Values): Disguise[] {
  return changedLeaves(before, after, "inside").flatMap(({ path, running, wanted }) => {
    const why = guardOf(path);
    if (why === undefined) return [];
    return [{ key: `${key}.${path.join(".")}`, running: shown(running, path), wanted: shown(wanted, path), why }];
  });
}

const entryOf = (values: Values, name: string): Values => entries(values).find((entry) => entry["name"] === name) ?? {};
