/** Undoes what a consumers' entry has placed on the target. */
import type { LedgerEntry } from "../model/ledger.ts";
import type { SwitchEffects } from "./ports.ts";

/** Offsets that stood there before come back, others go. */
export async function restoreTarget(effects: Pick<SwitchEffects, "kafka" | "log">, entry: LedgerEntry): Promise<void> {
  for (const [group, placed] of Map.groupBy(entry.groups, (each) => each.group)) {
    const former = placed.filter(({ before }) => before !== undefined);
    const none = placed.filter(({ before }) => before === undefined);
    if (former.length > 0) {
      const positions = former.map((each) => ({ ...each, offset: BigInt(each.before!) }));
      await effects.kafka.commit("target", group, positions);
    }
    if (none.length > 0) await effects.kafka.forget("target", group, none);
  }
  effects.log("what the groups had on the target before is restored");
}
