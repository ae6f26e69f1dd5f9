/** Conditions on the migrated topics of the target: whose they are, and whether they match the lockfile. */
import { verb, named, count } from "../runtime/model/words.ts";
import { emptyTopics } from "../runtime/brokers/empty-topics.ts";
import { open, closed, rank, type Complaint } from "../runtime/judging/problems.ts";
import { copiedAgain } from "../runtime/judging/recreated.ts";
import { part } from "../runtime/judging/reading.ts";
import type { Cause } from "../runtime/model/causes.ts";
import { again, gate } from "./gate.ts";

const causes = ["target-records-foreign"] as const;
type Own = (typeof causes)[number];

/** What to do about a topic that the target does not have. */
const madeAgain = "set the phase back to the one before and run pulumi up --refresh, which makes it again";

/** Every migrated topic on the target was created or adopted by this migration, or is empty. */
export const targetEmptyOrOurs = gate({
  name: "target-empty-or-ours",
  causes,
  page: {
    closedBecause: "a topic on the target holds records that are not this migration's",
    whatToDo: "delete it, or list it under `topics.adopt` with the reason",
  },
  params: () => ({}),
  needs: { target: true, targetTopics: true, marks: true, unpositioned: true },
  judge: (_params, snapshot) => {
    const { topics } = snapshot.scope;
    const [logs, existing, marks] = [part(snapshot, "target"), part(snapshot, "targetTopics"), part(snapshot, "marks")];
    const empty = new Set(emptyTopics(logs, topics));
    const unread = new Map(logs.problems.map(({ topic, sentence }) => [topic, sentence]));
    const missing: string[] = [];
    const again: string[] = [];
    const foreign: string[] = [];
    const complaints: Complaint<Own>[] = [];
    for (const topic of topics) {
      const found = existing.topics.get(topic);
      const mark = marks.get(topic);
      if (found === undefined) missing.push(topic);
      else if (mark !== undefined && mark !== found.id) again.push(topic);
      else if (mark === undefined && unread.has(topic)) {
        complaints.push({
          cause: "not-measured",
          rank: rank.unmeasured,
          sentence: unread.get(topic)!,
          partition: false,
        });
      } else if (mark === undefined && !empty.has(topic)) foreign.push(topic);
    }
    complaints.push(...copiedAgain(snapshot));
    const complain = (names: string[], cause: Cause | Own, worse: number, sentence: (what: string) => string): void => {
      if (names.length === 0) return;
      const what = `${count(names.length, "topic")} on the target`;
      complaints.push({
        cause,
        rank: worse,
        sentence: `${sentence(what)}: ${named(names)}`,
        partition: false,
        ...(cause === "target-topic-missing" && { remedy: madeAgain }),
      });
    };
    complain(
      foreign,
      "target-records-foreign",
      rank.foreign,
      (what) => `${what} with records that are not this migration's`,
    );
    complain(
      again,
      "recreated-on-target",
      rank.gone,
      (what) => `${what} deleted and re-created outside this migration`,
    );
    complain(missing, "target-topic-missing", rank.missing, (what) => `${what} missing`);
    if (topics.length === 0 || complaints.length > 0) return closed(complaints);
    return open(
      `${count(topics.length, "topic")} on the target ${verb(topics.length, "is", "are")} this migration's or empty`,
    );
  },
  remedy: `find out whose topics they are; delete them or list them under topics.adopt, set the phase back to the one before and ${again}`,
});
