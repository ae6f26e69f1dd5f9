/** The source's ends that count if the config accepts records from after the switch. Pure. */
import { partitionName } from "../brokers/partitions.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";

/** Ends up to which the source may have grown, by `partitionName`. */
export const acceptedEnds = ({ stragglers = [] }: Pick<Scope, "stragglers">): ReadonlyMap<string, bigint> =>
  new Map(stragglers.map(({ topic, partition, to }) => [partitionName(topic, partition), BigInt(to)]));

/** What to do about records from after a switch; ends before `run pulumi up again`. */
export const acceptRemedy =
  "stop the producer that still writes to the source and accept these records under stragglers (topic, partition, to: " +
  "the offset after the last one, reason): groups that are on the source read them there, for others they are copied";

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
