/** What is lost by switching now: told, never a reason to stay closed. */
import { partitionName } from "../../brokers/partitions.ts";
import { some, count } from "../../model/words.ts";
import type { Of, PegaJudge, PegaSnapshot } from "../reading.ts";
import type { UnreadPartition, UnreadReading } from "../unread.ts";

export const lossAccepted: PegaJudge<Of<"loss-accepted">> = {
  needs: (_condition, { embedded }) => (embedded === undefined ? [] : ["unread"]),
  judge({ words }, snapshot) {
    return { open: true, sentence: `${unreadNow(snapshot)}; accepted: "${words}"` };
  },
};

function unreadNow({ scope, unread }: PegaSnapshot): string {
  const unknown = "how many records are unread in the embedded stream cannot be measured";
  if (scope.embedded === undefined) return `${unknown} without embedded.runnerBootstrap`;
  if (unread === undefined) return unknown;
  return "error" in unread ? `${unknown}: ${unread.error}` : sentence(unread.value);
}

/** For example `12 records are unread in the embedded stream now: pega-orders[0] has 12`. Pure. */
export function sentence({ topics, partitions, problems }: UnreadReading): string {
  const total = partitions.reduce((sum, { records }) => sum + records, 0);
  const least = problems.length > 0 || partitions.some(({ exact }) => !exact) ? "at least " : "";
  const worst = [...partitions].sort((a, b) => b.records - a.records).map(words);
  const where = worst.length === 0 ? ` (${count(topics, "topic")})` : `: ${some(worst)}`;
  const rest = problems.length === 0 ? "" : `; not counted: ${some(problems, "parts")}`;
  return `${least}${count(total, "record")} ${total === 1 ? "is" : "are"} unread in the embedded stream now${where}${rest}`;
}

function words({ topic, partition, records, exact, read }: UnreadPartition): string {
  const unread = read ? "" : ", which no group reads,";
  return `${partitionName(topic, partition)}${unread} has ${exact ? "" : "at least "}${records}`;
}
