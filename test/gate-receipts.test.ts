import assert from "node:assert/strict";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import type { KafkaGateInputs } from "../gates/inputs.ts";
import { shut } from "../runtime/judging/problems.ts";
import { recordOf } from "../runtime/ledger/record.ts";
import { look as lookOnce } from "../runtime/measure/hold.ts";
import { Waste } from "../runtime/measure/silence-budget.ts";
import { withdrawReceipt, withReceipt, writeReceipt } from "../runtime/measure/receipts.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { stackConfig } from "./support/stack.ts";
import { scope as anyScope } from "./switch-world.ts";

const receipt = { measuredAt: "2026-11-21T12:00:00.000Z", sentence: "the source stands still" };

describe("the receipts of a row that halts the source", () => {
  let api: ClusterApi;
  beforeEach(async () => {
    api = await clusterApi();
  });
  afterEach(() => api.close());

  const kubernetes = () => ({ namespace: "demo", kubeconfig: api.kubeconfig });
  const scope = () => ({ ...anyScope, ledger: { kubernetes: kubernetes(), configMap: "guide-ledger" } });
  const halts = () => ({
    ...{ kubernetes: kubernetes(), cluster: { kind: "kubedb-existing", name: "old" } },
    gates: ["source-still-at-ledger", "source-confirmed"],
  });
  const kafka = (halted: boolean) =>
    void api.objects.set("kafkas/old", { metadata: { name: "old" }, spec: { halted }, status: { phase: "Halted" } });
  /** The source of the scope does not answer. */
  const look = async () => {
    const inputs = { scope: scope(), condition: { kind: "source-confirmed", clusterId: "S" }, halts: halts() } as const;
    return lookOnce({ ...inputs, sweepSeconds: 3 } as unknown as KafkaGateInputs, new Waste());
  };

  it("stand for gates that cannot be measured any more once the source is halted", async () => {
    kafka(true);
    assert.equal((await look()).open, false, "no gate has opened");
    await writeReceipt(recordOf(scope()), "source-confirmed", receipt);
    assert.equal((await look()).open, false, "another gate of the row has not opened");
    await writeReceipt(recordOf(scope()), "source-still-at-ledger", receipt);
    assert.deepEqual(await look(), {
      open: true,
      sentence: "passed at 2026-11-21T12:00:00.000Z, before the source was halted: the source stands still",
    });
  });

  it("count for nothing while the source is not halted: it is away for another reason", async () => {
    kafka(false);
    for (const gate of halts().gates) await writeReceipt(recordOf(scope()), gate, receipt);
    assert.equal((await look()).open, false);
  });

  it("are withdrawn before a gate is measured again, but not once the source is halted", async () => {
    kafka(true);
    for (const gate of halts().gates) await writeReceipt(recordOf(scope()), gate, receipt);
    await withdrawReceipt(recordOf(scope()), halts(), "source-confirmed");
    assert.equal((await look()).open, true);
    kafka(false);
    await withdrawReceipt(recordOf(scope()), halts(), "source-confirmed");
    kafka(true);
    assert.equal((await look()).open, false);
  });

  it("do not stand for what was measured", () => {
    const closed = shut("source-grew", "orders[0] grew");
    assert.equal(withReceipt(closed, receipt), closed);
  });

  it("are kept by the gates of retire alone, and only where KubeDB can halt the source", () => {
    const config = stackConfig("dev");
    const inputs = (row: string) =>
      gateInputs(config, scopeOf(config), { row, gate: "source-still-at-ledger", sealed: false });
    assert.equal(inputs("validate").halts, undefined);
    const { cluster } = config.source;
    const { gates } = inputs("retire").halts ?? {};
    assert.deepEqual(
      gates,
      "name" in cluster ? ["source-still-at-ledger", "groups-active", "soaked", "source-confirmed"] : undefined,
    );
    assert.ok("name" in cluster, cluster.kind);
  });
});
