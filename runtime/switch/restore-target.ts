/** Undoes what a consumers' entry has placed on the target. */
import type { LedgerEntry } from "../model/ledger.ts";
import type { SwitchEffects } from "./ports.ts";

/** Offsets that stood there before come back, others go. */
export async function restoreTarget(effects: Pick<SwitchEffects, "kafka" | "log">, entry: LedgerEntry): Promise<void> {
  const former = entry.groups.flatMap(({ group, topic, partition, before }) =>
    before === undefined ? [] : [{ group, topic, partition, offset: BigInt(before) }],
  );
  const none = entry.groups.filter(({ before }) => before === undefined);
  const byGroup = <P extends { readonly group: string }>(all: readonly P[]) => Map.groupBy(all, ({ group }) => group);
  if (former.length > 0) await effects.kafka.commit("target", byGroup(former));
  if (none.length > 0) await effects.kafka.forget("target", byGroup(none));
  effects.log("what the groups had on the target before is restored");
}
