import assert from "node:assert/strict";
import { compareSince, type Progress, type SinceReading } from "../runtime/switch/copied-since.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { inputs, scopeWithBack as scope, World } from "./switch-world.ts";

async function moved(): Promise<World> {
  const world = new World();
  await switchProducers(world.effects(), { ...inputs("producers"), scope, starts: true });
  for (const name of ["guide-source-all", "guide-checkpoint", "guide-heartbeat"]) world.connectors.set(name, "STOPPED");
  world.pass(3000);
  await switchConsumers(world.effects(), { ...inputs("consumers"), scope, starts: true });
  world.openWayBack();
  world.pass(5000);
  return world;
}

/** Readings of a world; `busy` lets the mirror back commit between two of them. */
function readingOf(world: World, options: { looks?: number; busy?: () => boolean; most?: number } = {}) {
  const { busy = () => false, most = Number.POSITIVE_INFINITY } = options;
  let { looks = 5 } = options;
  const { kafka, back } = world.effects();
  let read = 0;
  const reading: SinceReading = {
    logs: (side) => kafka.logs(side),
    positions: async () => {
      if (busy()) world.pass(500);
      return back!.positions("stable");
    },
    count: async (side, ranges) => {
      const found = await kafka.count(side, ranges, "read_committed");
      read += found.reduce((sum, { records }) => sum + records, 0);
      return found.map((one, index) => {
        if (one.records <= most) return one;
        // What a limit leaves: as many as it allows, and the last of them.
        const to = ranges[index]!.from + BigInt(most);
        const part = world.counted(side, { ...ranges[index]!, to }, "read_committed");
        return { ...part, exact: false, last: { offset: to - 1n, timestamp: 0n, producer: null } };
      });
    },
    pause: async () => {
      world.pass(500);
      return --looks > 0;
    },
  };
  return { reading, read: () => read };
}

const compare = (world: World, reading: SinceReading, progress = new Map<string, Progress>(), of = scope) =>
  compareSince(reading, of, world.opened!, progress);

describe("what the source holds since the way back opened", () => {
  it("is what was copied back, and nothing else", async () => {
    const world = await moved();
    const found = await compare(world, readingOf(world).reading);
    assert.deepEqual(found.foreign, new Map());
    assert.deepEqual([...found.equal].sort(), ["empty[0]", "foo[0]", "orders[0]", "orders[1]"]);
    const back = (name: string) => world.records("target", name) - world.records("source", name);
    assert.ok(found.copied > 10 && back("foo[0]") <= 1, `${found.copied} records`);
  });

  it("shows somebody else's records by partition, with their number and place", async () => {
    const world = await moved();
    world.logs.source.get("orders[1]")!.push("data", "data");
    const from = world.opened!.from.get("orders[1]")!.source;
    const { foreign, equal } = await compare(world, readingOf(world).reading);
    const to = BigInt(world.logs.source.get("orders[1]")!.length);
    assert.deepEqual(foreign, new Map([["orders[1]", { records: 2, from, to }]]));
    assert.equal(equal.length, 3);
  });

  it("takes nothing for somebody else's that the mirror back writes just then", async () => {
    const world = await moved();
    let reads = 0;
    const busy = () => ++reads < 8;
    const found = await compare(world, readingOf(world, { busy, looks: 9 }).reading);
    assert.deepEqual([found.foreign.size, found.undecided], [0, []]);
    const always = await compare(world, readingOf(world, { busy: () => true, looks: 3 }).reading);
    assert.equal(always.foreign.size, 0);
    assert.ok(always.undecided.includes("foo[0]"), always.undecided.join());
  });

  it("counts nothing twice, and goes on where a limit has stopped it", async () => {
    const world = await moved();
    const progress = new Map<string, Progress>();
    const limited = await compare(world, readingOf(world, { most: 4 }).reading, progress);
    assert.ok(limited.undecided.includes("foo[0]"));
    let rest = limited;
    for (let reading = 0; rest.undecided.length > 0 && reading < 40; reading++)
      rest = await compare(world, readingOf(world, { most: 4 }).reading, progress);
    assert.deepEqual([rest.undecided, rest.foreign], [[], new Map()]);
    const again = readingOf(world);
    await compare(world, again.reading, progress);
    assert.ok(again.read() <= 4, `${again.read()} records read once more`);
  });

  it("leaves out what it cannot compare: accepted, compacted, removed by retention before it was counted", async () => {
    const world = await moved();
    world.logs.source.get("orders[1]")!.push("data");
    const to = world.logs.source.get("orders[1]")!.length;
    const stragglers = [{ topic: "orders", partition: 1, to: String(to) }];
    const reverse = { ...scope.mirror!.reverse!, compacted: ["empty"] };
    world.expire("source", "foo[0]", world.logs.source.get("foo[0]")!.length - 1);
    const of = { ...scope, stragglers, mirror: { ...scope.mirror!, reverse } };
    const { left, foreign, equal } = await compare(world, readingOf(world).reading, new Map(), of);
    assert.deepEqual([[...left].sort(), foreign.size, equal], [["empty[0]", "foo[0]", "orders[1]"], 0, ["orders[0]"]]);
  });

  it("is too little where the source has lost what came back, and is waited for while a transaction is open there", async () => {
    const world = await moved();
    // The last copies and their markers, as a replica that was not in sync would lack them.
    const log = world.logs.source.get("orders[1]")!;
    const lost = log.splice(-4);
    const records = lost.filter((kind) => kind === "data").length;
    const found = await compare(world, readingOf(world).reading);
    assert.deepEqual(found.lacking, new Map([["orders[1]", records]]));
    assert.ok(records > 0 && !found.equal.includes("orders[1]"));
    log.push("open");
    const open = await compare(world, readingOf(world, { looks: 2 }).reading);
    assert.deepEqual([open.lacking.size, open.undecided], [0, ["orders[1]"]]);
  });

  it("is too little where the topic was made again since it was counted", async () => {
    const world = await moved();
    const progress = new Map<string, Progress>();
    assert.equal((await compare(world, readingOf(world).reading, progress)).lacking.size, 0);
    world.recreate("source", "foo");
    const { lacking, equal } = await compare(world, readingOf(world).reading, progress);
    assert.ok((lacking.get("foo[0]") ?? 0) > 0);
    assert.ok(!equal.includes("foo[0]"));
  });
});
