/** How long the external stream has been in use. */
import { open, shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { isExternal, since } from "../../runtime/pega/history.ts";
import { again, pegaGate } from "../gate.ts";

const hourMilliseconds = 3_600_000;

/** The release has used the external stream without a break for long enough. */
export const soaked = pegaGate({
  name: "soaked",
  causes: ["no-release", "not-deployed"],
  page: {
    closedBecause: "the release has not used the external stream for long enough",
    whatToDo: "wait, or lower `retire.soakHours`",
  },
  params: ({ retire }) => ({ hours: retire.soakHours }),
  needs: { history: true },
  judge: ({ hours }, snapshot) => {
    const history = part(snapshot, "history");
    const newest = history.at(-1);
    if (newest === undefined) return shut("no-release", "there is no such release");
    if (newest.status !== "deployed") {
      return shut("not-deployed", `revision ${newest.revision} of the release is ${newest.status}, not deployed`);
    }
    const first = since(history, isExternal);
    if (first === null)
      return shut("no-external-stream", `revision ${newest.revision} of the release uses no external Kafka`);
    const passed = (snapshot.takenAt - Date.parse(first.deployedAt)) / hourMilliseconds;
    const rounded = Math.floor(passed * 10) / 10;
    const sentence = `revision ${first.revision} has used the external Kafka since ${first.deployedAt}, ${rounded} h ago; ${hours} h are asked for`;
    // A release without a time has not been seen soaking.
    return passed >= hours ? open(sentence) : shut("too-soon", sentence);
  },
  remedy: `${again} once that time has passed`,
});
