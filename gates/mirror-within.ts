/** Whether the mirror has copied enough of every partition. */
import { partitions, wants } from "../runtime/judging/mirror.ts";
import { noted, held, tooMuch, max, position, common } from "../runtime/judging/mirror.ts";
import { open, closed } from "../runtime/judging/problems.ts";
import { count } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

/** At most `maxLag` records left in each partition; records are only counted if the difference of offsets is larger. */
export const mirrorWithin = gate({
  name: "mirror-within",
  page: {
    closedBecause: "the mirror is behind, or a task has FAILED",
    whatToDo: "wait; fix the cause that the sentence quotes; raise `gates.maxLag`",
  },
  params: ({ gates }) => ({ maxLag: gates.maxLag }),
  needs: { source: true, target: true, mirror: true },
  wants: ({ maxLag }, snapshot) => wants(snapshot, (log, next) => log.end - next > BigInt(maxLag)),
  judge: ({ maxLag }, snapshot) => {
    const { logs, complaints, stopped } = common(snapshot);
    let most = 0n;
    for (const log of logs) {
      const { next, complaint, left, exact } = position(snapshot, log, BigInt(maxLag));
      if (complaint !== null) complaints.push(complaint);
      else {
        const all = left + max(log.end - max(log.stable, next), 0n);
        if (all <= BigInt(maxLag)) most = max(most, all);
        else complaints.push(left > BigInt(maxLag) ? tooMuch(log, left, exact, maxLag, stopped) : held(log));
      }
    }
    if (logs.length === 0 || complaints.length > 0) return noted(snapshot, closed(complaints));
    return noted(
      snapshot,
      open(`at most ${count(most, "record")} left to mirror in each of ${partitions(logs)}, ${maxLag} allowed`),
    );
  },
  remedy: `${again} once the mirror has caught up`,
});
