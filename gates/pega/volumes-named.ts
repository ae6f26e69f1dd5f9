/** What the embedded stream has left behind. */
import { shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { some } from "../../runtime/model/words.ts";
import { refusal } from "../../runtime/pega/volumes.ts";
import { again, pegaGate } from "../gate.ts";

/** The config names exactly the PersistentVolumeClaims that tiers of nodeType Stream left behind. */
export const volumesNamed = pegaGate({
  name: "volumes-named",
  causes: ["volumes-misnamed"],
  page: {
    closedBecause: "a volume that the stream tiers left is not named, or one that is no such volume is",
    whatToDo: "`retire.volumes`: exactly what was left behind",
  },
  params: ({ retire }) => ({ names: retire.volumes }),
  needs: { volumes: true },
  judge: ({ names }, snapshot) => {
    const reading = part(snapshot, "volumes");
    const unnamed = reading.volumes.map(({ name }) => name).filter((name) => !names.includes(name));
    const refused = refusal(snapshot.scope, names, reading);
    const reasons = [
      ...(refused === null ? [] : [refused]),
      ...(unnamed.length === 0 ? [] : [`left behind and not named: ${unnamed.join(", ")}`]),
    ];
    if (reasons.length > 0) return shut("volumes-misnamed", reasons.join("; "));
    const there = reading.volumes.map(({ name }) => name);
    // A name that is not there any more was removed by an update that failed later.
    const gone = names.filter((name) => !there.includes(name));
    const rest = gone.length === 0 ? "" : `; not there any more: ${some(gone, "volumes")}`;
    if (there.length === 0) return { open: true, sentence: `tiers of nodeType Stream have left no volume${rest}` };
    return { open: true, sentence: `the config names every volume that was left behind: ${there.join(", ")}${rest}` };
  },
  remedy: `set retire.volumes to exactly what was left behind, then ${again}`,
});
