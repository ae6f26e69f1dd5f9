/** How long the external stream has been in use, and what the embedded one has left behind. */
import { some } from "../../model/words.ts";
import { isExternal, since } from "../history.ts";
import { partOf, type Of, type PegaJudge } from "../reading.ts";
import { refusal } from "../volumes.ts";

const hourMilliseconds = 3_600_000;

export const soaked: PegaJudge<Of<"soaked">> = {
  needs: () => ["history"],
  judge({ hours }, snapshot) {
    const history = partOf(snapshot, "history");
    const newest = history.at(-1);
    if (newest === undefined) return { open: false, sentence: "there is no such release" };
    if (newest.status !== "deployed") {
      return { open: false, sentence: `revision ${newest.revision} of the release is ${newest.status}, not deployed` };
    }
    const first = since(history, isExternal);
    if (first === null)
      return { open: false, sentence: `revision ${newest.revision} of the release uses no external Kafka` };
    const passed = (snapshot.takenAt - Date.parse(first.deployedAt)) / hourMilliseconds;
    const rounded = Math.floor(passed * 10) / 10;
    const sentence = `revision ${first.revision} has used the external Kafka since ${first.deployedAt}, ${rounded} h ago; ${hours} h are asked for`;
    // A release without a time has not been seen soaking.
    return { open: passed >= hours, sentence };
  },
};

export const volumesNamed: PegaJudge<Of<"volumes-named">> = {
  needs: () => ["volumes"],
  judge({ names }, snapshot) {
    const reading = partOf(snapshot, "volumes");
    const unnamed = reading.volumes.map(({ name }) => name).filter((name) => !names.includes(name));
    const refused = refusal(snapshot.scope, names, reading);
    const reasons = [
      ...(refused === null ? [] : [refused]),
      ...(unnamed.length === 0 ? [] : [`left behind and not named: ${unnamed.join(", ")}`]),
    ];
    if (reasons.length > 0) return { open: false, sentence: reasons.join("; ") };
    const there = reading.volumes.map(({ name }) => name);
    // A name that is not there any more was removed by an update that failed later.
    const gone = names.filter((name) => !there.includes(name));
    const rest = gone.length === 0 ? "" : `; not there any more: ${some(gone, "volumes")}`;
    if (there.length === 0) return { open: true, sentence: `tiers of nodeType Stream have left no volume${rest}` };
    return { open: true, sentence: `the config names every volume that was left behind: ${there.join(", ")}${rest}` };
  },
};
