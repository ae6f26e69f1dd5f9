/** What is lost by switching now: told, never a reason to stay closed. */
import { partitionName } from "../../runtime/brokers/partitions.ts";
import type { PegaSnapshot } from "../../runtime/judging/pega-reading.ts";
import { some, count } from "../../runtime/model/words.ts";
import type { UnreadPartition, UnreadReading } from "../../runtime/pega/unread.ts";
import { again, pegaGate } from "../gate.ts";

/** Always opens: says how many records are unread in the embedded stream now, or that it cannot be measured. */
export const lossAccepted = pegaGate({
  name: "loss-accepted",
  page: {
    closedBecause: "never: it says how many records are unread in the embedded stream at that moment",
    whatToDo: "read what is lost before the switch",
  },
  params: ({ lossy }) => ({ words: lossy?.accept ?? "" }),
  needs: (_params, { embedded }) => (embedded === undefined ? {} : { unread: true }),
  judge: ({ words }, snapshot) => {
    return { open: true, sentence: `${unreadNow(snapshot)}; accepted: "${words}"` };
  },
  remedy: again,
});

function unreadNow({ scope, unread }: PegaSnapshot): string {
  const unknown = "how many records are unread in the embedded stream cannot be measured";
  if (scope.embedded === undefined) return `${unknown} without embedded.runnerBootstrap`;
  if (unread === undefined) return unknown;
  return "error" in unread ? `${unknown}: ${unread.error}` : sentence(unread.value);
}

/** For example `12 records are unread in the embedded stream now: pega-orders[0] has 12`. Pure. */
function sentence({ topics, partitions, problems }: UnreadReading): string {
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
