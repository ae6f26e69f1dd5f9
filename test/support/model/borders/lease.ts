import type { HeldLease } from "../../../../runtime/ledger/lease.ts";
import { world } from "../current.ts";

export { leaseSeconds } from "../../../../runtime/ledger/lease.ts";

export async function takeLease(): Promise<HeldLease> {
  await awaitNoSwitch();
  const { data } = world();
  world().change("take the lease", () => void (data.leased = true));
  return {
    confirm: async () => world().alive(),
    stopped: () => data.stopped,
    setStopped: async (names) => world().change("journal", () => void (data.stopped = [...names])),
    modes: () => null,
    setModes: async () => world().alive(),
    release: async () => {
      world().alive();
      data.leased = false;
    },
  };
}

/** A holder that is dead is replaced after fifteen seconds. */
export async function awaitNoSwitch(): Promise<void> {
  world().alive();
  if (!world().data.leased) return;
  world().pass(16_000);
  world().data.leased = false;
}

export async function journalledModes(): Promise<null> {
  return null;
}
