import type { QueueCount } from "../../../../runtime/pega/queues.ts";
import type { ReleaseRevision } from "../../../../runtime/pega/release-revision.ts";
import type { PegaScope, VolumesInputs } from "../../../../runtime/model/pega.ts";
import { readTiers as readOf, type TierApi } from "../../../../runtime/pega/tiers.ts";
import * as volumes from "../../../../runtime/pega/volumes.ts";
import { pegaWorld } from "../current.ts";

export * from "../../../../runtime/pega/queues.ts";
export * from "../../../../runtime/pega/release.ts";
export * from "../../../../runtime/pega/tiers.ts";
export * from "../../../../runtime/pega/volumes.ts";

/** As the world has them. */
export const tierApi: TierApi = {
  state: (...args) => pegaWorld().tiers.state(...args),
  pods: (...args) => pegaWorld().tiers.pods(...args),
  setFormer: (...args) => pegaWorld().tiers.setFormer(...args),
  scale: (...args) => pegaWorld().tiers.scale(...args),
  scalers: (...args) => pegaWorld().tiers.scalers(...args),
};

export const volumeApi: volumes.VolumeApi = {
  claims: (...args) => pegaWorld().volumes.claims(...args),
  pods: (...args) => pegaWorld().volumes.pods(...args),
  exists: (...args) => pegaWorld().volumes.exists(...args),
  remove: (...args) => pegaWorld().volumes.remove(...args),
};

export const readTiers = (scope: PegaScope, api = tierApi) => readOf(scope, api);
export const readVolumes = (scope: PegaScope, api = volumeApi) => volumes.readVolumes(scope, api);
export const removeVolumes = (inputs: VolumesInputs, api = volumeApi) => volumes.removeVolumes(inputs, api);
export const volumesLeft = (inputs: VolumesInputs, api = volumeApi) => volumes.volumesLeft(inputs, api);

export async function readHistory(): Promise<readonly ReleaseRevision[]> {
  pegaWorld().alive();
  return pegaWorld().history();
}

export async function readQueues(): Promise<QueueCount[]> {
  pegaWorld().alive();
  return [{ name: "queue", records: pegaWorld().data.unread }];
}
