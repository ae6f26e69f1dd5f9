import assert from "node:assert/strict";
import type { Condition } from "../gates/index.ts";
import { externalComplaints } from "../runtime/judging/externals.ts";
import type { ClosedVerdict } from "../runtime/model/gates.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { scopeOfWave, scopeOfWaves } from "../runtime/model/waves.ts";
import { allWritersMoved, writersEntry } from "../runtime/model/writers-entry.ts";
import { switchApplications } from "../runtime/switch/applications.ts";
import { pauses } from "../runtime/switch/switch.ts";
import { writtenAtTarget } from "../runtime/switch/unpositioned.ts";
import { waveInputs, waveNames, wavesScope, wavesWorld } from "./support/waves-world.ts";
import { readingOf, verdictOn } from "./support/world-readings.ts";
import type { World } from "./switch-world.ts";

/** A world in which the waves up to one have moved. */
async function movedUpTo(name: string): Promise<World> {
  const world = wavesWorld();
  for (const each of waveNames.slice(0, waveNames.indexOf(name) + 1)) {
    const of = waveInputs(each);
    await switchApplications(
      world.effects(() => null, of.scope),
      of,
    );
    world.pass(2_000);
  }
  return world;
}

const still: Condition = { kind: "source-still-at-ledger" };
const moved = (...names: readonly string[]): Scope => scopeOfWaves(wavesScope, names);

describe("gates of a migration wave by wave", () => {
  it("compare the source with the ledger in the topics that have closed, and let others grow", async () => {
    const world = await movedUpTo("orders");
    const open = await verdictOn(world, still, moved("reports", "orders"));
    assert.deepEqual(open, { open: true, sentence: "the source has not grown since ledger entry 2 in 3 partitions" });
    world.logs.source.get("paid[0]")!.push("data");
    const closed = (await verdictOn(world, still, moved("reports", "orders"))) as ClosedVerdict;
    assert.deepEqual([closed.open, closed.cause], [false, "source-grew"]);
    assert.match(closed.sentence, /^paid\[0\] grew on the source after the switch/);
  });

  it("find nothing to compare after waves that close no topic", async () => {
    const world = await movedUpTo("reports");
    assert.deepEqual(await verdictOn(world, still, moved("reports")), {
      open: true,
      sentence: "no topic has closed with ledger entry 1, so that there is nothing to compare",
    });
    const before = (await verdictOn(world, still, moved("orders"))) as ClosedVerdict;
    assert.equal(before.cause, "no-switch-recorded");
  });

  it("look at the offsets of the groups that have moved", async () => {
    const world = await movedUpTo("mail");
    const placed: Condition = { kind: "offsets-placed" };
    const scope = moved("reports", "orders", "mail");
    assert.ok((await verdictOn(world, placed, scope)).open);
    world.committed.target.get("checkout")!.set("stock[0]", 0n);
    const closed = (await verdictOn(world, placed, scope)) as ClosedVerdict;
    assert.match(closed.sentence, /group checkout .*stock\[0\]/);
    assert.ok((await verdictOn(world, placed, moved("mail"))).open);
  });

  it("ask whether a wave's own groups can be placed, whatever has moved before", async () => {
    const world = await movedUpTo("reports");
    const placeable: Condition = { kind: "groups-placeable" };
    const [done, next] = await Promise.all(
      ["reports", "orders"].map((name) => verdictOn(world, placeable, scopeOfWave(wavesScope, name))),
    );
    assert.match(done!.sentence, /^ledger entry 1 has placed the groups/);
    assert.match(next!.sentence, /^2 groups can continue on the target/);
  });

  it("measure the mirror of a wave's topics, and of no others", async () => {
    const world = wavesWorld();
    world.poisoned = "orders[0]";
    const within: Condition = { kind: "mirror-within", maxLag: 1_000_000 };
    const on = (name: string) => verdictOn(world, within, scopeOfWave(wavesScope, name));
    assert.deepEqual(
      [(await on("mail")).open, (await on("orders")).open, (await on("reports")).open],
      [true, false, false],
    );
  });

  it("take growth at the target for an external writer's only where nobody else writes", async () => {
    const world = await movedUpTo("orders");
    const external = (topics: readonly string[]): Scope => ({
      ...moved("orders"),
      externals: [{ name: "mainframe", role: "producer", groups: [], topics }],
    });
    const complaints = async (topics: readonly string[]) =>
      externalComplaints(await readingOf(world, still, external(topics))).map(({ sentence }) => sentence);
    assert.deepEqual(await complaints(["orders"]), []);
    assert.deepEqual(await complaints(["invoices"]), [], "warehouse's records come there too");
    for (const name of ["checkout", "billing"]) Object.assign(world.workloads.get(name)!, { replicas: 0, pods: 0 });
    world.logs.target.set(
      "paid[0]",
      world.logs.target
        .get("paid[0]")!
        .slice(0, Number(world.entries[1]!.partitions.find(({ topic }) => topic === "paid")!.targetEnd)),
    );
    assert.match(
      (await complaints(["paid"])).join(),
      /^external producer mainframe has not moved: nothing has been written to paid/,
    );
  });
});

describe("what is known of writers that move wave by wave", () => {
  it("is who writes at the target since when", async () => {
    const world = await movedUpTo("mail");
    const after = (number: number) => world.entries.slice(0, number);
    assert.deepEqual(
      [1, 2, 3].map((number) => writersEntry(after(number), wavesScope)?.number ?? null),
      [null, 2, 3],
    );
    assert.ok(!allWritersMoved(world.entries, wavesScope));
    const all = await movedUpTo("stock");
    assert.ok(allWritersMoved(all.entries, wavesScope));
    assert.ok(!allWritersMoved([], {}) && allWritersMoved([{ ...all.entries[0]!, switch: "producers" }], {}));
  });

  it("is which topics hold records of theirs, of which the mirror needs no position", async () => {
    const world = await movedUpTo("orders");
    assert.deepEqual([...writtenAtTarget(wavesScope, world.entries)].sort(), ["invoices", "orders", "paid"]);
    assert.deepEqual([...writtenAtTarget(wavesScope, world.entries.slice(0, 1))], []);
    const { waves: _, ...together } = wavesScope;
    assert.deepEqual([...writtenAtTarget(together, [])], []);
    assert.deepEqual([...writtenAtTarget(together, world.entries.slice(0, 1))], wavesScope.topics);
  });
});

describe("the preview of a wave", () => {
  it("says who pauses, for how long at most, and what closes", () => {
    assert.equal(
      pauses(waveInputs("orders"), "checkout, billing"),
      "switch wave orders: checkout, billing pause until they run at the target; they are started again where they are " +
        "if this takes longer than 30 s to stop + 20 s until what closes is still and the groups are empty + 30 s to " +
        "drain the mirror; 2 topics close: orders, paid",
    );
    assert.equal(
      pauses(waveInputs("reports"), "loader"),
      "switch wave reports: loader pause until they run at the target; they are started again where they are if this " +
        "takes longer than 30 s to stop + 20 s until the groups are empty + 30 s until the mirror has copied what they " +
        "have read; no topic closes",
    );
  });
});
