/** Conditions on the schema registries: whether the target can take a copy, whether it has one, whether records decode. */
import { shut, open } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { registersItself } from "../runtime/judging/schemas.ts";
import { amount, compare, differences, isEqual, isOurs } from "../runtime/schemas/compare.ts";
import { hasRegistries, again, gate } from "./gate.ts";

/** The target holds every version as on the source; before producers move, new versions may still be missing. */
export const schemasEqual = gate({
  name: "schemas-equal",
  causes: ["schemas-differ"],
  page: {
    closedBecause: "a version, its schema or its id is not the same on both registries",
    whatToDo: "back to the phase before and `up`, which copies what is new; see [schemas.md](schemas.md)",
  },
  applies: hasRegistries,
  params: (_config, { opensSchemas }) => ({ lastPass: opensSchemas }),
  needs: { registries: true, ledger: true },
  judge: ({ lastPass }, snapshot) => {
    const reading = part(snapshot, "registries");
    const moved = registersItself(reading, part(snapshot, "ledger"), snapshot.scope);
    if (moved !== null) return moved;
    const difference = compare(reading.source, reading.target);
    const all = amount([...reading.source.versions.values()]);
    if (isEqual(difference)) {
      const largest = Math.max(0, ...reading.source.largest.values());
      return open(`${all} are equal on both sides; the largest id is ${largest}`);
    }
    const { missing, undeleted } = difference;
    if (lastPass && isOurs(difference)) {
      return open(`the target holds a copy of ${all}; ${amount([...missing, ...undeleted])} for the switch to copy`);
    }
    return shut("schemas-differ", `the registries are not equal: ${differences(difference)}`);
  },
  remedy: `set the phase back to the one before and run pulumi up, which copies what is new on the source, then set it forward and ${again}`,
});
