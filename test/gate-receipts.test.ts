import assert from "node:assert/strict";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import type { KafkaGateInputs } from "../gates/inputs.ts";
import { shut } from "../runtime/judging/problems.ts";
import { withdrawReceipts, withReceipt, writeReceipts } from "../runtime/ledger/receipts.ts";
import { recordOf } from "../runtime/ledger/record.ts";
import { look as lookOnce } from "../runtime/measure/hold.ts";
import { Waste } from "../runtime/measure/silence-budget.ts";
import { ledger } from "../runtime/resources/ledger.ts";
import { running } from "../runtime/resources/running.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { stackConfig } from "./support/stack.ts";
import { backPatience } from "./support/switch-asserts.ts";
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

  const written = async (gates: readonly string[] = halts().gates) => {
    const receipts = Object.fromEntries(gates.map((gate) => [gate, receipt]));
    await writeReceipts(recordOf(scope()), halts(), receipts);
  };

  it("stand for gates that cannot be measured any more once the source is halted", async () => {
    kafka(false);
    await written(["source-confirmed"]);
    kafka(true);
    assert.equal((await look()).open, false, "another gate of the row has not opened");
    kafka(false);
    await written();
    assert.equal((await look()).open, false, "the source is away for another reason");
    kafka(true);
    assert.deepEqual(await look(), {
      open: true,
      sentence: "passed at 2026-11-21T12:00:00.000Z, before the source was halted: the source stands still",
    });
  });

  it("are not written over by what was read back from them", async () => {
    kafka(false);
    await written();
    kafka(true);
    const before = api.objects.get("configmaps/guide-record");
    await written();
    assert.equal(api.objects.get("configmaps/guide-record"), before);
  });

  it("are withdrawn before a gate is measured again, but not once the source is halted", async () => {
    kafka(false);
    await written();
    kafka(true);
    await withdrawReceipts(recordOf(scope()), halts());
    assert.equal((await look()).open, true);
    kafka(false);
    await withdrawReceipts(recordOf(scope()), halts());
    kafka(true);
    assert.equal((await look()).open, false);
  });

  it("are written by the ledger, which comes after every gate of the row, and by no gate", async () => {
    kafka(false);
    const passed = Object.fromEntries(halts().gates.map((gate) => [gate, receipt]));
    const row = { scope: scope(), row: "retire", entries: [], behind: [], bothRead: false, ...backPatience };
    await ledger.apply({ ...row });
    assert.equal(api.objects.get("configmaps/guide-record"), undefined, "no row but one that halts the source has any");
    await ledger.apply({ ...row, halts: halts(), passed });
    kafka(true);
    assert.equal((await look()).open, true);
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
      "name" in cluster
        ? ["source-still-at-ledger", "newest-equal", "groups-active", "soaked", "source-confirmed"]
        : undefined,
    );
    assert.ok("name" in cluster, cluster.kind);
  });
});

describe("a source that this migration has halted", () => {
  let api: ClusterApi;
  beforeEach(async () => {
    api = await clusterApi();
  });
  afterEach(() => api.close());

  const inputs = () => {
    const kubernetes = { namespace: "demo", kubeconfig: api.kubeconfig };
    const scope = { ...anyScope, ledger: { kubernetes, configMap: "guide-ledger" } };
    const halts = { kubernetes, cluster: { kind: "kubedb-existing", name: "old" }, gates: ["soaked"] };
    return { scope, halts, readySeconds: 1 };
  };
  const kafka = (spec: object, phase = "Ready") =>
    void api.objects.set("kafkas/old", { metadata: { name: "old" }, spec, status: { phase } });
  const spec = () => api.objects.get("kafkas/old")!["spec"];
  const toHalt = async () => writeReceipts(recordOf(inputs().scope), inputs().halts, { soaked: receipt });

  it("is started by every row that needs it, with the settings that it had", async () => {
    kafka({ replicas: 3, deletionPolicy: "WipeOut" });
    await toHalt();
    kafka({ replicas: 3, deletionPolicy: "Halt", halted: true });
    const { inputs: checked } = await running.check!(inputs(), {});
    assert.deepEqual(checked.pending, ["demo/old was halted by this migration"]);
    assert.deepEqual(await running.changes({ ...inputs(), pending: [] }, checked), { changes: true });
    await running.apply(checked);
    assert.deepEqual(spec(), { replicas: 3, deletionPolicy: "WipeOut", halted: false });
    assert.deepEqual((await running.check!(inputs(), {})).inputs.pending, [], "is started once");
  });

  it("is started again by the next update if it did not become ready", async () => {
    kafka({ replicas: 3 });
    await toHalt();
    kafka({ replicas: 3, deletionPolicy: "Halt", halted: true }, "Provisioning");
    await assert.rejects(running.apply(inputs()), /Kafka demo\/old is not Ready after 1 s/);
    assert.deepEqual(spec(), { replicas: 3, halted: false });
    assert.equal((await running.check!(inputs(), {})).inputs.pending?.length, 1);
  });

  it("is not one that its owners have halted", async () => {
    kafka({ halted: true });
    assert.deepEqual((await running.check!(inputs(), {})).inputs.pending, []);
    await running.apply(inputs());
    assert.deepEqual(spec(), { halted: true });
  });
});
