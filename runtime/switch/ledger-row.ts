/** The ledger as a row of the strategy sees it: kept, copied, and refusing rows that would forget a switch. */
import { rangeName } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import type { LedgerInputs } from "../model/inputs.ts";
import { entryText, liveEntry, parseEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";
import type { Move } from "../model/workloads.ts";
import { withRegistries } from "../schemas/registries.ts";
import { fence, ofRole, roleOf } from "../workloads/workloads.ts";
import { grownSince, ranges } from "./ends-since-ledger.ts";
import { returnGroups } from "./group-return.ts";
import { paused } from "./paused.ts";
import type { Reach, SwitchEffects } from "./ports.ts";
import { realReach } from "./reach.ts";
import { issuedOnTarget, putSchemasBack } from "./schemas.ts";
import { copyStragglers, uncopied, unreadStragglers } from "./stragglers.ts";
import { verb } from "../model/words.ts";

/** Moves that the ledger knows. */
const moves: readonly Move[] = ["producers", "consumers", "twins"];
/** Time to stop the workloads that must not run while an entry is voided. */
const stopSeconds = 120;
/** Counting stops here; the sentence then says `more than`. */
const worthCounting = 1_000_000;

/**
 * Why a row is refused: it comes before a switch after which something was written (or read) on the target. Null
 * if it is not refused; then entries ahead of the row are void, see `ledgerPending`. Measures, never changes anything;
 * what cannot be measured from here is printed, not refused: `recordLedger` measures again and rejects.
 */
export async function behindLedger(
  inputs: LedgerInputs,
  recorded: readonly string[] = [],
  reach = realReach,
): Promise<string | null> {
  try {
    const { entries } = await known(inputs, recorded, reach);
    for (const entry of ahead(inputs, entries)) {
      if (returns(inputs, entries, entry)) {
        console.log(`ledger: the groups of entry ${entry.number} go back to their exact place on the source`);
        continue;
      }
      const done = await doneOnTarget(inputs, entry, reach);
      if (done !== null) return refusal(inputs, entry, done);
    }
    return null;
  } catch (error) {
    console.log(`ledger: could not be compared from here: ${text(error)}`);
    return null;
  }
}

/**
 * What the ConfigMap needs before the row can begin, as sentences; empty when all is well. A row before a switch
 * voids its entry, as long as nothing was written on the target since: this is how a stack goes
 * back a row after an update that failed between switch and start. Never rejects.
 */
export async function ledgerPending(
  inputs: LedgerInputs,
  recorded: readonly string[] = [],
  reach = realReach,
): Promise<string[]> {
  try {
    const { entries, copied } = await known(inputs, recorded, reach);
    const lost =
      entries.length > copied
        ? [
            `${entries.length - copied} ${verb(entries.length - copied, "entry is", "entries are")} missing in the ConfigMap`,
          ]
        : [];
    const behind = await waiting(inputs.scope, entries, reach);
    return [
      ...lost,
      ...behind,
      ...ahead(inputs, entries).map(({ number }) => `entry ${number} is void in phase ${inputs.row}`),
    ];
  } catch {
    return [];
  }
}

/**
 * Records the ledger: returns all its entries as JSON texts, oldest first, and writes the ConfigMap again if it was
 * lost. Entries of switches that are not behind the row are voided by an entry that says so, with the
 * switch's workloads stopped meanwhile. Rejects if the ConfigMap has other bytes than recorded, or if
 * something was written on the target after a switch that is not behind the row.
 */
export async function recordLedger(
  inputs: LedgerInputs,
  recorded: readonly string[] = [],
  reach = realReach,
): Promise<{ entries: string[] }> {
  const { scope, startSeconds } = inputs;
  const first = await known(inputs, recorded, reach);
  if (first.entries.length > first.copied) await reach.ledger.restore(scope, first.texts);
  const waits = (await waiting(scope, first.entries, reach)).length > 0;
  if (ahead(inputs, first.entries).length === 0 && !waits) return { entries: first.texts };
  const log = (line: string) => console.log(`ledger: ${line}`);
  const how = { waitSeconds: stopSeconds, startSeconds, interruptible: false, log };
  await reach.act(scope, how, async (effects) => {
    const entries = await effects.ledger.read();
    for (const entry of ahead(inputs, entries)) {
      if (returns(inputs, entries, entry)) {
        const { number } = await returnGroups(effects, scope, entry, inputs.row, startSeconds);
        log(`entry ${entry.number} is void: its groups are back on the source; entry ${number} says where`);
        continue;
      }
      // Consumers whose twins read on have stopped for good.
      const rest = entry.switch === "consumers" && liveEntry(entries, "twins") !== null;
      await leaveBehind(effects, inputs, { entry, rest }, reach);
    }
    if (waits) await copyStragglers(effects, scope, await effects.ledger.read());
  });
  return { entries: (await reach.ledger.read(scope)).map(entryText) };
}

/** Makes an entry void with its workloads stopped meanwhile, so that nothing is written between measuring and saying so. */
async function leaveBehind(
  effects: SwitchEffects,
  inputs: LedgerInputs,
  { entry, rest }: { readonly entry: LedgerEntry; readonly rest: boolean },
  reach: Reach,
): Promise<void> {
  const { scope, row, startSeconds } = inputs;
  const { sourceClusterId, targetClusterId } = entry;
  const say = async (): Promise<void> => {
    const done = await doneOnTarget(inputs, entry, reach);
    if (done !== null) throw new Error(refusal(inputs, entry, done));
    const { number } = await effects.ledger.append({
      ...{ switch: entry.switch, row, voids: entry.number, voidOnly: true },
      ...{ sourceClusterId, targetClusterId, partitions: [], groups: [] },
    });
    effects.log(`entry ${entry.number} is void: row "${row}" lies before it; entry ${number} says so`);
    // Producers register schemas where they write.
    const left = entry.switch === "producers" ? await putSchemasBack(effects) : null;
    if (left !== null) effects.log(left);
  };
  const workloads = ofRole(scope.workloads, roleOf[entry.switch]);
  // Twins have nowhere to go back to.
  if (entry.switch !== "twins")
    return paused(effects, workloads, { stopSeconds, startSeconds, after: "source", rest }, say);
  await fence(effects.workloads, workloads, stopSeconds, effects.pace);
  await say();
}

function refusal(inputs: LedgerInputs, entry: LedgerEntry, done: string): string {
  return (
    `phase "${inputs.row}" comes before the switch of ${entry.switch} (ledger entry ${entry.number}, ` +
    `${entry.writtenAt}): no way back yet: ${done}`
  );
}

/** Entries that count but lie ahead of the row, the latest first. */
function ahead(inputs: LedgerInputs, entries: readonly LedgerEntry[]): LedgerEntry[] {
  return moves
    .filter((what) => !inputs.behind.includes(what))
    .flatMap((what) => liveEntry(entries, what) ?? [])
    .sort((a, b) => b.number - a.number);
}

/** Stragglers that the mirror has not copied yet, as sentences. */
async function waiting(scope: Scope, entries: readonly LedgerEntry[], reach: Reach): Promise<string[]> {
  if (scope.mirror === null || unreadStragglers(scope, entries).length === 0) return [];
  const left = await uncopied(
    { connect: { offsets: (names, upTo) => reach.mirrorOffsets(scope, names, upTo) } },
    scope,
    entries,
  );
  return left.map(
    ({ topic, partition, from, to }) => `${partitionName(topic, partition)} ${from}..${to - 1n} still has to be copied`,
  );
}

/** Groups that moved before the producers: the mirror still copies, so each record has its original on the source. */
function returns({ scope }: LedgerInputs, entries: readonly LedgerEntry[], entry: LedgerEntry): boolean {
  return scope.mirror !== null && entry.switch === "consumers" && liveEntry(entries, "producers") === null;
}

/** What going back past an entry would leave on the target, or null if nothing. */
async function doneOnTarget(
  { scope, bothRead }: LedgerInputs,
  entry: LedgerEntry,
  reach: Reach,
): Promise<string | null> {
  // What the entry moved, whatever the config names since.
  const kafka = reach.kafka({
    ...scope,
    topics: [...new Set([...entry.partitions, ...entry.groups].map(({ topic }) => topic))],
    groups: [...new Set(entry.groups.map(({ group }) => group))].map((name) => ({ name, topics: [] })),
  });
  if (entry.switch === "consumers") return readOnTarget(kafka, entry);
  if (entry.switch === "twins") return unreadOnTarget(kafka, entry);
  // If twins read the target, what was written there is read there.
  const written = bothRead ? null : await writtenOnTarget(kafka, entry);
  if (written !== null || scope.registries === undefined) return written;
  return withRegistries(scope, {}, issuedOnTarget);
}

type Kafka = ReturnType<Reach["kafka"]>;

/** Twins that stop would leave records unread that producers wrote on the target before they went back. */
async function unreadOnTarget(kafka: Kafka, entry: LedgerEntry): Promise<string | null> {
  const found = await kafka.committed("target");
  const { partitions } = await kafka.logs("target");
  const open = entry.groups.flatMap(({ group, topic, partition, placed }) => {
    const name = partitionName(topic, partition);
    const from = found.get(group)?.get(name)?.offset ?? BigInt(placed);
    const to = partitions.get(name)?.end ?? from;
    return from < to ? [{ topic, partition, from, to }] : [];
  });
  // What several groups have not read is left once.
  const once = [...new Map(open.map((range) => [rangeName(range), range])).values()];
  const counted = await kafka.count("target", once, "read_committed", worthCounting);
  const records = counted.reduce((total, { records }) => total + records, 0);
  if (records === 0) return null;
  return `${records.toLocaleString("en-US")} records on the target that the twins have not read yet would stay there; wait until they have`;
}

async function writtenOnTarget(kafka: Kafka, entry: LedgerEntry): Promise<string | null> {
  const grown = grownSince(entry, "target", await kafka.logs("target"));
  if (grown.length === 0) return null;
  // That it has grown is enough; what cannot be counted is not said.
  const found = await kafka.count("target", grown, "read_committed", worthCounting).catch(() => null);
  const records = (found ?? []).reduce((total, counted) => total + counted.records, 0);
  const exact = found?.every((counted) => counted.exact) ?? false;
  return (
    `${exact ? "" : "more than "}${records.toLocaleString("en-US")} records written on the target would stay there ` +
    `(${ranges(grown)})`
  );
}

async function readOnTarget(kafka: Kafka, entry: LedgerEntry): Promise<string | null> {
  const found = await kafka.committed("target");
  const moved = entry.groups.flatMap(({ group, topic, partition, placed }) => {
    const at = found.get(group)?.get(partitionName(topic, partition))?.offset;
    return at !== undefined && at > BigInt(placed) ? [{ group, by: at - BigInt(placed) }] : [];
  });
  if (moved.length === 0) return null;
  const offsets = moved.reduce((total, { by }) => total + by, 0n);
  const names = [...new Set(moved.map(({ group }) => group))].sort().join(", ");
  return `${offsets.toLocaleString("en-US")} offsets that ${names} read on the target would be read again`;
}

interface Known {
  readonly entries: readonly LedgerEntry[];
  readonly texts: string[];
  /** Entries that the ConfigMap holds. */
  readonly copied: number;
}

/** The union of what Pulumi's state and the ConfigMap hold. Rejects if they hold different bytes for one number. */
async function known(
  { scope, entries: given }: LedgerInputs,
  recorded: readonly string[],
  { ledger }: Reach,
): Promise<Known> {
  const copies = await ledger.read(scope);
  const texts = new Map(copies.map((entry) => [entry.number, entryText(entry)]));
  // In a preview, the entries of a switch that has not run yet are Pulumi's unknown value instead of a list.
  for (const text of [...recorded, ...(Array.isArray(given) ? given : [])]) {
    const { number } = parseEntry(text);
    const copy = texts.get(number) ?? text;
    if (copy !== text) {
      const { kubernetes, configMap } = scope.ledger;
      throw new Error(
        `ledger entry ${number} in ConfigMap ${kubernetes.namespace}/${configMap} differs from the one in Pulumi's ` +
          `state; find out who changed the ConfigMap, delete it and run pulumi up: it is written again from the state`,
      );
    }
    texts.set(number, text);
  }
  const sorted = [...texts].sort(([a], [b]) => a - b);
  sorted.forEach(([number], index) => {
    if (number !== index + 1)
      throw new Error(`ledger entry ${index + 1} is missing in Pulumi's state and in the ConfigMap`);
  });
  return {
    texts: sorted.map(([, text]) => text),
    entries: sorted.map(([, text]) => parseEntry(text)),
    copied: copies.length,
  };
}

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
