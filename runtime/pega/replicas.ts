/** How many replicas producing tiers had before they were drained: noted before, given back after. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PegaScope, PegaTier, RememberInputs, RestoreInputs } from "../model/pega.ts";
import { settleAll } from "../model/settle-all.ts";
import { producersOf, readTiers, tierApi, workloadOf, type TierApi, type TierReading, unready } from "./tiers.ts";

/** Between two looks at tiers that start. */
const pollMilliseconds = 1_000;

/**
 * Notes the replicas of producing tiers that run, so that draining can be undone exactly; a tier at 0 replicas keeps
 * what was noted. Rejects with the names of all tiers that do not exist.
 */
export async function rememberReplicas({ scope }: RememberInputs, api: TierApi = tierApi): Promise<void> {
  const tiers = await producers(scope, api);
  await settleAll(
    tiers.map(async ({ tier, state }) => {
      const wanted = toRemember(state);
      if (wanted !== null) await api.setFormer(workloadOf(scope, tier), wanted);
    }),
  );
}

/** Names of producing tiers whose replicas are not noted as they are. Never rejects: what cannot be read is not listed. */
export async function forgottenNow({ scope }: RememberInputs, api: TierApi = tierApi): Promise<string[]> {
  const states = await statesOf(scope, api);
  return states.filter(({ state }) => toRemember(state) !== null).map(({ tier }) => tier.name);
}

/** Replicas by producing tier: what is noted on it, or what it has where the drain was undone and nothing is noted. */
export async function replicasToRestore(scope: PegaScope, api: TierApi = tierApi): Promise<Record<string, number>> {
  const tiers = await producers(scope, api);
  return Object.fromEntries(tiers.map(({ tier, state }) => [tier.name, state.former ?? state.replicas]));
}

/**
 * Scales producing tiers up to what they had before they were drained, and waits until they are ready; ones that have
 * more stay. Takes the note away where `forget` says so. Rejects with tiers and pods that are not ready in time.
 */
export async function scaleToFormer(inputs: RestoreInputs, api: TierApi = tierApi): Promise<void> {
  const { scope, forget, readySeconds } = inputs;
  const remembered = (await producers(scope, api)).filter(({ state }) => state.former !== null);
  const until = Date.now() + readySeconds * 1000;
  await settleAll(
    remembered.map(async ({ tier, state }) => {
      const former = state.former ?? 0;
      if (state.replicas >= former) return;
      console.log(`tier ${tier.name} goes from ${state.replicas} to ${former} replicas, as before it was drained`);
      await api.scale(workloadOf(scope, tier), former);
    }),
  );
  await waitReady(
    { ...scope, tiers: remembered.map(({ tier }) => tier) },
    { until, readySeconds, api, row: inputs.row },
  );
  if (!forget) return;
  await settleAll(remembered.map(({ tier }) => api.setFormer(workloadOf(scope, tier), null)));
}

/**
 * Names of producing tiers that have fewer replicas than before, or a note that is no longer wanted. Never rejects:
 * what cannot be read is not listed.
 */
export async function shortNow({ scope, forget }: RestoreInputs, api: TierApi = tierApi): Promise<string[]> {
  const states = await statesOf(scope, api);
  const short = states.filter(({ state }) => state.former !== null && (forget || state.replicas < state.former));
  return short.map(({ tier }) => tier.name);
}

/** A tier that exists. */
type Found = TierReading & { readonly state: NonNullable<TierReading["state"]> };

async function producers(scope: PegaScope, api: TierApi): Promise<readonly Found[]> {
  const { tiers } = await readTiers({ ...scope, tiers: producersOf(scope) }, api);
  const missing = tiers.filter(({ state }) => state === null).map(({ title }) => title);
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(", ")} ${missing.length === 1 ? "does" : "do"} not exist; correct global.tier or ` +
        `global.deployment.name in the values, or the release in the config`,
    );
  }
  return tiers.filter((one): one is Found => one.state !== null);
}

type State = Pick<Found, "tier" | "state">;

async function statesOf(scope: PegaScope, api: TierApi): Promise<readonly State[]> {
  const read = async (tier: PegaTier): Promise<readonly State[]> => {
    const state = await api.state(workloadOf(scope, tier)).catch(() => null);
    return state === null ? [] : [{ tier, state }];
  };
  return (await Promise.all(producersOf(scope).map(read))).flat();
}

/** What has to be noted, or null. */
function toRemember({ replicas, former }: Found["state"]): number | null {
  // At 0 replicas the note knows better: an earlier update drained the tier and was killed.
  if (former !== null && (replicas === 0 || replicas === former)) return null;
  return replicas;
}

interface Wait {
  readonly row: string;
  readonly until: number;
  readonly readySeconds: number;
  readonly api: TierApi;
}

async function waitReady(scope: PegaScope, { row, until, readySeconds, api }: Wait): Promise<void> {
  for (;;) {
    const { tiers } = await readTiers(scope, api);
    const reasons = tiers.map(unready).filter((reason) => reason !== null);
    if (reasons.length === 0) return;
    if (Date.now() >= until) {
      throw new Error(
        `phase "${row}": ${reasons.join("; ")} after ${readySeconds} s; see why (kubectl describe pod), then run pulumi up again`,
      );
    }
    await sleep(Math.min(pollMilliseconds, Math.max(until - Date.now(), 1)));
  }
}
