import assert from "node:assert/strict";
import type { SwitchInputs } from "../runtime/model/inputs.ts";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { strandedAgain } from "../runtime/switch/move.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import {
  assertMirror,
  assertUntouched,
  former,
  producers,
  producersMoved,
  silences,
} from "./support/switch-asserts.ts";
import { inputs, World } from "./switch-world.ts";

const whole: SwitchInputs = { ...producers, starts: true };
const reading: SwitchInputs = { ...inputs("consumers"), starts: true };
const readers = { "foo-consumer": 1, "orders-consumer": 1 };

type Fate = "error" | "kill" | "kill-after";

/** Every change that a run makes, in order. */
async function changesOf(run: (world: World, at?: number, fate?: Fate) => Promise<unknown>, world: World) {
  const found: string[] = [];
  const effects = world.effects.bind(world);
  world.effects = () => effects((_, what) => (found.push(what), null));
  await run(world);
  return found;
}

const move = (world: World, at = 0, fate: Fate = "error") =>
  switchProducers(
    world.effects((change) => (change === at ? fate : null)),
    whole,
  );

/** Each record is in the log that its readers get to: all of the source's are on the target, before any of the target's own. */
function assertNothingLost(world: World): void {
  const entry = liveEntry(world.entries, "producers")!;
  for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
    const name = `${topic}[${partition}]`;
    const data = (side: "source" | "target", end: string) =>
      world.logs[side]
        .get(name)!
        .slice(0, Number(end))
        .filter((kind) => kind === "data").length;
    assert.equal(world.logs.source.get(name)!.length, Number(sourceEnd), `${name} grew on the source after the move`);
    assert.equal(data("target", targetEnd), data("source", sourceEnd), `${name} was not copied whole`);
  }
}

describe("putting back what a failed move has stopped", () => {
  /** Every change and every look is refused at once between two moments, as by a control plane that starts again. */
  const away = (world: World, from: string, seconds: number) => {
    let until = Number.POSITIVE_INFINITY;
    let gone = false;
    const effects = world.effects((_, what) => {
      if (what === from && !gone) [gone, until] = [true, world.now + seconds * 1000];
      return gone && world.now < until ? "error" : null;
    });
    const { pause } = effects.restoringPace;
    return {
      ...effects,
      restoringSeconds: 120,
      restoringPace: {
        ...effects.restoringPace,
        pause: async (milliseconds: number) => {
          await pause(milliseconds);
          if (gone && world.now < until) throw new Error("Lease guide-switch could not be renewed for 60 s");
        },
      },
    };
  };

  for (const from of ["stop", "append", "point"]) {
    it(`waits for an API server that is away for 90 s from "${from}" on, and leaves nobody stopped`, async () => {
      const world = new World();
      await assert.rejects(switchProducers(away(world, from, 90), whole), /writing to the source again/);
      assertUntouched(world, former);
      assertMirror(world, "RUNNING");
      assert.equal(liveEntry(world.entries, "producers"), null);
      const said = world.lines.filter((line) => line.startsWith("putting back is tried again for up to 120 s: "));
      assert.ok(said.length > 0, "whoever looks on is told at once");
    });
  }

  it("is given up by time, with the commands that do it by hand", async () => {
    const world = new World();
    const startedAt = world.now;
    await assert.rejects(switchProducers(away(world, "stop", 600), whole), /could not be started again .*run: kubectl/);
    assert.ok(world.now - startedAt >= 120_000, `${world.now - startedAt} ms`);
  });

  it("writes once that an entry is void, although the answer to the first attempt was lost", async () => {
    const world = new World();
    const effects = world.effects();
    const { append } = effects.ledger;
    let lost = false;
    const ledger = {
      ...effects.ledger,
      append: async (...draft: Parameters<typeof append>) => {
        const entry = await append(...draft);
        if (entry.voidOnly !== true || lost) return entry;
        lost = true;
        throw new Error("no answer");
      },
    };
    let points = 0;
    const addresses = {
      ...effects.addresses,
      point: async (...args: Parameters<typeof effects.addresses.point>) => {
        points += 1;
        if (points === 1) throw new Error("point refused");
        if (args[1] === "target") await effects.addresses.point(...args);
      },
    };
    await assert.rejects(switchProducers({ ...effects, ledger, addresses }, whole), /writing to the source again/);
    assert.ok(lost);
    assert.equal(world.entries.filter(({ voidOnly }) => voidOnly).length, 1);
    assertUntouched(world, former);
  });
});

describe("a move of producers, from the fence to the first record at the target", () => {
  it("ends with the producers running at the target", async () => {
    const world = new World();
    await move(world);
    assertUntouched(world, former);
    assert.equal(world.side.producer, "target");
    const before = world.records("target", "foo[0]");
    world.pass(3000);
    assert.ok(world.records("target", "foo[0]") > before);
    assertNothingLost(world);
  });

  it("stops nobody if something would be refused at the target", async () => {
    const world = new World();
    world.refused = "Secret demo/nowhere does not exist";
    await assert.rejects(move(world), /Secret demo\/nowhere does not exist\. No workload was stopped\.$/);
    assertUntouched(world, former);
    assert.ok(world.lines.every((line) => !line.includes("at 0 pods")));
  });

  it("stops nobody if a topic is another one than the mirror began with", async () => {
    const world = new World();
    world.recreated = "foo";
    await assert.rejects(move(world), /made again on the source: foo\. No workload was stopped\.$/);
    assertUntouched(world, former);
    assert.ok(world.lines.every((line) => !line.includes("at 0 pods")));
  });

  it("leaves the producers writing whichever change is refused, and ends with the next run", async () => {
    const changes = await changesOf(move, new World());
    assert.ok(changes.includes("point"));
    for (let at = 1; at <= changes.length; at += 1) {
      const where = `change ${at}, ${changes[at - 1]}`;
      const world = new World();
      const failed = await move(world, at).then(
        () => null,
        (error: Error) => error.message,
      );
      world.pass(60_000);
      const writes = world.records(world.side.producer, "foo[0]");
      world.pass(2_000);
      const pointed = changes.indexOf("point") + 1;
      if (failed !== null && at <= pointed) {
        assertUntouched(world, former);
        assert.equal(world.side.producer, "source", where);
        assertMirror(world, "RUNNING");
        assert.equal(liveEntry(world.entries, "producers"), null, where);
      }
      if (failed !== null && at > pointed) {
        assert.match(failed, /were started at the target, so nothing is put back: ledger entry 1 holds/, where);
        assert.equal(world.side.producer, "target", where);
      }
      if (changes[at - 1] !== "scale" || at <= pointed)
        assert.ok(world.records(world.side.producer, "foo[0]") > writes, `nobody writes after ${where}: ${failed}`);
      await move(world);
      assertUntouched(world, former);
      assert.equal(world.side.producer, "target", where);
      world.pass(2_000);
      assertNothingLost(world);
    }
  });

  for (const fate of ["kill", "kill-after"] as const)
    it(`is taken up by the next run when killed ${fate === "kill" ? "before" : "after"} any change`, async () => {
      const changes = await changesOf(move, new World());
      for (let at = 1; at <= changes.length; at += 1) {
        const world = new World();
        await assert.rejects(move(world, at, fate));
        world.pass(20_000);
        await move(world);
        assertUntouched(world, former);
        assert.equal(world.side.producer, "target", `killed at ${at}, ${changes[at - 1]}`);
        world.pass(2_000);
        assertNothingLost(world);
      }
    });

  for (const [who, silenced] of Object.entries(silences))
    it(`has the producers writing on one side when a killed one is taken up and ${who} gives no answer`, async () => {
      const changes = await changesOf(move, new World());
      for (let at = 1; at <= changes.length; at += 1) {
        const where = `killed after ${at}, ${changes[at - 1]}`;
        const world = new World();
        await assert.rejects(move(world, at, "kill-after"));
        world.pass(60_000);
        const failed = await switchProducers(silenced(world.effects()), whole).then(
          () => "",
          (error: Error) => error.message,
        );
        world.pass(60_000);
        const moved = liveEntry(world.entries, "producers") !== null;
        // Where somebody may be pointed at the target, the ledger alone knows whether they belong there.
        const unknown = who === "the ledger" && world.side.producer === "target" && at < changes.length;
        if (unknown) assert.match(failed, /stay stopped, since .*-producer.* the ledger could not be read/, where);
        else assertUntouched(world, former);
        if (who !== "the ledger") {
          assert.equal(world.side.producer, moved ? "target" : "source", `${where}: ${failed}`);
          assertMirror(world, moved ? "STOPPED" : "RUNNING");
        }
        await move(world);
        assertUntouched(world, former);
        assert.equal(world.side.producer, "target", where);
        world.pass(2_000);
        assertNothingLost(world);
      }
    });

  it("has what a killed one left stopped started where it belongs while a gate is closed", async () => {
    const changes = await changesOf(move, new World());
    let [there, here] = [0, 0];
    for (let at = 1; at <= changes.length; at += 1) {
      const where = `killed after ${at}, ${changes[at - 1]}`;
      const world = new World();
      await assert.rejects(move(world, at, "kill-after"));
      world.pass(60_000);
      const fenced = Object.keys(former).some((name) => world.workloads.get(name)!.former !== null);
      const said = await strandedAgain(world.effects(), whole);
      assert.equal(said !== null, fenced, where);
      assertUntouched(world, former);
      const moved = liveEntry(world.entries, "producers") !== null;
      if (fenced) {
        assert.match(
          said!,
          moved ? /started at the target, as ledger entry 1 says\.$/ : /writing to the source again/,
          where,
        );
        assertMirror(world, moved ? "STOPPED" : "RUNNING");
        if (moved) there++;
        else here++;
      }
      assert.equal(world.side.producer, moved ? "target" : "source", where);
      await move(world);
      world.pass(2_000);
      assertNothingLost(world);
    }
    assert.ok(there > 0 && here > 0, `${there} at the target, ${here} on the source`);
  });

  it("keeps producers stopped that cannot be pointed back, and goes on to the target with the next run", async () => {
    const world = new World();
    const effects = world.effects((_, what) => (what === "point" ? "error" : null));
    await assert.rejects(
      switchProducers(effects, whole),
      /could not be pointed back at the source \(point refused\), so they stay stopped; .* from ledger entry 1\./,
    );
    assert.equal(world.workloads.get("foo-producer")!.replicas, 0);
    await move(world);
    assertUntouched(world, former);
    assert.equal(world.side.producer, "target");
    assertNothingLost(world);
  });

  it("starts every producer at the target although the API server refuses to scale one, once", async () => {
    const world = new World();
    let pointed = false;
    let refused = 0;
    const effects = world.effects((_, what) => {
      pointed ||= what === "point";
      return pointed && what === "scale" && (refused += 1) === 1 ? "error" : null;
    });
    await switchProducers(effects, whole);
    assert.ok(refused > 1);
    assertUntouched(world, former);
    assert.equal(world.side.producer, "target");
  });

  it("goes forward when it is repeated after the producers have written at the target", async () => {
    const world = new World();
    await move(world);
    world.pass(3_000);
    const entries = world.entries.length;
    await move(world);
    assert.equal(world.entries.length, entries);
    assert.equal(world.side.producer, "target");
  });
});

describe("a move of consumers, from the fence to the first record read at the target", () => {
  const read = (world: World, at = 0, fate: Fate = "error") =>
    switchConsumers(
      world.effects((change) => (change === at ? fate : null)),
      reading,
    );

  /** The groups read on from where their entry has placed them. */
  function assertReads(world: World, where: string): void {
    assertUntouched(world, readers);
    assert.equal(world.side.consumer, "target", where);
    const entry = liveEntry(world.entries, "consumers")!;
    for (const { group, topic, partition, placed } of entry.groups) {
      const at = world.committed.target.get(group)?.get(`${topic}[${partition}]`);
      assert.ok(at !== undefined && at >= BigInt(placed), `${where}: ${group} reads ${topic} from ${at}`);
    }
  }

  it("leaves the consumers reading whichever change is refused, and ends with the next run", async () => {
    const changes = await changesOf(read, await producersMoved());
    const pointed = changes.indexOf("point") + 1;
    assert.ok(pointed > 0);
    for (let at = 1; at <= changes.length; at += 1) {
      const where = `change ${at}, ${changes[at - 1]}`;
      const world = await producersMoved();
      const failed = await read(world, at).then(
        () => null,
        (error: Error) => error.message,
      );
      if (failed !== null && at <= pointed) {
        assertUntouched(world, readers);
        assert.equal(world.side.consumer, "source", where);
        assert.equal(liveEntry(world.entries, "consumers"), null, where);
      }
      world.pass(2_000);
      await read(world);
      world.pass(2_000);
      assertReads(world, where);
    }
  });

  it("has everybody reading from one side when a killed one is taken up and Connect gives no answer", async () => {
    const changes = await changesOf(read, await producersMoved());
    for (let at = 1; at <= changes.length; at += 1) {
      const where = `killed after ${at}, ${changes[at - 1]}`;
      const world = await producersMoved();
      await assert.rejects(read(world, at, "kill-after"));
      world.pass(60_000);
      await switchConsumers(silences.Connect(world.effects()), reading).catch(() => undefined);
      world.pass(60_000);
      assertUntouched(world, readers);
      const moved = liveEntry(world.entries, "consumers") !== null;
      assert.equal(world.side.consumer, moved ? "target" : "source", where);
      await read(world);
      world.pass(2_000);
      assertReads(world, where);
    }
  });

  it("is taken up by the next run when killed after any change", async () => {
    const changes = await changesOf(read, await producersMoved());
    for (let at = 1; at <= changes.length; at += 1) {
      const world = await producersMoved();
      await assert.rejects(read(world, at, "kill-after"));
      world.pass(20_000);
      await read(world);
      world.pass(2_000);
      assertReads(world, `killed after ${at}, ${changes[at - 1]}`);
    }
  });
});

describe("a move of consumers that is repeated, each group by itself", () => {
  it("places the group that went back to the source again, and leaves the one that reads at the target", async () => {
    const exact: SwitchInputs = { ...inputs("consumers", "exact"), starts: true };
    const world = new World();
    const first = await switchConsumers(world.effects(), exact);
    world.pass(3_000);
    const placed = new Map(first.groups.map((each) => [`${each.group} ${each.topic}[${each.partition}]`, each]));
    // An external consumer of the other group was started on the source again, and its twin at the target never was.
    const back = "orders-consumer";
    world.committed.target.set(
      back,
      new Map(
        [...world.committed.target.get(back)!.keys()].map((name) => [
          name,
          BigInt(placed.get(`${back} ${name}`)!.placed),
        ]),
      ),
    );
    world.workloads.get(back)!.replicas = 0;
    world.workloads.get(back)!.pods = 0;
    const read = world.committed.source.get(back)!;
    for (const name of read.keys()) read.set(name, BigInt(world.logs.source.get(name)!.lastIndexOf("data") + 1));
    const second = await switchConsumers(world.effects(), exact);
    assert.equal(second.voids, first.number);
    const of = (group: string, entry: typeof first) => entry.groups.filter((each) => each.group === group);
    assert.deepEqual(of("foo-consumer", second), of("foo-consumer", first), "was placed again although it reads there");
    for (const { topic, partition, committed, placed: now } of of(back, second)) {
      const name = `${topic}[${partition}]`;
      assert.equal(committed, read.get(name)!.toString());
      assert.ok(BigInt(now) >= BigInt(placed.get(`${back} ${name}`)!.placed), name);
    }
    assert.ok(of(back, second).some(({ committed }, at) => committed !== of(back, first)[at]!.committed));
  });
});
