import assert from "node:assert/strict";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import { aims } from "../runtime/model/aims.ts";
import { entryText } from "../runtime/model/ledger-text.ts";
import { provider } from "../runtime/resources/provider.ts";
import { evidenceOf } from "../runtime/switch/evidence.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { scope } from "./switch-world.ts";

describe("a row", () => {
  const gate = aims.Gate({ row: "move-producers", condition: { kind: "mirror-within" }, sealed: false })!;
  const start = aims.Start({ side: "target", addresses: "abc" });
  const acts = { gate: { aim: gate, receipt: gate }, start: { aim: start, receipt: start } };
  const record = (of: object) => provider.create("Reached", { row: "move-producers", acts: of });

  it("is recorded once every gate and every act has left its receipt", async () => {
    assert.equal((await record(acts)).outs["recorded"], "move-producers");
  });

  for (const [what, receipt] of [
    [
      "of another address, as one that was left out of the update has",
      aims.Start({ side: "source", addresses: "abc" }),
    ],
    ["that is missing, as Pulumi gives it of one that was never made", undefined],
  ] as const)
    it(`is not recorded with a receipt ${what}`, async () => {
      await assert.rejects(
        record({ ...acts, "shop-start": { aim: start, receipt } }),
        /^Error: row "move-producers" is not reached: shop-start was not brought about in it; run pulumi up without --target/,
      );
    });

  it("is recorded again only when it is another one", async () => {
    const diff = (recorded: string) =>
      provider.diff("Reached", { row: recorded, acts: {}, recorded }, { row: "move-producers", acts });
    assert.equal((await diff("mirror")).changes, true);
    assert.equal((await diff("move-producers")).changes, false);
  });

  it("asks nothing of what an earlier row has brought about", () => {
    assert.equal(aims.Gate({ row: "mirror", condition: { kind: "fit" }, sealed: true }), null);
    assert.equal(aims.Switch({ row: "mirror", what: "producers", sealed: true }), null);
  });
});

describe("a switch whose row counts as reached", () => {
  const inputs = { row: "move-consumers", what: "consumers", scope } as const;
  const entry = (number: number, of: Partial<LedgerEntry> = {}): LedgerEntry => ({
    number,
    switch: "consumers",
    row: "move-consumers",
    writtenAt: "2026-11-21T09:47:10Z",
    voids: null,
    sourceClusterId: "a",
    targetClusterId: "b",
    partitions: [],
    groups: [],
    ...of,
  });

  it("stays as it is while the ledger has its entry", () => {
    assert.deepEqual(evidenceOf(inputs, [entry(1)]), { again: null, refusal: null });
    assert.deepEqual(evidenceOf(inputs, [entry(1), entry(2, { voids: 1 })]), { again: null, refusal: null });
  });

  it("is made again where a way back began and did not get to its end", () => {
    const { again, refusal } = evidenceOf(inputs, [entry(1), entry(2, { voids: 1, voidOnly: true, row: "mirror" })]);
    assert.equal(again, 'ledger entry 2 made the switch of consumers void (row "mirror"); it is made again');
    assert.equal(refusal, null);
  });

  it("is refused where the ledger never had an entry of it", () => {
    const { again, refusal } = evidenceOf(inputs, [entry(1, { switch: "producers" })]);
    assert.equal(again, null);
    assert.match(refusal!, /has no entry of its switch of consumers: .* Restore the ConfigMap/);
  });

  describe("and whose ConfigMap somebody has deleted", () => {
    let api: ClusterApi;
    beforeEach(async () => (api = await clusterApi()));
    afterEach(() => api.close());

    /** As Pulumi asks: a check gets what was asked for before, a diff also what came of it. */
    async function looked(entries: readonly string[]) {
      const ledger = { kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig }, configMap: "shop-ledger" };
      const asked = { ...inputs, scope: { ...scope, ledger }, sealed: true };
      const { inputs: checked, failures = [] } = await provider.check("Switch", asked, asked);
      assert.deepEqual(failures, []);
      return provider.diff("Switch", { ...asked, entries, receipt: aims.Switch(asked) ?? undefined }, checked);
    }

    it("holds by the copy in the state, from which the ledger is then written again", async () => {
      assert.equal((await looked([entryText(entry(1))])).changes, false);
    });

    it("is refused where the state has no copy either", async () => {
      await assert.rejects(looked([]), /has no entry of its switch of consumers: .* Restore the ConfigMap/);
    });
  });
});
