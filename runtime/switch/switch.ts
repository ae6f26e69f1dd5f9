/** The switch over real parts: one at a time, interruptible, all or nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import { withCluster, withOwnCluster } from "../brokers/connection.ts";
import type { KafkaPort } from "../brokers/kafka-port.ts";
import { countRecords } from "../brokers/log.ts";
import { transactionMilliseconds } from "../brokers/coordinators.ts";
import { forecastPlacing } from "../brokers/commits.ts";
import { transactionalIds } from "../brokers/transactions.ts";
import { commitOffsets, committed, forgetOffsets, groupStates, logs } from "../brokers/positions.ts";
import { rangeName } from "../brokers/ranges.ts";
import { MirrorConnect } from "../connect/mirror-connect.ts";
import { mirrorOffsetsOf } from "../connect/mirror-reading.ts";
import { reversePositions } from "../connect/reverse-positions.ts";
import { watchInterrupts, type Interrupts } from "../ledger/interrupts.ts";
import { leaseSeconds, takeLease, type HeldLease } from "../ledger/lease.ts";
import { appendEntry, partsWith, readLedger } from "../ledger/ledger.ts";
import { recordOf, writeRecord } from "../ledger/record.ts";
import { livesOf, readWayBack } from "../topics/way-back.ts";
import { apiSeconds } from "../kubernetes/turns.ts";
import { announceExternals } from "../model/externals.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { keepers, positionsSubject } from "../model/own-positions.ts";
import { entryText } from "../model/ledger-text.ts";
import { mirrorOf, reverseOf } from "../model/mirror-ref.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import type { CommittedPosition, Placement } from "../model/placement.ts";
import { backScopes, closedTopics, scopeOfMove } from "../model/waves.ts";
import { count, some, verb } from "../model/words.ts";
import { moveTitle, reads, writes, type Move, type Role } from "../model/workloads.ts";
import { placeBack, placeExactly } from "../placement/place.ts";
import { registriesOf } from "../schemas/registries.ts";
import { pinSource } from "../topics/pins.ts";
import { workloadApi } from "../workloads/workload-api.ts";
import { refusedScalers, scalerNotes } from "../workloads/scalers.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { addressesOf } from "./addresses.ts";
import { switchApplications } from "./applications.ts";
import { switchConsumers } from "./consumers.ts";
import type { SwitchEffects } from "./ports.ts";
import { switchProducers } from "./producers.ts";
import { placingTakes, worthSaying } from "./steps.ts";
import { switchTwins } from "./twins.ts";
import { witnessOf } from "./witness.ts";

/**
 * What a preview says about a switch that its update will make: which workloads pause, for how long at most, which their
 * owners stop, and what else scales the workloads.
 */
export async function announceSwitch(given: SwitchInputs): Promise<string> {
  const inputs = ofItsWave(given);
  const { what, scope, offsets, fenceSeconds } = inputs;
  const workloads = ofRole(scope.workloads, roleOf[what]);
  const [scalers, { notes }, placing] = await Promise.all([
    workloadApi.scalers(workloads),
    workloadApi.owners(workloads),
    offsets !== "kept" && offsets !== "at-start" ? placingOf(scope) : "",
  ]);
  const calls = apiSeconds(callsPerMove * workloads.length);
  const more = [
    placing,
    calls >= worthSaying ? `about ${calls} s in which Kubernetes is asked for ${workloads.length} workloads` : "",
  ].filter(Boolean);
  return [
    pauses(inputs, workloads.map(({ name }) => name).join(", ") || "none of the workloads"),
    more.length === 0 ? "" : `of the pause, ${more.join(" and ")}`,
    announceExternals(scope, externalOf[what], fenceSeconds),
    closesRegistry(inputs)
      ? "the source's registry is READONLY from then on, and schemas are registered at the target's"
      : "",
    offsets !== "kept" && offsets !== "at-start" ? announceKeepers(scope) : "",
    ...refusedScalers(scalers),
    ...scalerNotes(scalers),
    ...notes,
  ]
    .filter(Boolean)
    .join("; ");
}

/** The move of a wave is about what the wave is about, and nothing else. */
const ofItsWave = (inputs: SwitchInputs): SwitchInputs => ({ ...inputs, scope: scopeOfMove(inputs.scope, inputs) });

/** Which external workloads a switch waits for. */
const externalOf: Readonly<Record<Move, (role: Role) => boolean>> = {
  producers: writes,
  consumers: reads,
  twins: () => false,
  applications: () => true,
};

/** Whether writers move, and none before them. */
function closesRegistry({ what, scope }: SwitchInputs): boolean {
  if (scope.registries === undefined || what === "consumers" || what === "twins") return false;
  const first = scope.waves?.find((wave) => wave.writes.length > 0)?.name;
  return first === scope.wave;
}

/** Consumers that the switch does not start, because they have to be given their positions first. */
function announceKeepers(scope: Scope): string {
  const names = keepers(scope).map(({ name }) => name);
  return names.length === 0
    ? ""
    : `${names.join(", ")} ${verb(names.length, "keeps its own positions and stays", "keep their own positions and stay")} ` +
        "stopped until positionsApplied says that the translated ones are applied";
}

/** Requests for one workload between the first that is stopped and the last that is started: stop, point, start. */
const callsPerMove = 3;

/** What placing adds to the pause; empty where that is a moment, or where the target gives no answer from here. */
async function placingOf({ target, groups }: Scope): Promise<string> {
  if (groups.length === 0) return "";
  const seconds = await forecastPlacing(target, groups.length).catch(() => 0);
  return seconds < worthSaying ? "" : placingTakes(groups.length, seconds);
}

/** Who would put back what the switch changes: known before anything of the update is done. */
export async function refusedOwners(inputs: SwitchInputs): Promise<readonly string[]> {
  const { what, scope } = ofItsWave(inputs);
  return (await workloadApi.owners(ofRole(scope.workloads, roleOf[what]))).refused;
}

/** Who pauses for how long at most, and what closes. Pure. */
export function pauses(
  { what, wave, offsets, scope, stopSeconds, fenceSeconds, drainSeconds }: SwitchInputs,
  names: string,
): string {
  if (what === "twins") {
    return `switch twins: ${names} begin at the target, at the beginning of its topics; nothing pauses`;
  }
  const closes = what === "applications" ? closedTopics(scope) : scope.topics;
  const phases = [
    `${stopSeconds} s to stop`,
    ...(what === "producers" || (what === "applications" && closes.length > 0)
      ? [
          what === "producers"
            ? `${fenceSeconds} s until the source is still`
            : `${fenceSeconds} s until what closes is still and the groups are empty`,
          ...(scope.mirror === null ? [] : [`${drainSeconds} s to drain the mirror`]),
        ]
      : [
          `${fenceSeconds} s until the groups are empty`,
          ...(offsets === "exact" ? [`${drainSeconds} s until the mirror has copied what they have read`] : []),
        ]),
  ];
  if (offsets === "kept" && what === "consumers") {
    return (
      `switch consumers: ${names} stop for good, and their twins continue at the target; ` +
      `they are started again if this takes longer than ${phases.join(" + ")}`
    );
  }
  const closing =
    what !== "applications"
      ? ""
      : closes.length === 0
        ? "; no topic closes"
        : `; ${count(closes.length, "topic")} ${verb(closes.length, "closes", "close")}: ${some(closes, "topics")}`;
  return (
    `switch ${moveTitle(what, wave)}: ${names} pause until they run at the target; ` +
    `they are started again where they are if this takes longer than ${phases.join(" + ")}${closing}`
  );
}

/**
 * Makes the switch, or finds it made. Returns all ledger entries of this switch as JSON texts, oldest first, and when
 * the last was written. Rejects with everything put back and a sentence that gives the resulting state.
 */
export async function switchOver(inputs: SwitchInputs): Promise<{ entries: string[]; writtenAt: string }> {
  const { scope, what, wave } = inputs;
  // A row that was reached is not switched again, whatever made Pulumi ask, unless the ledger says that it must be.
  if (!inputs.sealed || (inputs.pending ?? []).length > 0) await switchOnce(ofItsWave(inputs));
  const entries = (await readLedger(scope)).filter((entry) => entry.switch === what && entry.wave === wave);
  return { entries: entries.map(entryText), writtenAt: entries.at(-1)?.writtenAt ?? "" };
}

const switches = {
  producers: switchProducers,
  consumers: switchConsumers,
  twins: switchTwins,
  applications: switchApplications,
} as const;

async function switchOnce(inputs: SwitchInputs): Promise<void> {
  const startedAt = Date.now();
  const elapsed = () => ((Date.now() - startedAt) / 1000).toFixed(1);
  const log = (line: string) =>
    console.log(`switch ${moveTitle(inputs.what, inputs.wave)} after ${elapsed()} s: ${line}`);
  const { stopSeconds, fenceSeconds, drainSeconds, startSeconds } = inputs;
  const longest = stopSeconds + 2 * fenceSeconds + drainSeconds + startSeconds + 4 * leaseSeconds;
  const interrupts = watchInterrupts();
  try {
    const lease = await takeLease(inputs.scope, longest, log);
    try {
      await withEffects(inputs.scope, lease, interrupts, log, startSeconds, (effects) =>
        switches[inputs.what](effects, inputs),
      );
    } finally {
      await lease.release();
    }
  } finally {
    interrupts.end();
  }
}

/** Effects on the clusters, Connect and Kubernetes of a scope, for as long as `use` takes; none acts without the lease. */
export async function withEffects<T>(
  scope: Scope,
  lease: HeldLease,
  interrupts: Pick<Interrupts, "reason">,
  log: (line: string) => void,
  startSeconds: number,
  use: (effects: SwitchEffects) => Promise<T>,
): Promise<T> {
  const witness = witnessOf(scope);
  try {
    return await use({ ...realEffects(scope, lease, interrupts, log, startSeconds), witness });
  } finally {
    await witness.close();
  }
}

function realEffects(
  scope: Scope,
  lease: HeldLease,
  interrupts: Pick<Interrupts, "reason">,
  log: (line: string) => void,
  startSeconds: number,
): Omit<SwitchEffects, "witness"> {
  const addresses = addressesOf(scope, startSeconds, log);
  // Without a mirror nobody asks Connect.
  const connect = () => new MirrorConnect(mirrorOf(scope));
  const groups = scope.groups.map(({ name }) => name);
  const pause = async (milliseconds: number) => {
    await sleep(milliseconds);
    await lease.confirm();
  };
  const acting =
    <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await lease.confirm();
      return act(...args);
    };
  return {
    log,
    pace: {
      now: Date.now,
      pause: async (milliseconds) => {
        await pause(milliseconds);
        const reason = interrupts.reason();
        if (reason !== null) throw new Error(reason);
      },
    },
    restoringPace: { now: Date.now, pause },
    restoringSeconds: startSeconds,
    workloads: {
      ...workloadApi,
      setFormer: acting(workloadApi.setFormer),
      scale: acting(workloadApi.scale),
    },
    addresses: { ...addresses, rehearse: acting(addresses.rehearse), point: acting(addresses.point) },
    ledger: {
      read: () => readLedger(scope),
      append: acting((draft) => appendEntry(scope, draft)),
      partsWith: (bytes) => partsWith(scope, bytes),
    },
    journal: {
      stopped: lease.stopped,
      setStopped: lease.setStopped,
      modes: lease.modes,
      setModes: lease.setModes,
    },
    publishPositions: acting((text: string) =>
      writeRecord(recordOf(scope), (subjects) =>
        subjects[positionsSubject] === text ? subjects : { ...subjects, [positionsSubject]: text },
      ),
    ),
    schemas: registriesOf(scope, { confirm: lease.confirm }),
    connect: {
      root: () => connect().root(),
      status: (name) => connect().status(name),
      config: (name) => connect().config(name),
      offsets: (names, upTo) => mirrorOffsetsOf(scope, names, upTo),
      setOffsets: acting((name: string, offsets) => connect().setOffsets(name, offsets)),
      stop: acting((name: string) => connect().stop(name)),
      resume: acting((name: string) => connect().resume(name)),
    },
    confirmTopics: () => pinSource(scope),
    back: backOf(scope),
    kafka: {
      ...logsOf(scope),
      committed: async (side) => {
        const found = await committed(scope[side], groups, { patienceMilliseconds: transactionMilliseconds, pause });
        measured(side, problemsOf(found.problems));
        return found.groups;
      },
      transactionalIds: (side, producers) => transactionalIds(scope[side], producers),
      groupStates: async (side) => {
        const found = await groupStates(scope[side], groups);
        measured(side, problemsOf(found.problems));
        return found.groups;
      },
      place: (direction, positions) => placeExactly(scope, direction, positions),
      placingSeconds: (side, groups) => forecastPlacing(scope[side], groups),
      // Thousands of groups take a while: the lease is confirmed before each request.
      commit: (side, offsets) => commitOffsets(scope[side], offsets, { confirm: lease.confirm, pause }),
      forget: (side, partitions) => forgetOffsets(scope[side], partitions, { confirm: lease.confirm, pause }),
    },
  };
}

function backOf(scope: Scope): SwitchEffects["back"] {
  const { only: _, ...whole } = scope;
  // What this scope reads may have been written, and come back, with another wave.
  const every = backScopes(whole);
  if (every.length === 0) return null;
  const begun = async () => {
    const found = await Promise.all(every.map(async (of) => [of, await readWayBack(of)] as const));
    return found.flatMap(([of, wayBack]) => (wayBack?.begun ? [[of, wayBack] as const] : []));
  };
  return {
    covers: async () => new Set((await begun()).flatMap(([{ topics }]) => topics)),
    opened: () => readWayBack(scope),
    positions: async (upTo) => reversePositions(reverseOf(scope), upTo),
    place: async (positions) => {
      const placed = new Map<CommittedPosition, Placement>();
      const entries = await readLedger(scope);
      for (const [of, wayBack] of await begun()) {
        const own = positions.filter(({ topic }) => of.topics.includes(topic));
        const found = own.length === 0 ? [] : await placeBack(of, livesOf(wayBack, entries), own);
        own.forEach((position, index) => placed.set(position, found[index]!));
      }
      return positions.map((position) => {
        const found = placed.get(position);
        if (found === undefined) throw new Error(`no mirror back has begun to copy topic ${position.topic}`);
        return found;
      });
    },
  };
}

/** The logs of a scope, and what they hold. */
export const logsOf = (scope: Scope): Pick<KafkaPort, "logs" | "count"> => ({
  logs: async (side) => {
    const found = await withCluster(scope[side], (cluster) => logs(cluster, scope.topics));
    measured(
      side,
      found.problems.map(({ sentence }) => sentence),
    );
    return found;
  },
  count: async (side, ranges, isolation, cap) => {
    if (ranges.length === 0) return [];
    const limits = { isolation, ...(cap === undefined ? {} : { total: cap }) };
    const { counts, problems } = await withOwnCluster(scope[side], (cluster) => countRecords(cluster, ranges, limits));
    measured(side, [...problems.values()]);
    return ranges.map((range) => counts.get(rangeName(range))!);
  },
});

function problemsOf(problems: ReadonlyMap<string, string>): string[] {
  return [...problems].map(([group, reason]) => `group ${group}: ${reason}`);
}

function measured(side: SideName, problems: readonly string[]): void {
  if (problems.length > 0)
    throw new Error(`the ${side} could not be measured: ${some([...new Set(problems)], "problems")}`);
}
