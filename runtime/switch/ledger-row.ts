/** The ledger as a row of the strategy sees it: kept, copied, and refusing rows that would forget a switch. */
import { withOwnCluster } from "../brokers/connection.ts";
import { countRecords } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import { committed, logs } from "../brokers/positions.ts";
import { rangeName, type Counted } from "../brokers/ranges.ts";
import { mirrorOffsetsOf } from "../connect/mirror-reading.ts";
import { watchInterrupts } from "../ledger/interrupts.ts";
import { takeLease } from "../ledger/lease.ts";
import { readLedger, restoreCopy } from "../ledger/ledger.ts";
import { entryInScope } from "../model/entry-in-scope.ts";
import { externalsOf } from "../model/externals.ts";
import { openSince, readWayBack, writersMove, type WayBack } from "../topics/way-back.ts";
import type { LedgerInputs, SwitchInputs } from "../model/inputs.ts";
import { entryText, liveEntries, liveEntry, parseEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { messageOf } from "../model/message-of.ts";
import type { Scope, WorkloadRef } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import {
  backScopes,
  closingScope,
  hasWriters,
  scopeOfMove,
  scopeOfWave,
  soleTopics,
  staysOpen,
} from "../model/waves.ts";
import { some, verb } from "../model/words.ts";
import { moveName, moveTitle, writes, type Role } from "../model/workloads.ts";
import { writersEntry } from "../model/writers-entry.ts";
import { withRegistries } from "../schemas/registries.ts";
import { workloadApi } from "../workloads/workload-api.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { addressesOf } from "./addresses.ts";
import { returnApplications } from "./application-return.ts";
import { grownSince, holding, ranges, type Grown } from "./ends-since-ledger.ts";
import { returnGroups } from "./group-return.ts";
import { announceBack, closeWayBack } from "./close-way-back.ts";
import { paused } from "./paused.ts";
import type { SwitchEffects } from "./ports.ts";
import { returnProducers, tried, type BackEffects } from "./producer-return.ts";
import { issuedOnTarget, putSchemasBack } from "./schemas.ts";
import { startStranded } from "./stranded.ts";
import { copyStragglers, uncopied, unreadStragglers } from "./stragglers.ts";
import { logsOf, withEffects } from "./switch.ts";

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
    // Who goes back is pointed back, which whoever keeps their objects as they are would undo: known before anything is measured.
    for (const entry of ahead(inputs, entries)) {
      const { workloads } = scopeOfMove(inputs.scope, entry);
      const { refused, notes } = await workloadApi.owners(ofRole(workloads, roleOf[entry.switch]));
      if (refused.length > 0) return refusal(inputs, entry, refused.join("; "));
      for (const note of notes) console.log(`ledger: ${note}`);
    }
    for (const entry of ahead(inputs, entries)) {
      const of = { ...inputs, scope: scopeOfMove(inputs.scope, entry) };
      const opened = await openedNow(of.scope, entries);
      if (returns(inputs, entries, entry, opened)) {
        console.log(`ledger: the groups of entry ${entry.number} go back to their exact place on the source`);
        continue;
      }
      if (opened !== null && (entry.switch === "producers" || entry.switch === "applications")) {
        const refused = await keptFromReturning(of.scope, (workloads) =>
          addressesOf(of.scope, 0, () => undefined).astray(workloads, "source"),
        );
        if (refused !== null) return refusal(inputs, entry, refused);
        console.log(`ledger: ${await announceBack(of, entry, opened)}`);
        continue;
      }
      const done = await doneOnTarget(inputs, entry, entries);
      if (done !== null) return refusal(inputs, entry, done);
      if (entry.switch === "applications")
        console.log(`ledger: ${whoGoesBack(entry)} go back to the source, groups to their exact place there`);
    }
    return null;
  } catch (error) {
    console.log(`ledger: could not be compared from here: ${messageOf(error)}`);
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
      ...((await closes(inputs, entries)).length === 0
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
  const first = await known(inputs, recorded);
  try {
    return await record(inputs, first);
  } catch (error) {
    // A killed update may have left them stopped, and what stops and starts them again was not reached.
    const moves = new Map(first.entries.map((entry) => [moveName(entry.switch, entry.wave), entry]));
    const notBehind = [...moves].filter(([name]) => !inputs.behind.includes(name));
    await startStranded(notBehind.map(([, entry]) => startAgain(inputs, first.entries, entry)));
    throw error;
  }
}

/** What starts the workloads of a move again, where the ledger says that they are. */
function startAgain(
  { scope, row, stopSeconds, fenceSeconds, drainSeconds, startSeconds }: LedgerInputs,
  entries: readonly LedgerEntry[],
  { switch: what, wave }: LedgerEntry,
): SwitchInputs {
  return {
    scope,
    row,
    what,
    ...(wave !== undefined && { wave }),
    offsets: "at-ledger",
    sealed: false,
    fenceSeconds,
    stopSeconds,
    drainSeconds,
    startSeconds,
    starts: what !== "twins" && !rests(entries, what),
  };
}

/** Their twins read in their place, so they have stopped for good. */
const rests = (entries: readonly LedgerEntry[], what: LedgerEntry["switch"]): boolean =>
  what === "consumers" && liveEntry(entries, "twins") !== null;

async function record(inputs: LedgerInputs, first: Known): Promise<{ entries: string[] }> {
  const { scope } = inputs;
  if (first.entries.length > first.copied) await restoreCopy(scope, first.texts);
  const waits = (await waiting(scope, first.entries)).length > 0;
  const closing = await closes(inputs, first.entries);
  if (ahead(inputs, first.entries).length === 0 && !waits && closing.length === 0) return { entries: first.texts };
  const log = (line: string) => console.log(`ledger: ${line}`);
  // A way back takes as long as a move, and is put back like one when its command is gone.
  const interrupts = inputs.wayBack === undefined ? { reason: () => null, end: () => undefined } : watchInterrupts();
  const lease = await takeLease(scope, longest(inputs), log).catch((error: unknown) => {
    interrupts.end();
    throw error;
  });
  try {
    const entries = await readLedger(scope);
    const on = (of: Scope, use: (effects: SwitchEffects) => Promise<void>) =>
      withEffects(of, lease, interrupts, log, inputs.startSeconds, use);
    for (const entry of ahead(inputs, entries)) {
      const of = scopeOfMove(scope, entry);
      const opened = await openedNow(of, entries);
      await on(of, async (effects) => {
        if (entry.switch === "applications") {
          if (opened === null) return leaveApplications(effects, { ...inputs, scope: of }, entry);
          await returnApplications(effects as BackEffects, of, entry, inputs.row, inputs, {
            proved: async () => {
              const refused = await keptFromReturning(of, (workloads) => effects.addresses.astray(workloads, "source"));
              if (refused !== null) throw new Error(refusal(inputs, entry, refused));
            },
            // Entries of later waves that have just gone back are void by now.
            opensSource: opensTarget(of, await effects.ledger.read(), entry),
          });
          return;
        }
        if (returns(inputs, entries, entry, opened)) {
          const besides = { viaBack: () => opened !== null };
          const { number } = await returnGroups(effects, scope, entry, inputs.row, inputs, besides);
          return log(`entry ${entry.number} is void: its groups are back on the source; entry ${number} says where`);
        }
        if (opened !== null && entry.switch === "producers") {
          const issued = await registeredOnTarget(scope);
          if (issued !== null) throw new Error(refusal(inputs, entry, issued));
          await returnProducers(effects as BackEffects, scope, entry, inputs.row, inputs);
          return;
        }
        const found = { entry, rest: rests(entries, entry.switch) };
        return leaveBehind(effects, inputs, found, () => doneOnTarget(inputs, entry));
      });
    }
    for (const { scope: of, entry } of closing) {
      await on(of, async (effects) => {
        await closeWayBack(effects as BackEffects, of, entry, inputs);
      });
    }
    if (waits) {
      const now = await readLedger(scope);
      for (const of of await copying(scope, now)) await on(of, (effects) => copyStragglers(effects, of, now));
    }
  } finally {
    interrupts.end();
    await lease.release();
  }
  return { entries: (await readLedger(scope)).map(entryText) };
}

/** Seconds that another process which goes back may take. */
const longest = ({ stopSeconds, fenceSeconds, drainSeconds, startSeconds }: LedgerInputs): number =>
  2 * (stopSeconds + fenceSeconds + drainSeconds + startSeconds);

/**
 * Makes an entry void with its workloads stopped meanwhile, so that nothing is written between measuring and saying so.
 * Rejects, with them running as before, with what `done` says that would stay on the target.
 */
export async function leaveBehind(
  effects: SwitchEffects,
  inputs: LedgerInputs,
  { entry, rest }: { readonly entry: LedgerEntry; readonly rest: boolean },
  done: () => Promise<string | null>,
): Promise<void> {
  const { scope, row, stopSeconds, startSeconds } = inputs;
  const { sourceClusterId, targetClusterId } = entry;
  const say = async (): Promise<void> => {
    const left = await done();
    if (left !== null) throw new Error(refusal(inputs, entry, left));
    const { number } = await effects.ledger.append({
      switch: entry.switch,
      row,
      voids: entry.number,
      voidOnly: true,
      sourceClusterId,
      targetClusterId,
      partitions: [],
      groups: [],
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
  const patience = { stopSeconds, startSeconds };
  if (entry.switch !== "twins") return paused(effects, workloads, { ...patience, after: "source", rest }, say);
  // Twins have nowhere to go back to: they stay stopped, unless they have to go on at the target.
  return paused(effects, workloads, { ...patience, after: "stay" }, say, async () => workloads);
}

/**
 * Brings applications back to the source: stopped, their groups at their exact place there, their entry void. The
 * connector of what had closed runs again with the row. Rejects, with them running where they were, if something was
 * written on the target since.
 */
export async function leaveApplications(
  effects: SwitchEffects,
  inputs: LedgerInputs,
  entry: LedgerEntry,
): Promise<void> {
  const { scope, row } = inputs;
  const entries = await effects.ledger.read();
  const untold = await writersUntold(scope, (workloads) => effects.addresses.astray(workloads, "source"));
  // That is known while everybody works: nobody is stopped for it.
  if (untold !== null) throw new Error(refusal(inputs, entry, untold));
  const covered = (await effects.back?.covers()) ?? new Set();
  const { number } = await returnGroups(effects, scope, entry, row, inputs, {
    // Topics that have come back with a later wave, in the same update.
    viaBack: (topic) => covered.has(topic),
    proved: async () => {
      const done = (await writtenSince(effects, scope, entry)) ?? (await issuedSince(scope, entries, entry));
      if (done !== null) throw new Error(refusal(inputs, entry, done));
    },
    // Once nobody writes at the target, schemas are registered where the writers are.
    after: async () => {
      const left = opensTarget(scope, entries, entry) ? await putSchemasBack(effects) : null;
      if (left !== null) effects.log(left);
    },
  });
  effects.log(
    `entry ${entry.number} is void: ${whoGoesBack(entry)} are back on the source; entry ${number} says where`,
  );
}

const whoGoesBack = ({ switch: what, wave }: LedgerEntry): string =>
  wave === undefined ? `the ${what}` : `the applications of wave ${wave}`;

/** Whether a move was the one after which schemas are registered at the target. */
const opensTarget = (scope: Scope, entries: readonly LedgerEntry[], { wave }: LedgerEntry): boolean =>
  hasWriters(scope) &&
  writersEntry(
    entries.filter((entry) => entry.wave !== wave),
    scope,
  ) === null;

function refusal(inputs: LedgerInputs, entry: LedgerEntry, done: string): string {
  return (
    `phase "${inputs.row}" comes before the switch of ${moveTitle(entry.switch, entry.wave)} (ledger entry ${entry.number}, ` +
    `${entry.writtenAt}): no way back yet: ${done}`
  );
}

/** Entries that count but lie ahead of the row, the latest first. */
function ahead(inputs: LedgerInputs, entries: readonly LedgerEntry[]): LedgerEntry[] {
  const newest = new Map(liveEntries(entries).map((entry) => [moveName(entry.switch, entry.wave), entry]));
  return [...newest]
    .filter(([name]) => !inputs.behind.includes(name))
    .map(([, entry]) => entry)
    .sort((a, b) => b.number - a.number);
}

/** Stragglers that the mirror has not copied yet, as sentences. */
async function waiting(whole: Scope, entries: readonly LedgerEntry[]): Promise<string[]> {
  const scopes = await copying(whole, entries);
  const left = await settleAll(
    scopes.map((scope) =>
      uncopied(
        { connect: { offsets: (names, upTo) => mirrorOffsetsOf(scope, names, upTo) }, kafka: logsOf(scope) },
        scope,
        entries,
      ),
    ),
  );
  return left
    .flat()
    .map(
      ({ topic, partition, from, to }) =>
        `${partitionName(topic, partition)} ${from}..${to - 1n} still has to be copied`,
    );
}

/**
 * Scopes with stragglers that have to be copied: the whole, or what has closed with each wave, whose connector copies it.
 * Not those that a mirror back copies: what it has written on the source since lies between the stragglers, and nobody
 * could copy one without the other.
 */
async function copying(scope: Scope, entries: readonly LedgerEntry[]): Promise<Scope[]> {
  const closed = scope.waves?.map(({ name }) => closingScope(scopeOfWave(scope, name)));
  const having = (closed ?? [scope]).filter((of) => unreadStragglers(of, entries).length > 0);
  const found = await settleAll(having.map(async (of) => ((await openedNow(of, entries)) === null ? [of] : [])));
  return found.flat();
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

/** The way back of a scope, if it is open for the entry that holds of its writers' move. */
async function openedNow(scope: Scope, entries: readonly LedgerEntry[]): Promise<WayBack | null> {
  if (scope.mirror?.reverse === undefined) return null;
  return openSince(await readWayBack(scope), writersMove(entries, scope));
}

/** What the row is to close: each way back that is open, with the entry since which it is. */
async function closes(
  { scope, wayBack }: LedgerInputs,
  entries: readonly LedgerEntry[],
): Promise<{ readonly scope: Scope; readonly entry: LedgerEntry }[]> {
  if (!wayBack?.closes) return [];
  const found = await settleAll(
    backScopes(scope).map(async (of) => {
      const entry = writersMove(entries, of);
      return entry === null || (await openedNow(of, entries)) === null ? [] : [{ scope: of, entry }];
    }),
  );
  return found.flat();
}

/** Why whoever writes on the target must not go back although the way back is open, or null. */
const keptFromReturning = async (
  scope: Scope,
  astray: (workloads: readonly WorkloadRef[]) => Promise<readonly WorkloadRef[]>,
): Promise<string | null> => (await writersUntold(scope, astray)) ?? registeredOnTarget(scope);

const registeredOnTarget = async (scope: Scope): Promise<string | null> =>
  scope.registries === undefined ? null : withRegistries(scope, {}, issuedOnTarget);

/** What going back past an entry would leave on the target, or null if nothing. */
async function doneOnTarget(
  { scope: whole, bothRead }: LedgerInputs,
  written: LedgerEntry,
  entries: readonly LedgerEntry[] = [],
): Promise<string | null> {
  const scope = scopeOfMove(whole, written);
  const entry = entryInScope(written, scope);
  if (entry.switch === "applications") {
    const { astray } = addressesOf(scope, 0, () => undefined);
    const untold = await writersUntold(scope, (workloads) => astray(workloads, "source"));
    return untold ?? (await writtenSince({ kafka: logsOf(scope) }, scope, entry)) ?? issuedSince(scope, entries, entry);
  }
  if (entry.switch === "consumers") return readOnTarget(scope, entry);
  if (entry.switch === "twins") return unreadOnTarget(scope, entry);
  // If twins read the target, what was written there is read there.
  const left = bothRead ? null : await writtenOnTarget(scope, entry);
  return left ?? registeredOnTarget(scope);
}

/**
 * Why nobody can tell what writers of the scope have written since they were pointed at the target: others write to the
 * same topics there. Null where every topic of theirs closes with them, or where all of them still have the source's
 * addresses.
 */
async function writersUntold(
  scope: Scope,
  astray: (workloads: readonly WorkloadRef[]) => Promise<readonly WorkloadRef[]>,
): Promise<string | null> {
  const shared = new Set([...staysOpen(scope), ...(scope.inUse ?? [])]);
  const writing = ({ role, topics }: { readonly role: Role; readonly topics?: readonly string[] }) =>
    writes(role) && (topics === undefined ? shared.size > 0 : topics.some((topic) => shared.has(topic)));
  const [own, others] = [scope.workloads.filter(writing), externalsOf(scope, writes).filter(writing)];
  // Nobody is asked where a connector stands, which may have run there.
  const gone = [...own.filter(({ kind }) => kind === "connector"), ...(await astray(own)), ...others];
  if (gone.length === 0) return null;
  const names = [...new Set(gone.map(({ name }) => name))].join(", ");
  const away = gone.filter((one) => !("kubernetes" in one));
  const byHand =
    away.length > 0
      ? ""
      : `; if its owners see in its own logs that it has written nothing there, let them stop it, put its addresses back to ` +
        "the source's and run pulumi up again, which finds it there";
  return (
    `${names} may have written to ${some([...shared], "topics")} at the target, where others write as well, so it is not ` +
    `known whose records would stay there: go forward, by pulumi up in the phase of its move or a later one${byHand}`
  );
}

/** Records on the target that came after what closed with a move, or null. */
async function writtenSince(
  { kafka }: { readonly kafka: Pick<SwitchEffects["kafka"], "logs" | "count"> },
  scope: Scope,
  entry: LedgerEntry,
): Promise<string | null> {
  const sole = new Set(soleTopics(scope));
  const { clusterId, partitions } = await kafka.logs("target");
  const target = { clusterId, partitions: new Map([...partitions].filter(([, { topic }]) => sole.has(topic))) };
  const grown = grownSince(entry, "target", target);
  const counted = await kafka.count("target", grown, "read_committed", worthCounting);
  return writtenSentence(grown, target, counted);
}

/** Schemas that were registered on the target since the move that opened it, or null. */
async function issuedSince(scope: Scope, entries: readonly LedgerEntry[], entry: LedgerEntry): Promise<string | null> {
  if (scope.registries === undefined || !opensTarget(scope, entries, entry)) return null;
  return withRegistries(scope, {}, issuedOnTarget);
}

/** Twins that stop would leave records unread that producers wrote on the target before they went back. */
async function unreadOnTarget(scope: Scope, entry: LedgerEntry): Promise<string | null> {
  const groups = [...new Set(entry.groups.map(({ group }) => group))];
  const found = await committed(scope.target, groups);
  for (const [group, reason] of found.problems) throw new Error(`group ${group}: ${reason}`);
  return withOwnCluster(scope.target, async (cluster) => {
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
  return withOwnCluster(scope.target, async (cluster) => {
    const topics = [...new Set(entry.partitions.map(({ topic }) => topic))];
    const target = await logs(cluster, topics);
    if (target.problems.length > 0) throw new Error(target.problems[0]!.sentence);
    const grown = grownSince(entry, "target", target);
    if (grown.length === 0) return null;
    const { counts } = await countRecords(cluster, grown, { isolation: "read_committed", total: worthCounting });
    return writtenSentence(
      grown,
      target,
      grown.map((range) => counts.get(rangeName(range))),
    );
  });
}

function writtenSentence(
  grown: readonly Grown[],
  target: Parameters<typeof holding>[1],
  found: readonly (Counted | undefined)[],
): string | null {
  const written = holding(grown, target, found);
  if (written.length === 0) return null;
  const records = found.reduce((total, counted) => total + (counted?.records ?? 0), 0);
  const exact = found.every((counted) => counted?.exact);
  return (
    `${exact ? "" : "more than "}${records.toLocaleString("en-US")} records written on the target would stay there ` +
    `(${ranges(written)})`
  );
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
