/**
 * A Kubernetes Lease that keeps two switches of one migration from acting at once: the process of a killed
 * `pulumi up` may still be running. Its annotations remember which connectors a switch has stopped, and which modes the
 * source's registry had.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Lease } from "@kubernetes/client-node";
import { V1MicroTime } from "@kubernetes/client-node/dist/types.js";
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import type { FormerModes, ModesJournal } from "../model/registry-modes.ts";
import type { Scope } from "../model/scope.ts";
import { LeaseLost } from "../model/settle-all.ts";

/** A holder that has not renewed for so long is dead. */
export const leaseSeconds = 15;
const renewMilliseconds = 4_000;
/** A change can take this long to reach its server; it must not arrive after the lease has passed on. */
const marginMilliseconds = 3_000;
const confirmMilliseconds = 60_000;
const journalAnnotation = "kafka-migration/stopped-connectors";
const modesAnnotation = "kafka-migration/source-registry-modes";

/** The lease while this process holds it. */
export interface HeldLease extends ModesJournal {
  /**
   * Resolves if no other process acts; called before every change. A renewal that came late, on a slow machine, is made
   * up for. Rejects with `LeaseLost` if another process has taken the lease, with another error if nobody could be asked
   * for a minute.
   */
  confirm(): Promise<void>;
  /** Connectors that a switch has stopped and that have not been resumed since. */
  stopped(): readonly string[];
  /** Remembers which connectors a switch is about to stop; survives the process. */
  setStopped(connectors: readonly string[]): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the lease `<migration>-switch`. Waits for a holder that is alive, at most `waitSeconds`; a dead one is
 * replaced after 15 s. Rejects with a sentence that names the holder.
 */
export async function takeLease(
  scope: Pick<Scope, "migration" | "ledger">,
  waitSeconds: number,
  log: (line: string) => void,
  patience = confirmMilliseconds,
): Promise<HeldLease> {
  const api = await leaseApi(scope);
  const me = `${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`;
  await foreignHolderGone(api, waitSeconds, log, async (found) => {
    const lease = taken(found, me, scope);
    return found === null ? api.create(lease) : api.replace(lease);
  });
  return hold(api, me, patience);
}

/** Modes of the source's registry that a switch has journalled and that are not put back yet; null if there are none. */
export async function journalledModes(scope: Scope): Promise<FormerModes | null> {
  const lease = await (await leaseApi(scope)).read();
  return lease === null ? null : modesOf(lease);
}

/** Waits until no switch of this migration is in progress in another process, at most `waitSeconds`. */
export async function awaitNoSwitch(scope: Scope, waitSeconds: number, log: (line: string) => void): Promise<void> {
  await foreignHolderGone(await leaseApi(scope), waitSeconds, log, async () => true);
}

interface LeaseApi {
  readonly name: string;
  read(): Promise<V1Lease | null>;
  /** False if another process wrote first. */
  create(lease: V1Lease): Promise<boolean>;
  replace(lease: V1Lease): Promise<boolean>;
}

async function leaseApi({ migration, ledger }: Pick<Scope, "migration" | "ledger">): Promise<LeaseApi> {
  const { coordination, server } = await clients(ledger.kubernetes);
  const { namespace } = ledger.kubernetes;
  const name = `${migration}-switch`;
  const attempt = async <T>(act: () => Promise<T>, other: number, otherwise: T): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      if (apiCode(error) === other) return otherwise;
      throw new Error(`Lease ${namespace}/${name} at ${server}: ${apiMessage(error)}`);
    }
  };
  return {
    name: `${namespace}/${name}`,
    read: () => attempt<V1Lease | null>(() => coordination.readNamespacedLease({ name, namespace }), 404, null),
    create: (body) =>
      attempt(
        async () => {
          await coordination.createNamespacedLease({
            namespace,
            body: { ...body, metadata: { ...body.metadata, name } },
          });
          return true;
        },
        409,
        false,
      ),
    replace: (body) =>
      attempt(
        async () => {
          await coordination.replaceNamespacedLease({ name, namespace, body });
          return true;
        },
        409,
        false,
      ),
  };
}

async function foreignHolderGone(
  api: LeaseApi,
  waitSeconds: number,
  log: (line: string) => void,
  take: (found: V1Lease | null) => Promise<boolean>,
): Promise<void> {
  const until = Date.now() + waitSeconds * 1000;
  let seen = "";
  let since = Date.now();
  let said = false;
  for (;;) {
    const found = await api.read();
    const holder = found?.spec?.holderIdentity;
    const renewed = String(found?.spec?.renewTime);
    if (`${holder} ${renewed}` !== seen) {
      seen = `${holder} ${renewed}`;
      since = Date.now();
    }
    // The holder's clock may differ from ours by any amount, so only its silence counts, by our own.
    const silent = Date.now() - since > leaseSeconds * 1000;
    if ((!holder || silent) && (await take(found))) return;
    if (holder && !said) {
      log(
        `another process (${holder}) is in the middle of a switch, or was killed in it; waiting for ${leaseSeconds} s of silence`,
      );
      said = true;
    }
    if (Date.now() > until) {
      throw new Error(
        `Lease ${api.name}: ${holder} is still in the middle of a switch after ${waitSeconds} s; ` +
          `wait until it has ended or end that process, then run pulumi up again`,
      );
    }
    await sleep(1000);
  }
}

function taken(found: V1Lease | null, me: string, scope: Pick<Scope, "migration">): V1Lease {
  const now = new V1MicroTime();
  return {
    metadata: {
      ...(found?.metadata ?? {}),
      labels: { ...found?.metadata?.labels, "kafka-migration/migration": scope.migration },
    },
    spec: {
      holderIdentity: me,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: (found?.spec?.leaseTransitions ?? 0) + 1,
    },
  };
}

async function hold(api: LeaseApi, me: string, patience: number): Promise<HeldLease> {
  let renewedAt = 0;
  let lost = false;
  let stopped: readonly string[] = [];
  let modes: FormerModes | null = null;
  let queue: Promise<void> = Promise.resolve();

  const write = (change: (lease: V1Lease) => V1Lease): Promise<void> => {
    const next = queue.then(async () => {
      for (let attempt = 0; attempt < 3 && !lost; attempt += 1) {
        const found = await api.read();
        if (found?.spec?.holderIdentity !== me) {
          lost = true;
          break;
        }
        stopped = journal(found);
        modes = modesOf(found);
        const changed = change(found);
        const sentAt = Date.now();
        if (await api.replace({ ...changed, spec: { ...changed.spec, renewTime: new V1MicroTime() } })) {
          stopped = journal(changed);
          modes = modesOf(changed);
          renewedAt = sentAt;
          return;
        }
      }
      if (lost) throw new LeaseLost(`Lease ${api.name} was taken by another process, which may act now`);
      throw new Error(`Lease ${api.name} was written by another process at the same time`);
    });
    queue = next.catch(() => {});
    return next;
  };
  const renew = () => write((lease) => lease);
  const confirm = async (): Promise<void> => {
    const until = Date.now() + patience;
    let reason = "the API server answers too slowly";
    // As long as the lease names us no other process has acted, however late we are: one that takes it writes its own name.
    while (lost || Date.now() - renewedAt > leaseSeconds * 1000 - marginMilliseconds) {
      // Not lost: nobody is known to have taken it, so whoever was stopped is started again once it can be renewed.
      if (Date.now() > until) {
        throw new Error(`Lease ${api.name} could not be renewed for ${patience / 1000} s: ${reason}`);
      }
      try {
        await renew();
      } catch (error) {
        if (error instanceof LeaseLost) throw error;
        reason = text(error);
        await sleep(1000);
      }
    }
  };
  const annotate = (name: string, value: string | null) =>
    write((lease) => {
      const { [name]: _former, ...others } = lease.metadata?.annotations ?? {};
      const annotations = value === null ? others : { ...others, [name]: value };
      return { ...lease, metadata: { ...lease.metadata, annotations } };
    });
  await confirm();
  const timer = setInterval(() => void renew().catch(() => {}), renewMilliseconds);
  return {
    confirm,
    stopped: () => stopped,
    setStopped: (connectors) => annotate(journalAnnotation, JSON.stringify(connectors)),
    modes: () => modes,
    setModes: (former) => annotate(modesAnnotation, former === null ? null : JSON.stringify(former)),
    release: async () => {
      clearInterval(timer);
      // Not being able to release costs the next one 15 s of waiting, nothing else.
      await write((lease) => ({ ...lease, spec: { ...lease.spec, holderIdentity: "" } })).catch(() => {});
    },
  };
}

function journal(lease: V1Lease): readonly string[] {
  const text = lease.metadata?.annotations?.[journalAnnotation];
  return text === undefined ? [] : JSON.parse(text);
}

function modesOf(lease: V1Lease): FormerModes | null {
  const text = lease.metadata?.annotations?.[modesAnnotation];
  return text === undefined ? null : JSON.parse(text);
}

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
