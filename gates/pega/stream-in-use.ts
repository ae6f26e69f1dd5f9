/** Whether Pega uses the external stream. */
import { partitionName } from "../../runtime/brokers/partitions.ts";
import { closed, unmeasured, shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { some, count } from "../../runtime/model/words.ts";
import { again, pegaGate } from "../gate.ts";

/** Growth is judged over the readings of this long: Pega may write to a stream once in minutes. */
const growthMilliseconds = 600_000;

/** Topics under the prefix grow on the target. */
export const streamInUse = pegaGate({
  name: "stream-in-use",
  causes: ["no-topic", "nothing-grows"],
  page: {
    closedBecause: "no topic under the prefix grows on the target",
    whatToDo: "see whether queue processors run and reach the target",
  },
  params: () => ({}),
  needs: { growth: true },
  movement: { windowMilliseconds: growthMilliseconds },
  judge: (_params, snapshot, earlier) => {
    const logs = part(snapshot, "growth");
    const { prefix } = snapshot.scope;
    const topics = new Set([...logs.partitions.values()].map(({ topic }) => topic));
    if (logs.problems.length > 0) return closed(unmeasured(logs));
    if (topics.size === 0) return shut("no-topic", `no topic on the target begins with "${prefix}"`);
    const first = earlier[0];
    if (first === undefined) {
      return shut("one-reading", `${count(topics.size, "topic")} under "${prefix}" on the target, seen once only`);
    }
    const before = part(first, "growth").partitions;
    const seconds = Math.round((snapshot.takenAt - first.takenAt) / 1000);
    const grown = [...logs.partitions.values()].flatMap(({ topic, partition, end }) => {
      const from = before.get(partitionName(topic, partition))?.end ?? 0n;
      return end > from ? [{ topic, words: `${partitionName(topic, partition)} from ${from} to ${end}` }] : [];
    });
    if (grown.length === 0) {
      const sentence = `none of ${count(topics.size, "topic")} under "${prefix}" has grown on the target for ${seconds} s`;
      return shut("nothing-grows", sentence);
    }
    const growing = new Set(grown.map(({ topic }) => topic)).size;
    const words = some(
      grown.map(({ words }) => words),
      "partitions",
    );
    return {
      open: true,
      sentence: `${growing} of ${count(topics.size, "topic")} under "${prefix}" grew on the target within ${seconds} s: ${words}`,
    };
  },
  remedy: `see whether Pega runs queue processors and reaches the target, then ${again}`,
});
