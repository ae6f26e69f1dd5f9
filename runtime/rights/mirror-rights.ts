/** The rights of MirrorMaker 2's own user where they are declared in one resource: exactly those that are asked for. */
import { parseAcl } from "../brokers/acl-words.ts";
import { firstBroker } from "../brokers/cluster.ts";
import { withCluster, type Cluster } from "../brokers/connection.ts";
import type { MirrorRightsInputs } from "../model/inputs.ts";
import { give, existingAcls, takeAway } from "./grant.ts";

/** A preview waits this long for a cluster that may not exist yet. */
const glanceMilliseconds = 5_000;

export interface MirrorRightsChanges {
  readonly missing: readonly string[];
  readonly going: readonly string[];
}

/** What has to be done, from what is wanted and what exists. Other users' rights are not looked at. Pure. */
export function mirrorRightsChanges(
  { principal, acls, handedOver }: Pick<MirrorRightsInputs, "principal" | "acls" | "handedOver">,
  existing: ReadonlySet<string>,
): MirrorRightsChanges {
  if (handedOver) return { missing: [], going: [] };
  const wanted = new Set(acls);
  return {
    missing: acls.filter((acl) => !existing.has(acl)),
    going: [...existing].filter((acl) => isOf(principal, acl) && !wanted.has(acl)),
  };
}

const isOf = (principal: string, acl: string): boolean => parseAcl(acl).principal === principal;

/** What an update would do; null where the cluster cannot be asked from here, or does not exist yet. */
export async function glanceMirrorRights(inputs: MirrorRightsInputs): Promise<MirrorRightsChanges | null> {
  if (inputs.handedOver) return { missing: [], going: [] };
  const signal = AbortSignal.timeout(glanceMilliseconds);
  return withAcls(inputs, async (_, existing) => mirrorRightsChanges(inputs, existing), signal).catch(() => null);
}

/** Grants what is missing and removes what the user has besides. */
export async function keepMirrorRights(inputs: MirrorRightsInputs): Promise<void> {
  if (inputs.handedOver) return;
  await withAcls(inputs, async (cluster, existing) => {
    const { missing, going } = mirrorRightsChanges(inputs, existing);
    await give(cluster, missing);
    await takeAway(cluster, going);
  });
}

/**
 * Removes every right of the user, which is this program's own and goes with them: what was asked for last does not have
 * to be known. Rights that were handed over stay.
 */
export async function removeMirrorRights(
  inputs: Pick<MirrorRightsInputs, "cluster" | "principal" | "handedOver">,
): Promise<void> {
  if (!inputs.handedOver) await keepMirrorRights({ ...inputs, acls: [] });
}

function withAcls<T>(
  { cluster }: Pick<MirrorRightsInputs, "cluster">,
  use: (cluster: Cluster, existing: ReadonlySet<string>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withCluster(cluster, async (of) => use(of, await existingAcls(await firstBroker(of))), signal);
}
