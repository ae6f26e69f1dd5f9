import assert from "node:assert/strict";
import type { GroupReads } from "../runtime/model/group-reads.ts";
import type { SwitchInputs } from "../runtime/model/inputs.ts";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { returnGroups } from "../runtime/switch/group-return.ts";
import { leaveBehind } from "../runtime/switch/ledger-row.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { switchTwins } from "../runtime/switch/twins.ts";
import { inputs, scope, World } from "./switch-world.ts";
import { backPatience } from "./support/switch-asserts.ts";

const exact = inputs("consumers", "exact");
const counts = { "foo-consumer": 1, "orders-consumer": 1 };

function assertRunning(world: World, expected: Record<string, number>): void {
  for (const [name, count] of Object.entries(expected)) {
    const { replicas, former } = world.workloads.get(name)!;
    assert.deepEqual({ name, replicas, former }, { name, replicas: count, former: null });
  }
}

/** A world whose consumers stopped reading a while ago, so that they lag. */
function lagging(): World {
  const world = new World();
  world.lagging = true;
  world.pass(5000);
  return world;
}

/** Data records before an offset. */
const before = (world: World, side: "source" | "target", name: string, offset: string | bigint | null): number =>
  world.logs[side]
    .get(name)!
    .slice(0, Number(offset ?? 0))
    .filter((kind) => kind === "data").length;

/** Each group goes on at the copy of the first record that it has not read. */
function assertPlaces(world: World, entry: LedgerEntry, from: "source" | "target"): void {
  const to = from === "source" ? "target" : "source";
  assert.ok(entry.groups.length > 0);
  for (const { topic, partition, committed, placed } of entry.groups) {
    const name = `${topic}[${partition}]`;
    assert.equal(before(world, to, name, placed), before(world, from, name, committed), name);
  }
}

async function moved(): Promise<{ world: World; entry: LedgerEntry }> {
  const world = lagging();
  const entry = await switchConsumers(world.effects(), exact);
  world.startOn("target", "consumer");
  world.lagging = false;
  return { world, entry };
}

describe("the switch of consumers that move first", () => {
  it("places every group at the copy of its first unread record, while the producers write on", async () => {
    const world = lagging();
    const written = world.records("source", "foo[0]");
    const entry = await switchConsumers(world.effects(), exact);
    assertPlaces(world, entry, "source");
    assert.ok(world.records("source", "foo[0]") > written, "the producers stood still");
    assertRunning(world, { "foo-producer": 1, "orders-producer": 3 });
    const forecast = /^group foo-consumer: MirrorMaker 2's own offsets would repeat \d+ records?$/;
    assert.ok(
      world.lines.some((line) => forecast.test(line)),
      world.lines.join("\n"),
    );
    assert.ok(entry.groups.some(({ topic, committed }) => topic === "foo" && Number(committed) < written));
    assert.deepEqual(
      entry.groups.filter(({ repeats }) => repeats !== undefined),
      [],
    );
    for (const { group, topic, partition, placed } of entry.groups) {
      assert.equal(world.committed.target.get(group)!.get(`${topic}[${partition}]`), BigInt(placed));
    }
  });

  it("waits until the mirror has copied what the groups have read", async () => {
    const world = new World();
    world.connectors.set("guide-source-all", "PAUSED");
    world.pass(3000);
    const resumed = world.effects();
    const { pause } = resumed.pace;
    let waits = 0;
    resumed.pace.pause = async (milliseconds) => {
      if (world.workloads.get("foo-consumer")!.pods === 0 && ++waits === 6) {
        world.connectors.set("guide-source-all", "RUNNING");
      }
      await pause(milliseconds);
    };
    assertPlaces(world, await switchConsumers(resumed, exact), "source");
  });

  it("lets the consumers read on where the mirror does not copy in time", async () => {
    const world = new World();
    world.stuck = "foo[0]";
    world.pass(3000);
    await assert.rejects(
      switchConsumers(world.effects(), exact),
      /group foo-consumer: foo\[0\] has records left to mirror after 30 s\. The consumers are reading from the source again; nothing was moved\./,
    );
    assertRunning(world, counts);
    assert.deepEqual(world.entries, []);
  });

  it("lets the consumers read on where a place cannot be proved, naming every group", async () => {
    const world = lagging();
    const { proof } = world;
    world.proof = (direction, position) =>
      position.topic === "empty" ? proof(direction, position) : refused(`${position.topic} has a duplicate`);
    await assert.rejects(switchConsumers(world.effects(), exact), /group foo-consumer: foo has a duplicate/);
    await assert.rejects(switchConsumers(world.effects(), exact), /group orders-consumer: orders has a duplicate/);
    assertRunning(world, counts);
  });

  it("takes MirrorMaker 2's offset where config allows a group to read again, and says how much", async () => {
    const world = lagging();
    const { proof } = world;
    world.proof = (direction, position) =>
      position.topic === "foo" ? refused("foo has a duplicate") : proof(direction, position);
    const groups = scope.groups.map((group) =>
      group.name === "foo-consumer" ? { ...group, allowRedelivery: true } : group,
    );
    const entry = await switchConsumers(world.effects(), { ...exact, scope: { ...scope, groups } });
    const { placed, repeats } = entry.groups.find(({ topic }) => topic === "foo")!;
    assert.deepEqual([placed, repeats], ["3", 12]);
    assert.ok(world.lines.some((line) => line.startsWith("group foo-consumer will read 12 records again")));
  });

  /** A scope whose group `orders-consumer` is read as the config says. */
  const ordersRead = (reads: GroupReads): SwitchInputs => ({
    ...exact,
    scope: {
      ...scope,
      groups: scope.groups.map((group) => (group.name === "orders-consumer" ? { ...group, ...reads } : group)),
    },
  });
  /** As if the group had never committed in `orders[1]`, which holds records. */
  function uncommitted(): World {
    const world = lagging();
    world.committed.source.get("orders-consumer")!.delete("orders[1]");
    return world;
  }

  it("begins at the end that the partition had while the group still ran, where the config says latest", async () => {
    const world = uncommitted();
    const running = world.records("source", "orders[1]");
    const entry = await switchConsumers(world.effects(), ordersRead({ unread: "latest" }));
    const one = entry.groups.find(({ topic, partition }) => topic === "orders" && partition === 1)!;
    assert.deepEqual([one.committed, one.unread], [null, "latest"]);
    assert.equal(before(world, "target", "orders[1]", one.placed), running);
    assert.ok(world.records("source", "orders[1]") > running, "nothing was written while the consumers were stopped");
    assert.ok(
      world.lines.includes(
        "group orders-consumer begins at the end of 1 partition that it has never committed, as unread says",
      ),
      world.lines.join("\n"),
    );
    assert.equal(entry.groups.filter(({ unread }) => unread !== undefined).length, 1);
  });

  it("goes back to where a group began that has lost its offset on the target", async () => {
    const world = uncommitted();
    const entry = await switchConsumers(world.effects(), ordersRead({ unread: "latest" }));
    world.startOn("target", "consumer");
    world.committed.target.get("orders-consumer")!.delete("orders[1]");
    const { placed } = entry.groups.find(({ topic, partition }) => topic === "orders" && partition === 1)!;
    const returned = await returnGroups(world.effects(), scope, entry, "mirror", backPatience);
    const back = returned.groups.find(({ topic, partition }) => topic === "orders" && partition === 1)!;
    assert.equal(before(world, "source", "orders[1]", back.placed), before(world, "target", "orders[1]", placed));
  });

  it("places a group in no other partitions than those that it reads", async () => {
    const world = uncommitted();
    const entry = await switchConsumers(world.effects(), ordersRead({ partitions: { orders: [0] } }));
    const placed = entry.groups.filter(({ topic }) => topic === "orders").map(({ partition }) => partition);
    assert.deepEqual(placed, [0]);
    assertPlaces(world, entry, "source");
  });

  it("reads on where a group has committed in a partition that the config leaves out", async () => {
    const world = uncommitted();
    await assert.rejects(
      switchConsumers(world.effects(), ordersRead({ partitions: { orders: [1] } })),
      /group orders-consumer has committed in orders\[0\], which its partitions in groups\.migrate leave out; name these .* The consumers are reading from the source again/,
    );
    assertRunning(world, counts);
  });

  it("refuses before stopping anybody while Connect runs MirrorMaker 2's own sync of offsets", async () => {
    const world = lagging();
    world.configs.set("guide-checkpoint", { "sync.group.offsets.enabled": "true" });
    const forbidden = world.effects(() => {
      throw new Error("something was changed");
    });
    await assert.rejects(
      switchConsumers(forbidden, exact),
      /connector guide-checkpoint runs with sync\.group\.offsets\.enabled true, .* No workload was stopped\./,
    );
  });

  it("puts everything back when any one change is refused, and is taken up when killed after any", async () => {
    let count = 0;
    await switchConsumers(
      lagging().effects((change) => ((count = change), null)),
      exact,
    );
    assert.ok(count > 5);
    for (let at = 1; at <= count; at += 1) {
      const failing = lagging();
      const error = failing.effects((change) => (change === at ? "error" : null));
      await assert.rejects(switchConsumers(error, exact), /refused\. The consumers are reading from the source again/);
      assertRunning(failing, counts);

      const killed = lagging();
      const kill = killed.effects((change) => (change === at ? "kill-after" : null));
      await assert.rejects(switchConsumers(kill, exact));
      assertPlaces(killed, await switchConsumers(killed.effects(), exact), "source");
      assert.equal(killed.entries.filter(({ voidOnly }) => !voidOnly).length, 1);
    }
  });

  it("holds once the groups read on the target, and goes on to the producers' switch", async () => {
    const { world, entry } = await moved();
    world.pass(3000);
    assert.deepEqual(await switchConsumers(world.effects(), exact), entry);
    const producers = await switchProducers(world.effects(), inputs("producers"));
    assert.equal(world.records("target", "foo[0]"), world.records("source", "foo[0]"));
    assert.equal(producers.number, 2);
  });
});

describe("the way back of consumers that moved first", () => {
  const back = (world: World, entry: LedgerEntry, effects = world.effects()) =>
    returnGroups(effects, scope, entry, "mirror", backPatience);

  it("puts each group at the original of its first unread record, and restores what stood on the target", async () => {
    const world = lagging();
    world.committed.target.set("foo-consumer", new Map([["foo[0]", 3n]]));
    const entry = await switchConsumers(world.effects(), exact);
    assert.equal(entry.groups.find(({ topic }) => topic === "foo")!.before, "3");
    world.startOn("target", "consumer");
    world.lagging = false;
    world.pass(2000);
    const voided = await back(world, entry);
    assertPlaces(world, voided, "target");
    assert.ok(voided.voidOnly && voided.voids === entry.number);
    assert.deepEqual([...world.committed.target.get("foo-consumer")!], [["foo[0]", 3n]]);
    assert.deepEqual([...world.committed.target.get("orders-consumer")!], []);
    for (const { group, topic, partition, placed } of voided.groups) {
      assert.ok(world.committed.source.get(group)!.get(`${topic}[${partition}]`)! >= BigInt(placed));
    }
    // They run there already.
    assertRunning(world, counts);
    assert.equal(world.side.consumer, "source");
    world.pass(2000);
    assertPlaces(world, await switchConsumers(world.effects(), exact), "source");
  });

  it("leaves the consumers running on the target when a change is refused before its entry", async () => {
    let count = 0;
    const { world: first, entry } = await moved();
    await back(
      first,
      entry,
      first.effects((change) => ((count = change), null)),
    );
    for (let at = 1; at <= count; at += 1) {
      const { world, entry: placed } = await moved();
      world.pass(2000);
      const run = back(
        world,
        placed,
        world.effects((change) => (change === at ? "error" : null)),
      );
      const failed = await run.then(
        () => null,
        (error: Error) => error.message,
      );
      if (failed === null) assert.equal(world.entries.length, 2, "only what comes after the entry may fail quietly");
      else {
        assert.match(failed, /groups cannot go back to the source: .* refused\. The consumers run where they were/);
        assertRunning(world, counts);
      }
    }
  });

  it("is taken up when killed after any change", async () => {
    let count = 0;
    const { world: first, entry } = await moved();
    await back(
      first,
      entry,
      first.effects((change) => ((count = change), null)),
    );
    for (let at = 1; at <= count; at += 1) {
      const { world, entry: placed } = await moved();
      world.pass(2000);
      await assert.rejects(
        back(
          world,
          placed,
          world.effects((change) => (change === at ? "kill-after" : null)),
        ).then(() => {
          throw new Error("done");
        }),
      );
      // What the ledger says decides whether it is done again.
      const voided = world.entries.find(({ voids }) => voids === placed.number) ?? (await back(world, placed));
      assertPlaces(world, voided, "target");
    }
  });
});

describe("the switch of twins", () => {
  const twin = (name: string): Scope["workloads"][number] => ({
    ...scope.workloads.find((each) => each.name === name)!,
    name: `${name}-twin`,
    role: "twin",
    of: name,
  });
  const both: Scope = {
    ...scope,
    mirror: null,
    workloads: [...scope.workloads, twin("foo-consumer"), twin("orders-consumer")],
  };
  const twins: SwitchInputs = { ...inputs("twins", "at-start"), scope: both };
  const unmirrored = (what: "producers" | "consumers"): SwitchInputs => ({ ...inputs(what, "kept"), scope: both });

  function apart(): World {
    const world = new World();
    world.connectors.clear();
    for (const name of world.logs.target.keys()) world.logs.target.set(name, []);
    for (const name of ["foo-consumer-twin", "orders-consumer-twin"]) {
      world.workloads.set(name, { replicas: 0, former: null, pods: 0, goneAt: 0 });
    }
    return world;
  }

  it("places every group at the beginning, and gives each twin its consumer's replicas; nobody else is stopped", async () => {
    const world = apart();
    Object.assign(world.workloads.get("orders-consumer")!, { replicas: 2, pods: 2 });
    const entry = await switchTwins(world.effects(), twins);
    assert.deepEqual(new Set(entry.groups.map(({ placed }) => placed)), new Set(["0"]));
    assert.equal(entry.groups.length, 4);
    assert.deepEqual(world.workloads.get("foo-consumer-twin")!.former, 1);
    assert.deepEqual(world.workloads.get("orders-consumer-twin")!.former, 2);
    assertRunning(world, { "foo-consumer": 1, "orders-consumer": 2, "foo-producer": 1 });
    assert.deepEqual(await switchTwins(world.effects(), twins), entry);
  });

  describe("are left behind by a row before theirs", () => {
    const ledger = { scope: both, row: "prepare", entries: [], behind: [], bothRead: false, ...backPatience };
    const names = ["foo-consumer-twin", "orders-consumer-twin"];
    const left = (world: World, entry: LedgerEntry, done: () => Promise<string | null>) =>
      leaveBehind(world.effects(), ledger, { entry, rest: false }, done);
    async function reading(): Promise<{ world: World; entry: LedgerEntry }> {
      const world = apart();
      const entry = await switchTwins(world.effects(), twins);
      for (const name of names) Object.assign(world.workloads.get(name)!, { replicas: 1, former: null });
      return { world, entry };
    }

    it("and stay stopped, their entry void", async () => {
      const { world, entry } = await reading();
      await left(world, entry, async () => null);
      assert.deepEqual(
        names.map((name) => [world.workloads.get(name)!.replicas, world.workloads.get(name)!.former]),
        [
          [0, 1],
          [0, 1],
        ],
      );
      assert.equal(world.entries.at(-1)!.voids, entry.number);
    });

    for (const [when, done, error] of [
      ["a broker is away", () => Promise.reject(new Error("no broker")), /^Error: no broker$/],
      ["they have not read everything", async () => "records; wait until they have", /no way back yet: records; wait/],
    ] as const)
      it(`and run again if ${when}: it could not come true while they are stopped`, async () => {
        const { world, entry } = await reading();
        await assert.rejects(left(world, entry, done), error);
        assertRunning(world, { "foo-consumer-twin": 1, "orders-consumer-twin": 1 });
        assert.equal(liveEntry(world.entries, "twins")?.number, entry.number);
      });
  });

  it("refuses a target that holds records, before any twin is touched", async () => {
    const world = apart();
    world.logs.target.get("orders[1]")!.push("data");
    await assert.rejects(
      switchTwins(
        world.effects(() => {
          throw new Error("something was changed");
        }),
        twins,
      ),
      /twins cannot begin: orders\[1\] on the target already holds records, .* No consumer was stopped, no twin was started/,
    );
  });

  it("lets producers move without a mirror only to a target that holds nothing", async () => {
    const world = apart();
    world.logs.target.get("foo[0]")!.push("data");
    await assert.rejects(
      switchProducers(world.effects(), unmirrored("producers")),
      /foo\[0\] on the target holds records that this migration did not write; .* The producers are writing to the source again/,
    );
    assertRunning(world, { "foo-producer": 1, "orders-producer": 3 });
    world.logs.target.set("foo[0]", []);
    const entry = await switchProducers(world.effects(), unmirrored("producers"));
    for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
      assert.deepEqual([sourceEnd, targetEnd], [String(world.logs.source.get(`${topic}[${partition}]`)!.length), "0"]);
    }
  });

  it("waits without a mirror, too, for a transaction that is open on the source, and names it", async () => {
    const world = apart();
    world.logs.source.get("orders[0]")!.push("open", "open");
    await assert.rejects(
      switchProducers(world.effects(), unmirrored("producers")),
      /the source is still written to after 20 s: orders\[0\] has an open transaction; .* The producers are writing to the source again/,
    );
    assert.deepEqual(world.entries, []);
    assertRunning(world, { "foo-producer": 1, "orders-producer": 3 });
  });

  it("stops the consumers for good once they have read the source to its end, and places nothing", async () => {
    const world = apart();
    await switchTwins(world.effects(), twins);
    await switchProducers(world.effects(), unmirrored("producers"));
    world.startOn("target", "producer");
    world.pass(3000);
    const entry = await switchConsumers(world.effects(), unmirrored("consumers"));
    assert.deepEqual(entry.groups, []);
    for (const name of Object.keys(counts)) assert.equal(world.workloads.get(name)!.replicas, 0, name);
    assert.deepEqual(await switchConsumers(world.effects(), unmirrored("consumers")), entry);
  });
});

const refused = (reason: string) => ({ kind: "refused" as const, reason, translated: 3n, repeats: 12 });
