/** The ledger as a row of the strategy sees it: kept, copied, and refusing rows that would forget a switch. */
import { withCluster } from "../brokers/connection.ts";
import { countRecords, rangeName } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import { committed, logs } from "../brokers/positions.ts";
import { mirrorOffsetsOf } from "../connect/mirror-reading.ts";
import { watchInterrupts } from "../ledger/interrupts.ts";
import { takeLease } from "../ledger/lease.ts";
import { readLedger, restoreCopy } from "../ledger/ledger.ts";
import { openSince, readWayBack, type WayBack } from "../topics/way-back.ts";
import type { LedgerInputs } from "../model/inputs.ts";
import { entryText, liveEntry, parseEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";
import type { Move } from "../model/workloads.ts";
import { withRegistries } from "../schemas/registries.ts";
import { fence, ofRole, roleOf } from "../workloads/workloads.ts";
import { grownSince, holding, ranges } from "./ends-since-ledger.ts";
import { returnGroups } from "./group-return.ts";
import { announceBack, closeWayBack } from "./close-way-back.ts";
import { paused } from "./paused.ts";
import type { SwitchEffects } from "./ports.ts";
import { returnProducers, tried, type BackEffects } from "./producer-return.ts";
import { issuedOnTarget, putSchemasBack } from "./schemas.ts";
import { copyStragglers, uncopied, unreadStragglers } from "./stragglers.ts";
import { logsOf, withEffects } from "./switch.ts";
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
export async function behindLedger(inputs: LedgerInputs, recorded: readonly string[] = []): Promise<string | null> {
  try {
    const { entries } = await known(inputs, recorded);
    const opened = await openedNow(inputs, entries);
    for (const entry of ahead(inputs, entries)) {
      if (returns(inputs, entries, entry, opened)) {
        console.log(`ledger: the groups of entry ${entry.number} go back to their exact place on the source`);
        continue;
      }
      if (opened !== null && entry.switch === "producers") {
        const issued = await registeredOnTarget(inputs.scope);
        if (issued !== null) return refusal(inputs, entry, issued);
        console.log(`ledger: ${await announceBack(inputs, opened)}`);
        continue;
      }
      const done = await doneOnTarget(inputs, entry);
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
export async function ledgerPending(inputs: LedgerInputs, recorded: readonly string[] = []): Promise<string[]> {
  try {
    const { entries, copied } = await known(inputs, recorded);
    const lost =
      entries.length > copied
        ? [
            `${entries.length - copied} ${verb(entries.length - copied, "entry is", "entries are")} missing in the ConfigMap`,
          ]
        : [];
    const behind = await waiting(inputs.scope, entries);
    return [
      ...lost,
      ...behind,
      ...ahead(inputs, entries).map(({ number }) => `entry ${number} is void in phase ${inputs.row}`),
      ...((await closes(inputs, entries)) === null
        ? []
        : [`the way back is open, and is closed in phase ${inputs.row}`]),
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
): Promise<{ entries: string[] }> {
  const { scope } = inputs;
  const first = await known(inputs, recorded);
  if (first.entries.length > first.copied) await restoreCopy(scope, first.texts);
  const waits = (await waiting(scope, first.entries)).length > 0;
  const closing = await closes(inputs, first.entries);
  if (ahead(inputs, first.entries).length === 0 && !waits && closing === null) return { entries: first.texts };
  const log = (line: string) => console.log(`ledger: ${line}`);
  // A way back takes as long as a move, and is put back like one when its command is gone.
  const interrupts = inputs.wayBack === undefined ? { reason: () => null, end: () => undefined } : watchInterrupts();
  const lease = await takeLease(scope, longest(inputs), log).catch((error: unknown) => {
    interrupts.end();
    throw error;
  });
  try {
    const entries = await readLedger(scope);
    await withEffects(scope, lease, interrupts, log, inputs.startSeconds, async (effects) => {
      const opened = await openedNow(inputs, entries);
      for (const entry of ahead(inputs, entries)) {
        if (returns(inputs, entries, entry, opened)) {
          const { number } = await returnGroups(
            ...([effects, scope, entry, inputs.row, inputs.startSeconds, opened !== null] as const),
          );
          log(`entry ${entry.number} is void: its groups are back on the source; entry ${number} says where`);
          continue;
        }
        if (opened !== null && entry.switch === "producers" && inputs.wayBack !== undefined) {
          const issued = await registeredOnTarget(scope);
          if (issued !== null) throw new Error(refusal(inputs, entry, issued));
          const patience = { ...inputs.wayBack, startSeconds: inputs.startSeconds };
          await returnProducers(effects as BackEffects, scope, entry, inputs.row, patience);
          continue;
        }
        // Their twins read in their place, so they have stopped for good.
        const rest = entry.switch === "consumers" && liveEntry(entries, "twins") !== null;
        await leaveBehind(effects, inputs, { entry, rest });
      }
      if (closing !== null) await closeWayBack(effects as BackEffects, scope, closing, inputs);
      if (waits) await copyStragglers(effects, scope, await readLedger(scope));
    });
  } finally {
    interrupts.end();
    await lease.release();
  }
  return { entries: (await readLedger(scope)).map(entryText) };
}

/** Seconds that another process which goes back may take. */
const longest = ({ wayBack, startSeconds }: LedgerInputs): number =>
  wayBack === undefined
    ? stopSeconds
    : 2 * (wayBack.stopSeconds + wayBack.fenceSeconds + wayBack.drainSeconds + startSeconds);

/** Makes an entry void with its workloads stopped meanwhile, so that nothing is written between measuring and saying so. */
async function leaveBehind(
  effects: SwitchEffects,
  inputs: LedgerInputs,
  { entry, rest }: { readonly entry: LedgerEntry; readonly rest: boolean },
): Promise<void> {
  const { scope, row, startSeconds } = inputs;
  const { sourceClusterId, targetClusterId } = entry;
  const say = async (): Promise<void> => {
    const done = await doneOnTarget(inputs, entry);
    if (done !== null) throw new Error(refusal(inputs, entry, done));
    const { number } = await effects.ledger.append({
      ...{ switch: entry.switch, row, voids: entry.number, voidOnly: true },
      ...{ sourceClusterId, targetClusterId, partitions: [], groups: [] },
    });
    effects.log(`entry ${entry.number} is void: row "${row}" lies before it; entry ${number} says so`);
    // Producers register schemas where they write.
    if (entry.switch !== "producers") return;
    await tried(effects, async () => {
      const left = await putSchemasBack(effects);
      if (left !== null) effects.log(left);
    });
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
async function waiting(scope: Scope, entries: readonly LedgerEntry[]): Promise<string[]> {
  if (scope.mirror === null || unreadStragglers(scope, entries).length === 0) return [];
  // What the mirror back has written on the source since lies between them: nobody could copy one without the other.
  if ((await openedNow({ scope }, entries)) !== null) return [];
  const left = await uncopied(
    { connect: { offsets: (names, upTo) => mirrorOffsetsOf(scope, names, upTo) }, kafka: logsOf(scope) },
    scope,
    entries,
  );
  return left.map(
    ({ topic, partition, from, to }) => `${partitionName(topic, partition)} ${from}..${to - 1n} still has to be copied`,
  );
}

/**
 * Groups whose records are all on the source: they moved before the producers, so that the mirror still copies, or the
 * mirror back copies what the producers write.
 */
function returns(
  { scope }: LedgerInputs,
  entries: readonly LedgerEntry[],
  entry: LedgerEntry,
  opened: WayBack | null,
): boolean {
  if (scope.mirror === null || entry.switch !== "consumers") return false;
  return opened !== null || liveEntry(entries, "producers") === null;
}

/** The way back, if it is open for the producers' entry that holds. */
async function openedNow(
  { scope }: Pick<LedgerInputs, "scope">,
  entries: readonly LedgerEntry[],
): Promise<WayBack | null> {
  if (scope.mirror?.reverse === undefined) return null;
  return openSince(await readWayBack(scope), liveEntry(entries, "producers"));
}

/** The producers' entry since which the way back is open, if the row is to close it. */
async function closes(inputs: LedgerInputs, entries: readonly LedgerEntry[]): Promise<LedgerEntry | null> {
  if (!inputs.wayBack?.closes) return null;
  return (await openedNow(inputs, entries)) === null ? null : liveEntry(entries, "producers");
}

const registeredOnTarget = async (scope: Scope): Promise<string | null> =>
  scope.registries === undefined ? null : withRegistries(scope, {}, issuedOnTarget);

/** What going back past an entry would leave on the target, or null if nothing. */
async function doneOnTarget({ scope, bothRead }: LedgerInputs, entry: LedgerEntry): Promise<string | null> {
  if (entry.switch === "consumers") return readOnTarget(scope, entry);
  if (entry.switch === "twins") return unreadOnTarget(scope, entry);
  // If twins read the target, what was written there is read there.
  const written = bothRead ? null : await writtenOnTarget(scope, entry);
  return written ?? registeredOnTarget(scope);
}

/** Twins that stop would leave records unread that producers wrote on the target before they went back. */
async function unreadOnTarget(scope: Scope, entry: LedgerEntry): Promise<string | null> {
  const groups = [...new Set(entry.groups.map(({ group }) => group))];
  const found = await committed(scope.target, groups);
  for (const [group, reason] of found.problems) throw new Error(`group ${group}: ${reason}`);
  return withCluster(scope.target, async (cluster) => {
    const target = await logs(cluster, [...new Set(entry.groups.map(({ topic }) => topic))]);
    if (target.problems.length > 0) throw new Error(target.problems[0]!.sentence);
    const open = entry.groups.flatMap(({ group, topic, partition, placed }) => {
      const name = partitionName(topic, partition);
      const from = found.groups.get(group)?.get(name)?.offset ?? BigInt(placed);
      const to = target.partitions.get(name)?.end ?? from;
      return from < to ? [{ topic, partition, from, to }] : [];
    });
    const { counts, problems } = await countRecords(cluster, open, {
      isolation: "read_committed",
      total: worthCounting,
    });
    for (const sentence of problems.values()) throw new Error(sentence);
    const records = [...counts.values()].reduce((total, counted) => total + counted.records, 0);
    if (records === 0) return null;
    return `${records.toLocaleString("en-US")} records on the target that the twins have not read yet would stay there; wait until they have`;
  });
}

async function writtenOnTarget(scope: Scope, entry: LedgerEntry): Promise<string | null> {
  return withCluster(scope.target, async (cluster) => {
    const topics = [...new Set(entry.partitions.map(({ topic }) => topic))];
    const target = await logs(cluster, topics);
    if (target.problems.length > 0) throw new Error(target.problems[0]!.sentence);
    const grown = grownSince(entry, "target", target);
    if (grown.length === 0) return null;
    const { counts } = await countRecords(cluster, grown, { isolation: "read_committed", total: worthCounting });
    const found = grown.map((range) => counts.get(rangeName(range)));
    const written = holding(grown, target, found);
    if (written.length === 0) return null;
    const records = found.reduce((total, counted) => total + (counted?.records ?? 0), 0);
    const exact = found.every((counted) => counted?.exact);
    return (
      `${exact ? "" : "more than "}${records.toLocaleString("en-US")} records written on the target would stay there ` +
      `(${ranges(written)})`
    );
  });
}

async function readOnTarget(scope: Scope, entry: LedgerEntry): Promise<string | null> {
  const groups = [...new Set(entry.groups.map(({ group }) => group))];
  const found = await committed(scope.target, groups);
  for (const [group, reason] of found.problems) throw new Error(`group ${group}: ${reason}`);
  const moved = entry.groups.flatMap(({ group, topic, partition, placed }) => {
    const at = found.groups.get(group)?.get(partitionName(topic, partition))?.offset;
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
async function known({ scope, entries: given }: LedgerInputs, recorded: readonly string[]): Promise<Known> {
  const copies = await readLedger(scope);
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
