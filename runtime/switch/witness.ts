/**
 * What a move writes down is read by two clients that share no code: ours, which every decision is made from, and kafkajs.
 * A mistake of one of them would otherwise lose records or repeat them, and every gate that asks the same client would
 * agree with it.
 */
import type { BothLogs, Witness } from "../brokers/kafka-port.ts";
import { SecondClient } from "../brokers/second-client.ts";
import { Refused } from "../model/refused.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";
import type { SwitchEffects } from "./ports.ts";

const sides = ["source", "target"] as const;
/** Readings until a disagreement is one: between two a marker may have arrived that neither reading is wrong about. */
const readings = 3;
const pauseMilliseconds = 500;

/**
 * What `measure` gives of both sides, once the other client has read the same ends. Rejects with every partition whose
 * ends still differ after a few readings.
 */
export async function witnessedEnds(
  effects: Pick<SwitchEffects, "pace" | "witness">,
  measure: () => Promise<BothLogs>,
): Promise<BothLogs> {
  for (let reading = 1; ; reading += 1) {
    const logs = await measure();
    const differing = (await Promise.all(sides.map((side) => endsThatDiffer(effects, side, logs)))).flat();
    if (differing.length === 0) return logs;
    if (reading === readings) {
      throw new Refused(
        "ends-differ",
        `two clients read different ends of logs: ${some(differing, "partitions")}. Nothing was recorded; ask each ` +
          `broker for these partitions with kafka-get-offsets.sh, find out which of them answers wrongly, then run pulumi up again`,
      );
    }
    await effects.pace.pause(pauseMilliseconds);
  }
}

async function endsThatDiffer(
  { witness }: Pick<SwitchEffects, "witness">,
  side: SideName,
  logs: BothLogs,
): Promise<string[]> {
  const { partitions } = logs[side];
  const seen = await witness.ends(side, [...partitions.values()]);
  return [...partitions].flatMap(([name, { end }]) =>
    seen.get(name) === end
      ? []
      : [`${name} on the ${side} ends at ${end} by @platformatic/kafka, at ${seen.get(name) ?? "nothing"} by kafkajs`],
  );
}

/** Both sides over kafkajs; each is connected when it is first needed, and stays so until `close`. */
export function witnessOf(scope: Pick<Scope, SideName | "topics">): Witness & { close(): Promise<void> } {
  const open = new Map<SideName, Promise<SecondClient>>();
  const client = (side: SideName, groups: readonly string[] = []): Promise<SecondClient> => {
    const known = open.get(side);
    if (known !== undefined) return known;
    const opening = SecondClient.open(scope[side], scope.topics, groups);
    // What failed is tried again by whoever needs it next.
    opening.catch(() => open.delete(side));
    open.set(side, opening);
    return opening;
  };
  return {
    ready: async (wanted, groups) => void (await Promise.all(wanted.map((side) => client(side, groups)))),
    ends: async (side, partitions) => (await client(side)).ends(partitions),
    committed: async (side, places) => (await client(side)).committed(places),
    close: async () => {
      const clients = await Promise.allSettled(open.values());
      await Promise.all(clients.map(async (one) => one.status === "fulfilled" && (await one.value.close())));
    },
  };
}
