/** What the acts of a row reach, over real parts: clusters, Connect and Kubernetes of a scope. */
import { setTimeout as sleep } from "node:timers/promises";
import { withCluster } from "../brokers/connection.ts";
import type { KafkaPort } from "../brokers/kafka-port.ts";
import { countRecords, rangeName } from "../brokers/log.ts";
import { transactionMilliseconds } from "../brokers/coordinators.ts";
import { commitOffsets, committed, forgetOffsets, groupStates, logs } from "../brokers/positions.ts";
import { MirrorConnect } from "../connect/mirror-connect.ts";
import { mirrorOffsetsOf } from "../connect/mirror-reading.ts";
import { watchInterrupts, type Interrupts } from "../ledger/interrupts.ts";
import { takeLease, type HeldLease } from "../ledger/lease.ts";
import { appendEntry, readLedger, restoreCopy } from "../ledger/ledger.ts";
import { recordOf, writeRecord } from "../ledger/record.ts";
import { mirrorOf } from "../model/mirror-ref.ts";
import { positionsSubject } from "../model/own-positions.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";
import { placeExactly } from "../placement/place.ts";
import { registriesOf } from "../schemas/registries.ts";
import { pinOwn, pinSource } from "../topics/pins.ts";
import { workloadApi } from "../workloads/workload-api.ts";
import { realStarting } from "../workloads/workloads.ts";
import { addressesOf } from "./addresses.ts";
import type { Acting, Reach, SwitchEffects } from "./ports.ts";
import { refuseSecondCopy } from "./unpositioned.ts";

export const realReach: Reach = {
  ...realStarting,
  ledger: { read: readLedger, restore: restoreCopy },
  kafka: (scope) => readingKafka(scope),
  connectors: (mirror, patience) => new MirrorConnect(mirror, patience),
  mirrorOffsets: mirrorOffsetsOf,
  pins: { source: pinSource, refuseSecondCopy, own: pinOwn },
  act,
};

async function act<T>(scope: Scope, how: Acting, acting: (effects: SwitchEffects) => Promise<T>): Promise<T> {
  const interrupts = how.interruptible ? watchInterrupts() : { reason: () => null, end: () => {} };
  try {
    const lease = await takeLease(scope, how.waitSeconds, how.log);
    try {
      return await acting(realEffects(scope, lease, interrupts, how.log, how.startSeconds));
    } finally {
      await lease.release();
    }
  } finally {
    interrupts.end();
  }
}

const names = ({ groups }: Scope): string[] => groups.map(({ name }) => name);

/** With `patience` a commit that a transaction has not decided yet is waited for. */
function readingKafka(
  scope: Scope,
  patience?: Parameters<typeof committed>[2],
): Pick<KafkaPort, "logs" | "count" | "committed"> {
  return {
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
      const { counts, problems } = await withCluster(scope[side], (cluster) => countRecords(cluster, ranges, limits));
      measured(side, [...problems.values()]);
      return ranges.map((range) => counts.get(rangeName(range))!);
    },
    committed: async (side) => {
      const found = await committed(scope[side], names(scope), patience);
      measured(side, problemsOf(found.problems));
      return found.groups;
    },
  };
}

/** Effects on the clusters, Connect and Kubernetes of a scope; none of them acts without the lease. */
function realEffects(
  scope: Scope,
  lease: HeldLease,
  interrupts: Pick<Interrupts, "reason">,
  log: (line: string) => void,
  startSeconds: number,
): SwitchEffects {
  const addresses = addressesOf(scope, startSeconds, log);
  // Without a mirror nobody asks Connect.
  const connect = () => new MirrorConnect(mirrorOf(scope));
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
    workloads: {
      ...workloadApi,
      setFormer: acting(workloadApi.setFormer),
      scale: acting(workloadApi.scale),
    },
    addresses: { ...addresses, rehearse: acting(addresses.rehearse), point: acting(addresses.point) },
    ledger: { read: () => readLedger(scope), append: acting((draft) => appendEntry(scope, draft)) },
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
    kafka: {
      ...readingKafka(scope, { patienceMilliseconds: transactionMilliseconds, pause }),
      groupStates: async (side) => {
        const found = await groupStates(scope[side], names(scope));
        measured(side, problemsOf(found.problems));
        return found.groups;
      },
      place: (direction, positions) => placeExactly(scope, direction, positions),
      commit: acting((side: SideName, group: string, positions) =>
        commitOffsets(scope[side], group, positions, { pause }),
      ),
      forget: acting((side: SideName, group: string, partitions) => forgetOffsets(scope[side], group, partitions)),
    },
  };
}

function problemsOf(problems: ReadonlyMap<string, string>): string[] {
  return [...problems].map(([group, reason]) => `group ${group}: ${reason}`);
}

function measured(side: SideName, problems: readonly string[]): void {
  if (problems.length > 0)
    throw new Error(`the ${side} could not be measured: ${some([...new Set(problems)], "problems")}`);
}
