import assert from "node:assert/strict";
import { journalledModes, takeLease } from "../runtime/ledger/lease.ts";
import type { SchemaCopyInputs } from "../runtime/model/inputs.ts";
import { entryText, ledgerData } from "../runtime/model/ledger-text.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { ensureSchemas, schemasPending } from "../runtime/switch/ensure-schemas.ts";
import { behindLedger } from "../runtime/switch/ledger-row.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { record, withRegistry, type TestRegistry } from "./support/registry-calls.ts";
import { entry, scope } from "./support/verdict-readings.ts";
import { backPatience } from "./support/switch-asserts.ts";

describe("the schemas of a row", () => {
  let api: ClusterApi;
  const log = console.log;
  let lines: string[] = [];
  before(async () => (api = await clusterApi()));
  after(() => api.close());
  beforeEach(() => {
    api.objects.clear();
    lines = [];
    console.log = (line: string) => void lines.push(line);
  });
  afterEach(() => (console.log = log));

  interface Sides {
    readonly source: TestRegistry;
    readonly target: TestRegistry;
    inputs(desired: SchemaCopyInputs["desired"]): SchemaCopyInputs;
  }

  /** Two registries; the source holds two subjects, one of which refers to the other. */
  const withSides = (use: (sides: Sides) => Promise<void>): Promise<void> =>
    withRegistry({}, (source) =>
      withRegistry({}, async (target) => {
        await source.call("POST", "/subjects/money/versions", { schema: record("Money", "amount") });
        const references = [{ name: "Money", subject: "money", version: 1 }];
        await source.call("POST", "/subjects/price/versions", { schema: record("Price", ["m", "Money"]), references });
        const inputs = (desired: SchemaCopyInputs["desired"]) => ({
          scope: scopeOf(source.server.url, target.server.url),
          ...{ row: "r", desired, waitSeconds: 5 },
        });
        await use({ source, target, inputs });
      }),
    );

  const scopeOf = (source: string, target: string): Scope => ({
    ...scope,
    registries: { source: { side: "source", urls: [source] }, target: { side: "target", urls: [target] } },
    ledger: { kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig }, configMap: "ledger" },
  });
  const modeOf = async ({ call }: TestRegistry): Promise<string> => (await call("GET", "/mode")).body.mode;
  const producersMoved = () =>
    api.objects.set("configmaps/ledger", {
      metadata: { name: "ledger" },
      data: ledgerData([entryText(entry(1, "producers"))]),
    });

  it("are told in a preview, copied by the update, and then there is nothing to do", () =>
    withSides(async ({ source, target, inputs }) => {
      const copied = inputs("copied");
      const first = ["IMPORT to set on the target's registry", "2 versions of 2 subjects to copy"];
      assert.deepEqual(await schemasPending(copied), first);
      assert.deepEqual(
        lines,
        first.map((each) => `schemas: ${each}`),
      );
      assert.deepEqual((await target.call("GET", "/subjects")).body, []);
      await ensureSchemas(copied);
      assert.equal(
        lines.at(-1),
        "schemas: the target holds 2 versions of 2 subjects; 2 versions, 0 soft-deletes and 0 configs copied",
      );
      assert.deepEqual(await schemasPending(copied), []);
      await source.call("PUT", "/config/money", { compatibility: "NONE" });
      await source.call("DELETE", "/subjects/price");
      assert.deepEqual(await schemasPending(copied), ["1 version of 1 subject to delete softly", "1 config to copy"]);
    }));

  it("are copied into an empty registry whose source holds nothing", () =>
    withRegistry({}, (source) =>
      withRegistry({}, async (target) => {
        const inputs = { scope: scopeOf(source.server.url, target.server.url), row: "r", waitSeconds: 5 };
        await ensureSchemas({ ...inputs, desired: "copied" });
        assert.equal(await modeOf(target), "IMPORT");
        assert.deepEqual(await schemasPending({ ...inputs, desired: "copied" }), []);
      }),
    ));

  it("do not keep a preview from going on when a registry is away", async () => {
    const inputs = { scope: scopeOf("http://127.0.0.1:1", "http://127.0.0.1:1"), row: "r", waitSeconds: 5 };
    assert.deepEqual(await schemasPending({ ...inputs, desired: "copied" }), []);
    assert.match(
      lines.join(),
      /^schemas: could not be read from here: the (source|target)'s registry: GET .* failed for 3 s/,
    );
  });

  it("ask no registry before they are copied", () =>
    withSides(async ({ source, target, inputs }) => {
      const asked = source.server.requests.length;
      assert.deepEqual(await schemasPending(inputs("source")), []);
      await ensureSchemas(inputs("source"));
      assert.equal(source.server.requests.length, asked);
      assert.deepEqual(target.server.requests, []);
    }));

  for (const desired of ["source", "copied"] as const)
    it(`put back what a killed switch has changed, in a row where the target is ${desired === "copied" ? "a copy" : "not copied to"}`, () =>
      withSides(async ({ source, target, inputs }) => {
        await ensureSchemas(inputs("copied"));
        const lease = await takeLease(inputs("copied").scope, 5, () => {});
        await lease.setModes({ "": "READWRITE", money: null });
        await lease.setStopped(["m"]);
        await lease.release();
        for (const path of ["/mode", "/mode/money"]) await source.call("PUT", path, { mode: "READONLY" });
        await target.call("PUT", "/mode", { mode: "READWRITE" });
        const leftover =
          "modes that a switch has changed have to be put back: the source's to what they were, the target's to IMPORT";
        assert.equal((await schemasPending(inputs(desired)))[0], leftover);
        await ensureSchemas(inputs(desired));
        assert.equal(await modeOf(source), "READWRITE");
        assert.equal((await source.call("GET", "/mode/money")).code, 40409);
        assert.equal(await modeOf(target), "IMPORT");
        assert.equal(await journalledModes(inputs(desired).scope), null);
        assert.deepEqual(await schemasPending(inputs(desired)), []);
        const { annotations } = api.objects.get("leases/shop-switch")!.metadata;
        assert.deepEqual(annotations, { "kafka-migration/stopped-connectors": '["m"]' });
      }));

  it("are not put back while the producers' ledger entry counts", () =>
    withSides(async ({ inputs }) => {
      const lease = await takeLease(inputs("copied").scope, 5, () => {});
      await lease.setModes({ "": "READWRITE" });
      await lease.release();
      producersMoved();
      await assert.rejects(
        ensureSchemas(inputs("copied")),
        /phase "r" comes before the switch of producers, whose ledger entry 1 still holds/,
      );
    }));

  it("stay open on the target once producers have moved, also where a mode of a subject came up since", () =>
    withSides(async ({ target, inputs }) => {
      producersMoved();
      await ensureSchemas(inputs("target"));
      assert.deepEqual(await schemasPending(inputs("target")), []);
      await target.call("PUT", "/mode/price", { mode: "IMPORT" });
      assert.deepEqual(await schemasPending(inputs("target")), [
        "the mode of subject price of the target's registry is IMPORT, expected READWRITE",
      ]);
      await ensureSchemas(inputs("target"));
      assert.equal((await target.call("GET", "/mode/price")).code, 40409);
      assert.equal(await modeOf(target), "READWRITE");
    }));

  it("are left to whoever has closed the target on purpose", () =>
    withSides(async ({ target, inputs }) => {
      producersMoved();
      await target.call("PUT", "/mode", { mode: "READONLY" });
      await assert.rejects(
        ensureSchemas(inputs("target")),
        /the global mode of the target's registry is READONLY, expected READWRITE; find out who set that, and why/,
      );
    }));

  it("are not opened by a row whose producers nobody has switched", () =>
    withSides(async ({ target, inputs }) => {
      await target.call("PUT", "/mode", { mode: "IMPORT" });
      await assert.rejects(ensureSchemas(inputs("target")), /no ledger entry says that they were switched/);
    }));

  it("refuse a way back of producers once the target has given ids, by subject and id", () =>
    withSides(async ({ target, inputs }) => {
      await ensureSchemas(inputs("copied"));
      producersMoved();
      await target.call("PUT", "/mode", { mode: "READWRITE" });
      const row = {
        scope: { ...inputs("copied").scope, mirror: null },
        entries: [],
        behind: ["twins"],
        bothRead: true,
        ...backPatience,
        row: "consume-both",
      } as const;
      assert.equal(await behindLedger(row), null);
      await target.call("POST", "/subjects/new/versions", { schema: record("New", "a") });
      assert.equal(
        await behindLedger(row),
        'phase "consume-both" comes before the switch of producers (ledger entry 1, 2026-11-21T09:47:10Z): no way back yet: ' +
          "the target's registry has given out ids since, which do not exist on the source: new version 1 (id 3) is on the target only",
      );
    }));
});
