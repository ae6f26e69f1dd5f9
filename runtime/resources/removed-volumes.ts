import { aims } from "../model/aims.ts";
import type { VolumesInputs } from "../model/pega.ts";
import { removeVolumes, volumesLeft, type VolumeApi } from "../pega/volumes.ts";
import type { Reconciled } from "./reconciled.ts";

export const removedVolumesOver = (api: VolumeApi): Reconciled<VolumesInputs, Pick<VolumesInputs, "left">> => ({
  id: ({ scope }) => scope.migration,
  aim: aims.RemovedVolumes,
  check: async (news) => ({ inputs: { ...news, left: await volumesLeft(news, api) } }),
  async apply(news) {
    await removeVolumes(news, api);
    return { left: [] };
  },
  changes: (_olds, news) => ({ changes: (news.left ?? []).length > 0 }),
});
