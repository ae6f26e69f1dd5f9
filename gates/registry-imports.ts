/** Conditions on the schema registries: whether the target can take a copy, whether it has one, whether records decode. */
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { registersItself } from "../runtime/judging/schemas.ts";
import { amount, compare } from "../runtime/schemas/compare.ts";
import { ownershipOf, refusal } from "../runtime/schemas/import-mode.ts";
import type { RegistriesReading } from "../runtime/schemas/measure.ts";
import { levels } from "../runtime/schemas/order.ts";
import { alternative } from "../runtime/schemas/probe.ts";
import { hasRegistries, again, gate } from "./gate.ts";

/** The target's registry is empty and can import, as a probe has shown, or it holds this migration's copy. */
export const registryImports = gate({
  name: "registry-imports",
  causes: ["registry-taken", "registry-cannot-import", "schemas-unordered"],
  page: {
    closedBecause: "the target's registry cannot take schemas with their ids, or is neither empty nor ours",
    whatToDo: "what the sentence says, see [schemas.md](schemas.md)",
  },
  applies: hasRegistries,
  params: () => ({}),
  needs: { importing: true, ledger: true },
  judge: (_params, snapshot) => {
    const reading = part(snapshot, "importing");
    const moved = registersItself(reading, part(snapshot, "ledger"), snapshot.scope);
    if (moved !== null) return moved;
    const { source, target, probed, switching } = reading;
    const difference = compare(source, target);
    const ownership = ownershipOf(reading, difference);
    if (ownership.kind === "foreign" || (ownership.kind === "equal" && !switching)) {
      return shut("registry-taken", refusal(target, ownership));
    }
    if (probed != null)
      return shut("registry-cannot-import", `the target's registry cannot import: ${probed}; ${alternative}`);
    const lacking = unordered(reading);
    if (lacking !== null) return shut("schemas-unordered", `the source's schemas cannot be copied: ${lacking}`);
    const all = amount([...source.versions.values()]);
    if (target.versions.size > 0) {
      return open(`the target's registry holds this migration's copy, ${target.versions.size} of ${all}`);
    }
    return open(`the target's registry is empty, and a probe has shown that it keeps ids in IMPORT; ${all} to copy`);
  },
  remedy: `do what the sentence says, then ${again}`,
});

function unordered({ source, target }: RegistriesReading): string | null {
  try {
    levels([...source.versions.values()], target.versions);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
