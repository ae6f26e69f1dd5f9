import assert from "node:assert/strict";
import type { Condition } from "../gates/index.ts";
import { judge } from "../runtime/measure/judge.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { copySchemas, readBoth } from "../runtime/schemas/copy.ts";
import { readImporting, readRegistries } from "../runtime/schemas/measure.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { registries, shop } from "./support/registries.ts";
import { record, withRegistry } from "./support/registry-calls.ts";
import { RegistryModel } from "./support/registry-model.ts";
import { entry, ledger, now, scope } from "./support/verdict-readings.ts";

const imports: Condition = { kind: "registry-imports" };
const equal = (lastPass: boolean): Condition => ({ kind: "schemas-equal", lastPass });

type Made = ReturnType<typeof registries>;

/** A shop and its copy. */
async function copied(): Promise<Made> {
  const made = registries(shop());
  await copySchemas(made.rest, () => {});
  return made;
}

async function verdict(condition: Condition, { rest }: Made, more: object = {}, rows: object = ledger()) {
  const value = { ...(await readBoth(rest)), switching: false, ...more };
  const part = condition.kind === "registry-imports" ? { importing: { value } } : { registries: { value } };
  return judge(condition, { scope, takenAt: now, ...part, ...rows });
}

const moved = ledger(entry(1, "producers"));

describe("the gate registry-imports", () => {
  const cases: [string, () => Promise<Made>, object, object, boolean, RegExp][] = [
    // when                                                target                                                     open
    [
      "is open for an empty target that a probe found to import",
      async () => registries(shop()),
      { probed: null },
      ledger(),
      true,
      /^the target's registry is empty, and a probe has shown that it keeps ids in IMPORT; 9 versions of 6 subjects to copy$/,
    ],
    [
      "is closed for a target that cannot, with what to do instead",
      async () => registries(shop()),
      { probed: "it refuses the mode IMPORT (405)" },
      ledger(),
      false,
      /^the target's registry cannot import: it refuses the mode IMPORT \(405\); copy the topic _schemas into the target before its registry is started and let that follow the copy, or keep one registry for both sides and leave registry out of the config$/,
    ],
    [
      "is open for this migration's copy, without a probe",
      copied,
      {},
      ledger(),
      true,
      /^the target's registry holds this migration's copy, 9 of 9 versions of 6 subjects$/,
    ],
    [
      "is closed where soft-deleted versions would be purged",
      async () => {
        const made = registries(shop());
        made.target.produce("theirs", '"double"');
        made.target.remove("theirs", 1);
        return made;
      },
      {},
      ledger(),
      false,
      /soft-deleted, which entering IMPORT would delete permanently/,
    ],
    [
      "is closed where both sides have given the same id",
      async () => {
        const made = await copied();
        made.target.put("mode", "", { mode: "READWRITE" });
        made.target.produce("new", '"double"');
        made.source.produce("other", '"long"');
        return made;
      },
      {},
      ledger(),
      false,
      /id 7 is other version 1 on the source and new version 1 on the target/,
    ],
    [
      "is open for a target that a switch opened before it was killed",
      async () => {
        const made = await copied();
        made.target.put("mode", "", { mode: "READWRITE" });
        return made;
      },
      { switching: true },
      ledger(),
      true,
      /holds this migration's copy/,
    ],
    [
      "is open after the producers' switch, whatever was registered since",
      async () => {
        const made = await copied();
        made.target.put("mode", "", { mode: "READWRITE" });
        made.target.produce("new", '"double"');
        return made;
      },
      {},
      moved,
      true,
      /^the target holds the source's 9 versions of 6 subjects, and 1 new version since ledger entry 1$/,
    ],
    [
      "is closed where a reference of the source leads nowhere",
      async () => {
        const made = registries(shop());
        made.source.state.apply({ kind: "purge", subject: "money", version: 1 });
        return made;
      },
      { probed: null },
      ledger(),
      false,
      /^the source's schemas cannot be copied: price version 1 \(id 2\) refers to money version 1, which the source does not have$/,
    ],
  ];
  for (const [when, make, more, rows, open, sentence] of cases)
    it(when, async () => {
      const found = await verdict(imports, await make(), more, rows);
      assert.match(found.sentence, sentence);
      assert.equal(found.open, open);
    });
});

describe("the gate schemas-equal", () => {
  it("says how many versions are equal, and the largest id", async () => {
    assert.deepEqual(await verdict(equal(false), await copied()), {
      open: true,
      sentence: "9 versions of 6 subjects are equal on both sides; the largest id is 6",
    });
  });

  it("names the first subjects and versions that differ", async () => {
    const made = await copied();
    for (let at = 0; at < 6; at += 1) made.source.produce(`new-${at}`, record(`New${at}`));
    assert.deepEqual(await verdict(equal(false), made), {
      open: false,
      cause: "schemas-differ",
      sentence:
        "the registries are not equal: new-0 version 1 (id 7) is not on the target, new-1 version 1 (id 8) is not on the target, " +
        "new-2 version 1 (id 9) is not on the target and 3 more versions",
    });
  });

  it("leaves new versions to the switch of its row, and nothing else", async () => {
    const made = await copied();
    made.source.produce("new", record("New"));
    assert.deepEqual(await verdict(equal(true), made), {
      open: true,
      sentence: "the target holds a copy of 10 versions of 7 subjects; 1 version of 1 subject for the switch to copy",
    });
    made.target.put("mode", "", { mode: "READWRITE" });
    made.target.produce("theirs", record("Theirs"));
    assert.equal((await verdict(equal(true), made)).open, false);
  });

  it("is closed after the producers' switch where the target has lost something", async () => {
    const made = await copied();
    made.target.remove("orders-value", 2);
    made.target.remove("orders-value", 2 + 1, true);
    const found = await verdict(equal(false), made, {}, moved);
    assert.equal(found.open, false);
    assert.equal(
      found.sentence,
      "since ledger entry 1 the target lacks something that the source has: orders-value version 2 (id 4) is not on the target, " +
        "orders-value version 3 (id 5) is not on the target",
    );
  });
});

describe("what gates measure of registries", () => {
  let api: ClusterApi;
  before(async () => (api = await clusterApi()));
  after(() => api.close());

  const scopeOf = (source: string, target: string): Scope => ({
    ...scope,
    registries: { source: { side: "source", urls: [source] }, target: { side: "target", urls: [target] } },
    ledger: { kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig }, configMap: "ledger" },
  });

  it("is probed once while the target is empty, and never once it holds the copy", () =>
    withRegistry({}, (source) =>
      withRegistry({}, async (target) => {
        await source.call("POST", "/subjects/orders/versions", { schema: record("Order") });
        const measured = scopeOf(source.server.url, target.server.url);
        const posts = () => target.server.requests.filter((each) => each.startsWith("POST")).length;
        const first = await readImporting(measured, Date.now() + 5_000);
        assert.equal(first.probed, null);
        await readImporting(measured, Date.now() + 5_000);
        assert.equal(posts(), 1);
        const { rest } = registries(new RegistryModel());
        await copySchemas(rest, () => {});
        await target.call("PUT", "/mode", { mode: "IMPORT" });
        await target.call("POST", "/subjects/orders/versions", { schema: record("Order"), id: 1, version: 1 });
        assert.equal((await readImporting(measured, Date.now() + 5_000)).probed, undefined);
        assert.equal(posts(), 2);
      }),
    ));

  it("tells a switch that goes on by what it has journalled", () =>
    withRegistry({}, (source) =>
      withRegistry({}, async (target) => {
        const measured = scopeOf(source.server.url, target.server.url);
        assert.equal((await readRegistries(measured, Date.now() + 5_000)).switching, false);
        const annotations = { "kafka-migration/source-registry-modes": '{"":"READWRITE"}' };
        api.objects.set("leases/shop-switch", { metadata: { name: "shop-switch", annotations } });
        assert.equal((await readRegistries(measured, Date.now() + 5_000)).switching, true);
        api.objects.clear();
      }),
    ));
});
