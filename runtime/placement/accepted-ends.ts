/** The source's ends that count if the config accepts records from after the switch. Pure. */
import { partitionName } from "../brokers/partitions.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";

/** Ends up to which the source may have grown, by `partitionName`. */
export const acceptedEnds = ({ stragglers = [] }: Pick<Scope, "stragglers">): ReadonlyMap<string, bigint> =>
  new Map(stragglers.map(({ topic, partition, to }) => [partitionName(topic, partition), BigInt(to)]));

/** Ends of the source as a switch of producers left them, or as the config accepts them, by `partitionName`. */
export function endsToRead(scope: Pick<Scope, "stragglers">, entry: LedgerEntry): ReadonlyMap<string, bigint> {
  const accepted = acceptedEnds(scope);
  return new Map(
    entry.partitions.map(({ topic, partition, sourceEnd }) => {
      const name = partitionName(topic, partition);
      const [end, later] = [BigInt(sourceEnd), accepted.get(name) ?? 0n];
      return [name, later > end ? later : end];
    }),
  );
}
