/** Whether the target's brokers would refuse, remove or change what the mirror is about to copy; pure. */
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { takesLess, aboutRecords } from "../runtime/model/topic-defaults.ts";
import { count, named } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

/**
 * No topic on the target gets from the brokers there what would cost its records: a shorter retention, another cleanup
 * or kind of timestamps, a smaller limit. What the topic itself is to have is set before the mirror begins, and topics
 * that do not exist yet are made as the lockfile says, so neither is asked here.
 */
export const targetDefaults = gate({
  name: "target-defaults",
  page: {
    closedBecause:
      "the target's brokers set a retention, cleanup, limit or kind of timestamps that would cost records of the copy",
    whatToDo:
      "`npm run assess`, which records what they set; commit the lockfile; each topic then gets the source's value",
  },
  params: (_config, { wanted, defaults }) => ({
    wanted: wanted(),
    defaults: Object.fromEntries(Object.entries(defaults()).filter(([key]) => aboutRecords(key))),
  }),
  needs: { targetTopics: true },
  judge: ({ wanted, defaults }, snapshot) => {
    const { topics, problems } = part(snapshot, "targetTopics");
    const unread: Complaint[] = [];
    const found = new Map<string, string[]>();
    for (const group of wanted) {
      const asked = Object.entries(defaults).filter(([key]) => !Object.hasOwn(group.config, key));
      for (const topic of Object.keys(group.topics)) {
        const problem = problems.get(topic);
        if (problem !== undefined)
          unread.push({ cause: "not-measured", rank: rank.unmeasured, sentence: problem, partition: false });
        const configs = topics.get(topic)?.configs;
        for (const [key, value] of asked) {
          const now = configs?.get(key);
          if (now === undefined || now.from === "topic" || !takesLess(key, value, now.value)) continue;
          const same = `${key}=${now.value}, the source has ${value}`;
          const others = found.get(same);
          if (others === undefined) found.set(same, [topic]);
          else others.push(topic);
        }
      }
    }
    const complaints = [...found].map(([what, names]): Complaint => ({
      cause: "topic-differs",
      rank: rank.left,
      partition: false,
      sentence: `the target's brokers give ${named(names)} ${what}: records of the copy would be refused, removed or changed`,
    }));
    const all = [...unread, ...complaints];
    if (all.length > 0) return closed(all);
    return open(`the target's brokers take and keep the records of ${count(topics.size, "topic")} as the source does`);
  },
  remedy:
    `run npm run assess, which records what the target's brokers set, and commit the lockfile: the topics then get the source's value of their own; ` +
    `or change the brokers; then ${again}`,
});
