/** Whose the names under Pega's prefix on the target are. */
import { shut } from "../../runtime/judging/problems.ts";
import { notMeasured, part } from "../../runtime/judging/reading.ts";
import { some, count } from "../../runtime/model/words.ts";
import { isExternal } from "../../runtime/pega/history.ts";
import { again, pegaGate } from "../gate.ts";

/** No topic and no group under the prefix belongs to somebody else: before the switch there is none. */
export const namesFree = pegaGate({
  name: "names-free",
  causes: ["names-taken"],
  page: {
    closedBecause: "a topic or group on the target begins with the prefix of `stream.namePattern`",
    whatToDo: "see whose it is; delete it, or choose another `stream.namePattern`",
  },
  params: () => ({}),
  needs: { names: true, history: true },
  judge: (_params, snapshot) => {
    const { topics, groups, unread } = part(snapshot, "names");
    const { prefix } = snapshot.scope;
    const names = [
      ...(topics.length > 0 ? [`${count(topics.length, "topic")} (${some(topics, "topics")})`] : []),
      ...(groups.length > 0 ? [`${count(groups.length, "group")} (${some(groups, "groups")})`] : []),
    ].join(" and ");
    if (names !== "") {
      const ours = part(snapshot, "history").find(isExternal);
      if (ours === undefined) {
        const sentence = `names under "${prefix}" are taken on the target: ${names}; the release has never used an external Kafka`;
        return shut("names-taken", sentence);
      }
      return {
        open: true,
        sentence: `the target has ${names} under "${prefix}", and revision ${ours.revision} of the release has used it before`,
      };
    }
    if (unread.length > 0) return notMeasured(some(unread, "parts"));
    return { open: true, sentence: `no topic and no group on the target begins with "${prefix}"` };
  },
  remedy: `see whose those names are; delete them or choose another stream.namePattern, then ${again}`,
});
