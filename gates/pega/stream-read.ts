/** Whether Pega reads what it writes to the external stream. */
import { part } from "../../runtime/judging/reading.ts";
import { shut } from "../../runtime/judging/problems.ts";
import { count, verb } from "../../runtime/model/words.ts";
import { again, pegaGate } from "../gate.ts";

/** A consumer group under the prefix has members on the target and has committed what it has processed there. */
export const streamRead = pegaGate({
  name: "stream-read",
  causes: ["no-readers", "nothing-read"],
  page: {
    closedBecause: "no consumer group under the prefix has processed anything on the target",
    whatToDo: "see whether queue processors and data flows run, and which cluster they read",
  },
  params: () => ({}),
  needs: { readers: true },
  judge: (_params, snapshot) => {
    const groups = part(snapshot, "readers");
    const under = `under "${snapshot.scope.prefix}"`;
    if (groups.length === 0) return shut("no-readers", `there is no consumer group ${under} on the target`);
    const joined = groups.filter(({ members }) => members.length > 0);
    if (joined.length === 0)
      return shut("no-readers", `none of ${count(groups.length, "group")} ${under} on the target has members`);
    // The topics are new on the target: an offset of 0 is where a group begins.
    const reading = joined.filter(({ committed }) => committed.some(({ offset }) => offset > 0n));
    if (reading.length === 0) {
      const sentence = `${count(joined.length, "group")} ${under} on the target ${verb(joined.length, "has", "have")} members, and nothing has been processed there`;
      return shut("nothing-read", sentence);
    }
    return {
      open: true,
      sentence: `${reading.length} of ${count(groups.length, "group")} ${under} on the target ${verb(reading.length, "has", "have")} members and ${verb(reading.length, "has", "have")} processed records there`,
    };
  },
  remedy: `see whether Pega's queue processors and data flows run and read the target, then ${again}`,
});
