import type { TogetherInputs } from "../model/inputs.ts";
import { cut, named } from "../model/words.ts";
import { glanceTopics, keepTopics } from "../topics/together-port.ts";
import { sortedKeys } from "../model/sorted-keys.ts";
import type { Reconciled } from "./reconciled.ts";

type Looked = Pick<TogetherInputs, "creates" | "changes" | "keeps">;

const key = ({ topics, adopted, kept, ownersAdd }: TogetherInputs): string =>
  JSON.stringify([topics, adopted, kept, ownersAdd], sortedKeys);

/** Topics stay when the resource leaves the program. */
export const topicsTogether: Reconciled<TogetherInputs, Looked> = {
  id: () => "topics",
  async check(news, olds) {
    const plan = await glanceTopics(news);
    // Of a target that cannot be asked, all that is known is that nothing was made there yet.
    const creates = plan?.create.map(({ name }) => name) ?? (olds.topics === undefined ? Object.keys(news.topics) : []);
    const changes = plan?.change.map(({ name, lines }) => `${name}: ${lines.join(", ")}`) ?? [];
    if (creates.length + changes.length > 0) {
      const said = [
        creates.length > 0 ? `${creates.length} are created: ${named(creates)}` : "",
        changes.length > 0 ? `${changes.length} are changed: ${cut(changes).join("; ")}` : "",
        `${plan?.kept ?? 0} are kept`,
      ];
      console.log(`topics: ${said.filter(Boolean).join("; ")}`);
    }
    const looked = { creates: cut(creates), changes: cut(changes), keeps: plan?.kept ?? 0 };
    const failures = plan?.refused.map((reason) => ({ property: "topics", reason })) ?? [];
    return { inputs: { ...news, ...looked }, failures };
  },
  async apply(news) {
    await keepTopics(news);
    return { creates: [], changes: [], keeps: Object.keys(news.topics).length };
  },
  changes: (olds, news) => ({
    changes: (news.creates ?? []).length + (news.changes ?? []).length > 0 || key(olds) !== key(news),
  }),
};
