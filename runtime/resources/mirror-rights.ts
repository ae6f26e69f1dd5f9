import type { MirrorRightsInputs } from "../model/inputs.ts";
import { cut } from "../model/words.ts";
import { glanceMirrorRights, keepMirrorRights, removeMirrorRights } from "../rights/mirror-rights.ts";
import type { Reconciled } from "./reconciled.ts";

const key = ({ principal, acls, handedOver }: MirrorRightsInputs): string =>
  JSON.stringify([principal, acls, handedOver]);

/** The rights go with the resource, because the user that has them goes too. */
export const mirrorRights: Reconciled<MirrorRightsInputs, Pick<MirrorRightsInputs, "missing" | "going">> = {
  id: ({ principal }) => principal,
  async check(news, olds) {
    const found = await glanceMirrorRights(news);
    const { missing, going } = found ?? { missing: olds.acls === undefined ? news.acls : [], going: [] };
    if (missing.length + going.length > 0) {
      console.log(`rights of ${news.principal}: ${missing.length} are granted, ${going.length} are taken away`);
    }
    return { inputs: { ...news, missing: cut(missing), going: cut(going) } };
  },
  async apply(news) {
    await keepMirrorRights(news);
    return { missing: [], going: [] };
  },
  changes: (olds, news) => ({
    changes: (news.missing ?? []).length + (news.going ?? []).length > 0 || key(olds) !== key(news),
  }),
  remove: removeMirrorRights,
};
