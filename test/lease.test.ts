import assert from "node:assert/strict";
import { takeLease } from "../runtime/ledger/lease.ts";
import { LeaseLost } from "../runtime/model/settle-all.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";

describe("a lease that a switch holds", () => {
  let api: ClusterApi;
  const now = Date.now;
  beforeEach(async () => (api = await clusterApi()));
  afterEach(() => {
    Date.now = now;
    api.close();
  });

  const take = () => {
    const kubernetes = { kubeconfig: api.kubeconfig, namespace: "demo" };
    return takeLease({ migration: "guide", ledger: { kubernetes, configMap: "ledger" } }, 5, () => undefined, 1_500);
  };
  /** So late that the lease must be renewed before anything is done. */
  const later = () => (Date.now = () => now() + 14_000);

  it("is lost once another process has taken it, which may act now", async () => {
    const held = await take();
    const lease = api.objects.get("leases/guide-switch")!;
    lease["spec"] = { ...(lease["spec"] as object), holderIdentity: "another" };
    later();
    await assert.rejects(held.confirm(), (error) => error instanceof LeaseLost);
    await held.release();
  });

  it("stays with a holder whose clock is an hour behind, for as long as it renews", async () => {
    const held = await take();
    const lease = api.objects.get("leases/guide-switch")!;
    const renew = (at: number) =>
      (lease["spec"] = {
        ...(lease["spec"] as object),
        holderIdentity: "another",
        renewTime: new Date(at).toISOString(),
      });
    let at = now() - 3_600_000;
    renew(at);
    const renewing = setInterval(() => renew((at += 500)), 500);
    // Its own renewals stop at once, the lease names another.
    await held.release();
    try {
      await assert.rejects(take(), /Lease demo\/guide-switch: another is still in the middle of a switch after 5 s/);
    } finally {
      clearInterval(renewing);
    }
  });

  it("is not lost while nobody can be asked: what was stopped is started again", async () => {
    const held = await take();
    api.fails = 500;
    later();
    const refused = await held.confirm().then(
      () => null,
      (error: Error) => error,
    );
    assert.match(refused!.message, /^Lease demo\/guide-switch could not be renewed for 1\.5 s: /);
    assert.ok(!(refused instanceof LeaseLost));
    await held.release();
  });
});
