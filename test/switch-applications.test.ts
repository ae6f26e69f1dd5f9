import assert from "node:assert/strict";
import type { SwitchInputs } from "../runtime/model/inputs.ts";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import { closedTopics, scopeOfWave } from "../runtime/model/waves.ts";
import { switchApplications } from "../runtime/switch/applications.ts";
import { evidenceOf } from "../runtime/switch/evidence.ts";
import { leaveApplications } from "../runtime/switch/ledger-row.ts";
import { leftToMirror } from "../runtime/switch/mirror-drain.ts";
import { shop } from "./support/registries.ts";
import { RegistryModel } from "./support/registry-model.ts";
import { assertMirror, assertUntouched, backPatience, former, silences } from "./support/switch-asserts.ts";
import { waveInputs, waveNames, wavesScope, wavesWorld } from "./support/waves-world.ts";
import { inputs, parsed, World } from "./switch-world.ts";

type Fate = "error" | "kill" | "kill-after";

const together: SwitchInputs = { ...inputs("applications", "exact"), starts: true };
const everybody = { ...former, "foo-consumer": 1, "orders-consumer": 1 };

const move = (world: World, of: SwitchInputs, at = 0, fate: Fate = "error") =>
  switchApplications(
    world.effects((change) => (change === at ? fate : null), of.scope),
    of,
  );

/** Every change that a move makes, in order. */
async function changesOf(world: World, of: SwitchInputs): Promise<string[]> {
  const found: string[] = [];
  await switchApplications(
    world.effects((_, what) => (found.push(what), null), of.scope),
    of,
  );
  return found;
}

/** Data records before an offset. */
const before = (world: World, side: "source" | "target", name: string, offset: string | null): number =>
  world.logs[side]
    .get(name)!
    .slice(0, Number(offset ?? 0))
    .filter((kind) => kind === "data").length;

/** What closed has not grown on the source and is on the target whole; each group goes on at its first unread record. */
function assertExact(world: World, entry: LedgerEntry, where = ""): void {
  for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
    const name = `${topic}[${partition}]`;
    assert.equal(world.logs.source.get(name)!.length, Number(sourceEnd), `${where}: ${name} grew on the source`);
    const copied = before(world, "target", name, targetEnd);
    assert.ok(copied >= before(world, "source", name, sourceEnd), `${where}: ${name} was not copied whole`);
  }
  for (const { group, topic, partition, committed, placed } of entry.groups) {
    const name = `${topic}[${partition}]`;
    const [read, place] = [before(world, "source", name, committed), before(world, "target", name, placed)];
    assert.equal(place, read, `${where}: ${group} at ${name}`);
  }
}

/** All of a move run at the target, and read there from where they were placed. */
function assertMoved(world: World, { scope }: SwitchInputs, where = ""): LedgerEntry {
  for (const workload of scope.workloads) {
    const { replicas, former: remembered } = world.workloads.get(workload.name)!;
    assert.equal(remembered, null, `${where}: ${workload.name} is still stopped`);
    assert.equal(world.where(workload), "target", `${where}: ${workload.name}`);
    assert.ok(replicas > 0 || workload.name === "idle-producer", `${where}: ${workload.name} has 0 replicas`);
  }
  const entry = liveEntry(world.entries, "applications", scope)!;
  assertExact(world, entry, where);
  for (const { group, topic, partition, placed } of entry.groups) {
    const at = world.committed.target.get(group)?.get(`${topic}[${partition}]`);
    assert.ok(at !== undefined && at >= BigInt(placed), `${where}: ${group} reads ${topic} from ${at}`);
  }
  return entry;
}

/** None of a move was touched. */
function assertStayed(world: World, { scope }: SwitchInputs, where = ""): void {
  for (const workload of scope.workloads) {
    const { replicas, former: remembered } = world.workloads.get(workload.name)!;
    assert.deepEqual({ where, replicas, remembered }, { where, replicas: 1, remembered: null }, workload.name);
    assert.equal(world.where(workload), "source", `${where}: ${workload.name}`);
  }
}

/** A world in which the waves before one have moved. */
async function beforeWave(name: string): Promise<World> {
  const world = wavesWorld();
  for (const earlier of waveNames.slice(0, waveNames.indexOf(name))) {
    await move(world, waveInputs(earlier));
    world.pass(2_000);
  }
  return world;
}

describe("a move of everybody together", () => {
  it("closes every topic, places every group and starts everybody at the target, under one entry", async () => {
    const world = new World();
    const entry = await move(world, together);
    assert.deepEqual([entry.switch, entry.wave, entry.number], ["applications", undefined, 1]);
    assert.equal(entry.partitions.length, 4);
    assert.deepEqual([...new Set(entry.groups.map(({ group }) => group))], ["foo-consumer", "orders-consumer"]);
    assertUntouched(world, everybody);
    assertMirror(world, "STOPPED");
    assertMoved(world, together);
    world.pass(3_000);
    assert.ok(world.records("target", "foo[0]") > world.records("source", "foo[0]"));
    assert.equal(liveEntry(world.entries, "producers"), world.entries[0]);
  });

  it("places groups that lag at the copy of the first record that they have not read, and others at the end", async () => {
    const world = new World();
    world.lagging = true;
    world.pass(4_000);
    const entry = await move(world, together);
    const foo = entry.groups.find(({ topic }) => topic === "foo")!;
    const end = entry.partitions.find(({ topic }) => topic === "foo")!.targetEnd;
    assert.ok(BigInt(foo.placed) < BigInt(end), "the group had read everything");
    assertExact(world, entry);
    const read = new World();
    // Whoever has read everything needs no proof: what lies before the end is nothing to it.
    read.proof = (_direction, { committed, topic }) => {
      assert.ok(topic === "empty" || committed === null, `${topic} was looked at`);
      return { kind: "exact", placed: 0n, how: "it is empty", translated: 0n, repeats: 0 };
    };
    const drained = await switchApplications(quietAtLast(read), together);
    for (const { topic, partition, placed } of drained.groups) {
      const at = drained.partitions.find((each) => each.topic === topic && each.partition === partition)!;
      assert.equal(placed, at.targetEnd, topic);
    }
  });

  it("leaves everybody working on the source whichever change is refused, and ends with the next run", async () => {
    const changes = await changesOf(new World(), together);
    const pointed = changes.indexOf("point") + 1;
    assert.ok(pointed > 0 && changes.includes("commit") && changes.indexOf("append") < pointed);
    for (let at = 1; at <= changes.length; at += 1) {
      const where = `change ${at}, ${changes[at - 1]}`;
      const world = new World();
      const failed = await move(world, together, at).then(
        () => null,
        (error: Error) => error.message,
      );
      if (failed !== null && at <= pointed) {
        assert.match(failed, /The applications are on the source again; nothing was moved\.$/, where);
        assertUntouched(world, everybody);
        assertMirror(world, "RUNNING");
        assert.deepEqual(world.side, { producer: "source", consumer: "source" }, where);
        assert.equal(liveEntry(world.entries, "applications"), null, where);
      }
      if (failed !== null && at > pointed) {
        assert.match(failed, /The applications were started at the target, so nothing is put back/, where);
      }
      world.pass(3_000);
      await move(world, together);
      assertMoved(world, together, where);
    }
  }).timeout(60_000);

  for (const fate of ["kill", "kill-after"] as const)
    it(`is taken up by the next run when killed ${fate === "kill" ? "before" : "after"} any change`, async () => {
      const changes = await changesOf(new World(), together);
      for (let at = 1; at <= changes.length; at += 1) {
        const world = new World();
        await assert.rejects(move(world, together, at, fate));
        world.pass(20_000);
        await move(world, together);
        assertUntouched(world, everybody);
        assertMoved(world, together, `killed at ${at}, ${changes[at - 1]}`);
      }
    }).timeout(60_000);

  it("has everybody on one side when a killed one is taken up and Connect gives no answer", async () => {
    const changes = await changesOf(new World(), together);
    for (let at = 1; at <= changes.length; at += 1) {
      const where = `killed after ${at}, ${changes[at - 1]}`;
      const world = new World();
      await assert.rejects(move(world, together, at, "kill-after"));
      world.pass(60_000);
      const silent = silences.Connect(world.effects(undefined, together.scope));
      await switchApplications(silent, together).catch(() => undefined);
      world.pass(60_000);
      assertUntouched(world, everybody);
      const side = liveEntry(world.entries, "applications") === null ? "source" : "target";
      assert.deepEqual(world.side, { producer: side, consumer: side }, where);
      assertMirror(world, side === "source" ? "RUNNING" : "STOPPED");
      await move(world, together);
      assertMoved(world, together, where);
    }
  }).timeout(60_000);

  it("holds once they run at the target, and stops nobody again", async () => {
    const world = new World();
    const entry = await move(world, together);
    world.pass(3_000);
    const again = world.effects((_, what) => {
      throw new Error(`${what} although they have moved`);
    });
    // Addresses and replicas are looked at, and are as they are wanted.
    again.addresses.point = async () => undefined;
    again.workloads.setFormer = async () => undefined;
    assert.deepEqual(await switchApplications(again, together), entry);
  });

  it("holds for writers that have nothing to write, by the addresses that they run with", async () => {
    const world = new World();
    for (const name of ["foo-producer", "orders-producer"])
      Object.assign(world.workloads.get(name)!, { replicas: 0, pods: 0 });
    const writers = world.scope.workloads.filter(({ role }) => role === "producer");
    const of = { ...together, scope: { ...world.scope, groups: [], workloads: writers } };
    const entry = await move(world, of);
    assert.deepEqual([await move(world, of), await changesOf(world, of)], [entry, ["point"]]);
    world.astray.add("foo-producer");
    assert.ok((await changesOf(world, of)).length > 1, "somebody has put an address back");
  });

  it("places the group that went back to the source again, and leaves the ends and the group that reads at the target", async () => {
    const world = new World();
    world.lagging = true;
    world.pass(4_000);
    const first = await move(world, together);
    const back = "orders-consumer";
    Object.assign(world.workloads.get(back)!, { replicas: 0, pods: 0 });
    world.lagging = false;
    world.pass(3_000);
    for (const name of ["orders[0]", "orders[1]"])
      world.committed.source.get(back)!.set(name, BigInt(world.logs.source.get(name)!.length));
    const second = await move(world, together);
    assert.deepEqual([second.voids, second.partitions], [first.number, first.partitions]);
    const of = (group: string, entry: LedgerEntry) => entry.groups.filter((each) => each.group === group);
    assert.deepEqual(of("foo-consumer", second), of("foo-consumer", first), "was placed again although it reads there");
    for (const { topic, partition, placed } of of(back, second))
      assert.equal(
        placed,
        first.partitions.find((each) => each.topic === topic && each.partition === partition)!.targetEnd,
        "what writers wrote at the target comes after it",
      );
  });

  it("stops a connector again that somebody has resumed between the entry and the start", async () => {
    const appended = (await changesOf(new World(), together)).indexOf("append") + 1;
    const world = new World();
    await assert.rejects(move(world, together, appended, "kill-after"));
    world.connectors.set("guide-source-all", "RUNNING");
    const entry = await move(world, together);
    assert.deepEqual([entry.number, world.connectors.get("guide-source-all")], [1, "STOPPED"]);
  });

  it("names who still writes, and leaves everybody working", async () => {
    const world = new World();
    world.stranger = "orders[1]";
    world.writer = { id: 4_711n, epoch: 3 };
    await assert.rejects(
      move(world, together),
      /switch of applications failed: the source is still written to after 20 s: orders\[1\] by 2 records in 1\.0 s .* by producer id 4711 epoch 3; .* The applications are on the source again/,
    );
    assertUntouched(world, everybody);
    assert.deepEqual(world.entries, []);
  });
});

/** Effects of a world in which, once its writers are gone, its groups read to the end before they are stopped. */
function quietAtLast(world: World) {
  const effects = world.effects();
  const committed = effects.kafka.committed.bind(effects.kafka);
  effects.kafka.committed = async (side) => {
    if (side === "target") return committed(side);
    const found = new Map([...(await committed(side))].map(([group, of]) => [group, new Map(of)]));
    for (const { name, topics } of world.scope.groups)
      for (const [partition, log] of world.logs.source)
        if (topics.includes(parsed(partition).topic) && log.length > 0)
          found.get(name)!.set(partition, { ...parsed(partition), offset: BigInt(log.length) });
    return found;
  };
  return effects;
}

describe("a move of one wave", () => {
  it("closes what has its last writers in it, and leaves everybody else and their connectors alone", async () => {
    const world = wavesWorld();
    for (const name of waveNames) {
      const of = waveInputs(name);
      const others = wavesScope.workloads.filter(
        ({ name: each }) => !of.scope.workloads.some((one) => one.name === each),
      );
      const replicas = () =>
        others.map((each) => [each.name, world.workloads.get(each.name)!.replicas, world.where(each)]);
      const now = replicas();
      const connectors = new Map(world.connectors);
      const entry = await move(world, of);
      assert.deepEqual(replicas(), now, `${name}: others`);
      for (const connector of of.scope.mirror!.closing!) connectors.set(connector, "STOPPED");
      assert.deepEqual(world.connectors, connectors, `${name}: connectors`);
      assert.deepEqual([entry.switch, entry.wave, entry.row], ["applications", name, `move-${name}`]);
      const closed = new Set(entry.partitions.map(({ topic }) => topic));
      assert.deepEqual([...closed].sort(), [...closedTopics(of.scope)].sort(), name);
      assert.deepEqual(
        [...new Set(entry.groups.map(({ group }) => group))].sort(),
        [...of.scope.groups.map((each) => each.name)].sort(),
      );
      assertMoved(world, of, name);
      world.pass(3_000);
    }
    for (const name of world.logs.source.keys()) {
      if (name === "idle[0]") continue;
      assert.ok(
        world.records("target", name) > world.records("source", name),
        `nobody writes to ${name} at the target`,
      );
    }
    assert.deepEqual(evidenceOf(waveInputs("stock"), world.entries), { again: null, refusal: null });
  });

  it("writes on in every other wave while it moves", async () => {
    const world = wavesWorld();
    const [mails, stock] = [world.records("source", "mails[0]"), world.records("source", "stock[0]")];
    const from = world.now;
    await move(world, waveInputs("reports"));
    await move(world, waveInputs("orders"));
    const ticks = Math.floor((world.now - from) / 500);
    assert.equal(world.records("source", "mails[0]") - mails, ticks);
    assert.ok(world.records("source", "stock[0]") > stock);
  });

  it("waits until what its writers left in a topic that stays open is copied, so that nothing newer comes before it", async () => {
    const world = wavesWorld();
    await move(world, waveInputs("reports"));
    world.stuck = "invoices[0]";
    world.pass(2_000);
    await assert.rejects(
      move(world, waveInputs("orders")),
      /switch of wave orders failed: invoices\[0\] has \d+ records left to mirror, 0 allowed after 30 s\. The applications are on the source again; nothing was moved\.$/,
    );
    assertStayed(world, waveInputs("orders"));
    assert.equal(world.connectors.get("guide-orders-source"), "RUNNING");
    assert.equal(world.connectors.get("guide-stock-source"), "RUNNING");
    world.stuck = null;
    const effects = world.effects(() => null, waveInputs("orders").scope);
    const left: number[] = [];
    const { point } = effects.addresses;
    const gone = () => world.workloads.get("checkout")!.pods === 0;
    let end = 0;
    const { logs } = effects.kafka;
    effects.kafka.logs = async (side) => {
      if (side === "source" && gone() && end === 0) end = world.logs.source.get("invoices[0]")!.length;
      return logs(side);
    };
    effects.addresses.point = async (workloads, side) => {
      left.push(Math.max(0, end - Number(world.copied.get("invoices[0]") ?? -1n) - 1));
      return point(workloads, side);
    };
    await switchApplications(effects, waveInputs("orders"));
    assert.deepEqual([left, end > 0], [[0], true]);
  });

  it("leaves a connector stopped that an earlier run had stopped, while it waits for topics that stay open", async () => {
    const of = waveInputs("orders");
    const stop = (await changesOf(await beforeWave("orders"), of)).indexOf("stop") + 1;
    const world = await beforeWave("orders");
    await assert.rejects(move(world, of, stop, "kill-after"));
    world.stuck = "invoices[0]";
    world.pass(3_000);
    const effects = world.effects(() => null, of.scope);
    const { pause } = effects.pace;
    let pauses = 0;
    effects.pace.pause = async (milliseconds) => {
      if ((pauses += 1) === 8) world.stuck = null;
      await pause(milliseconds);
    };
    await switchApplications(effects, of);
    assert.ok(pauses > 8);
    assert.equal(world.connectors.get("guide-orders-source"), "STOPPED");
    assertMoved(world, of);
  });

  it("does not wait for what others write there afterwards", async () => {
    const world = wavesWorld();
    const effects = world.effects();
    const marks = await effects.kafka.logs("source");
    const name = "invoices[0]";
    const left = async (upTo?: typeof marks) => {
      const found = await leftToMirror(effects, wavesScope.mirror!, await effects.kafka.logs("source"), upTo);
      return [...found.left.map(({ log }) => log), ...found.open].map(({ topic, end }) => `${topic} ${end}`);
    };
    world.logs.source.get(name)!.push("data", "open");
    const end = marks.partitions.get(name)!.end;
    assert.deepEqual(await left(marks), []);
    assert.deepEqual(await left(), [`invoices ${end + 2n}`, `invoices ${end + 2n}`]);
    world.copied.set(name, end + 5n);
    assert.deepEqual(await left(marks), [], "it was copied after the ends were read");
    await assert.rejects(left(), /the mirror is at offset \d+ of invoices\[0\], past its end/);
    world.copied.set(name, end - 2n);
    assert.deepEqual(await left(marks), [`invoices ${end}`]);
  });

  it("takes a mirror that has copied more since the ends were read for one that is far enough", async () => {
    const world = wavesWorld();
    const effects = world.effects();
    const marks = await effects.kafka.logs("source");
    world.copied.set("invoices[0]", marks.partitions.get("invoices[0]")!.end + 446n);
    const { left, open } = await leftToMirror(effects, wavesScope.mirror!, marks, marks);
    assert.deepEqual([left, open], [[], []]);
    await assert.rejects(leftToMirror(effects, wavesScope.mirror!, marks), /past its end/);
  });

  it("waits for a transaction that is open in a topic which stays open, and names it", async () => {
    const world = await beforeWave("orders");
    world.logs.source.get("invoices[0]")!.push("open");
    await assert.rejects(
      move(world, waveInputs("orders")),
      /switch of wave orders failed: .*invoices\[0\] has an open transaction since offset \d+ .* The applications are on the source again/,
    );
    assertStayed(world, waveInputs("orders"));
  });

  it("moves although a connector of topics that it does not use has failed, and not past one that it needs", async () => {
    const world = wavesWorld();
    world.poisoned = "orders[0]";
    world.pass(2_000);
    await move(world, waveInputs("mail"));
    assertMoved(world, waveInputs("mail"));
    await assert.rejects(
      move(world, waveInputs("orders")),
      /orders\[0\] has \d+ records left to mirror, and the mirror cannot copy: task 0 of connector guide-orders-source has failed/,
    );
    assertStayed(world, waveInputs("orders"));
  });

  it("is held by a writer that nobody has declared, by name, while others write on", async () => {
    const world = await beforeWave("orders");
    world.stranger = "paid[0]";
    world.writer = { id: 12n, epoch: 0 };
    world.transactional.set(12n, "old-billing");
    await assert.rejects(
      move(world, waveInputs("orders")),
      /the source is still written to after 20 s: paid\[0\] by \d+ records .* by producer id 12 epoch 0 \(transactional id old-billing\)/,
    );
    assertStayed(world, waveInputs("orders"));
    const mails = world.records("source", "mails[0]");
    world.stranger = null;
    world.pass(1_000);
    assert.ok(world.records("source", "mails[0]") > mails);
    await move(world, waveInputs("orders"));
    assertMoved(world, waveInputs("orders"));
  });

  for (const side of ["source", "target"] as const)
    it(`names an external application that is still a member of its group on the ${side}`, async () => {
      const world = await beforeWave("orders");
      const externals = [{ name: "mainframe", role: "both", groups: ["billing"], topics: ["paid"] }] as const;
      const of = { ...waveInputs("orders"), scope: { ...waveInputs("orders").scope, externals } };
      const effects = world.effects(() => null, of.scope);
      const states = effects.kafka.groupStates.bind(effects.kafka);
      const members = [{ clientId: "batch-1", host: "10.1.2.3" }];
      effects.kafka.groupStates = async (where) => {
        const found = new Map(await states(where));
        return where === side ? found.set("billing", { state: "Stable", type: "classic", members }) : found;
      };
      await assert.rejects(
        switchApplications(effects, of),
        new RegExp(
          `group billing is Stable \\(batch-1 on 10\\.1\\.2\\.3\\) on the ${side} after 20 s, .*; ` +
            "have the owners of external application mainframe stop it",
        ),
      );
      assertStayed(world, waveInputs("orders"));
    });

  for (const name of waveNames)
    it(`${name} is put back whichever change is refused, and taken up when killed after any`, async () => {
      const of = waveInputs(name);
      const changes = await changesOf(await beforeWave(name), of);
      const pointed = changes.indexOf("point") + 1;
      for (let at = 1; at <= changes.length; at += 1) {
        const where = `${name}, change ${at}, ${changes[at - 1]}`;
        const failing = await beforeWave(name);
        const failed = await move(failing, of, at).then(
          () => null,
          (error: Error) => error.message,
        );
        if (failed !== null && at <= pointed) {
          assertStayed(failing, of, where);
          for (const connector of of.scope.mirror!.closing!)
            assert.equal(failing.connectors.get(connector), "RUNNING", where);
          assert.equal(liveEntry(failing.entries, "applications", of.scope), null, where);
        }
        const killed = await beforeWave(name);
        await assert.rejects(move(killed, of, at, "kill-after"), where);
        for (const world of [failing, killed]) {
          world.pass(20_000);
          await move(world, of);
          world.pass(1_000);
          assertMoved(world, of, where);
          // Connectors of waves that have moved stay stopped.
          for (const earlier of waveNames.slice(0, waveNames.indexOf(name)))
            for (const connector of scopeOfWave(wavesScope, earlier).mirror!.closing!)
              assert.equal(world.connectors.get(connector), "STOPPED", where);
        }
      }
    }).timeout(120_000);

  it("opens the target's registry with the first wave of writers, and leaves it alone afterwards", async () => {
    const world = wavesWorld();
    world.registries = { source: shop(), target: new RegistryModel() };
    const calls = async (name: string) => {
      const found = await changesOf(world, waveInputs(name));
      world.pass(1_000);
      return found.filter((what) => / PUT | POST | DELETE /.test(what));
    };
    assert.deepEqual(await calls("reports"), []);
    assert.ok((await calls("orders")).some((what) => what.includes("/mode")));
    const open = () => [world.registries!.source.modes[""], world.registries!.target.modes[""]];
    assert.deepEqual(open(), ["READONLY", "READWRITE"]);
    const refused = world.effects((_, what) => (what === "append" ? "error" : null), waveInputs("mail").scope);
    await assert.rejects(switchApplications(refused, waveInputs("mail")), /nothing was moved/);
    assert.deepEqual(open(), ["READONLY", "READWRITE"], "writers of another wave register at the target");
    assert.deepEqual(await calls("mail"), []);
  });
});

describe("the way back of a wave", () => {
  const back = (world: World, name: string, entry: LedgerEntry, changed: string[] = []) => {
    const { scope, row } = waveInputs(name);
    const ledger = { scope, row: `before ${row}`, entries: [], behind: [], bothRead: false, ...backPatience };
    return leaveApplications(
      world.effects((_, what) => (changed.push(what), null), scope),
      ledger,
      entry,
    );
  };
  /** Its entry is written and its applications have not been started: the process was killed. */
  async function halfMoved(name: string): Promise<World> {
    const changes = await changesOf(await beforeWave(name), waveInputs(name));
    const world = await beforeWave(name);
    await assert.rejects(move(world, waveInputs(name), changes.indexOf("append") + 1, "kill-after"));
    return world;
  }

  for (const name of waveNames)
    it(`${name} goes back with every group at its exact place while nobody has written at the target`, async () => {
      const world = await halfMoved(name);
      const of = waveInputs(name);
      const entry = liveEntry(world.entries, "applications", of.scope)!;
      await back(world, name, entry);
      assertStayed(world, of, name);
      assert.equal(liveEntry(world.entries, "applications", of.scope), null);
      const voided = world.entries.at(-1)!;
      assert.deepEqual([voided.voids, voided.voidOnly, voided.wave], [entry.number, true, name]);
      for (const { group, topic, partition, committed, placed } of voided.groups) {
        const at = `${topic}[${partition}]`;
        assert.equal(before(world, "source", at, placed), before(world, "target", at, committed), `${group} at ${at}`);
      }
      assert.match(evidenceOf(of, world.entries).again ?? "", new RegExp(`made the switch of wave ${name} void`));
      // The row's mirror runs again, and then the wave moves once more.
      for (const connector of of.scope.mirror!.closing!) world.connectors.set(connector, "RUNNING");
      world.pass(3_000);
      await move(world, of);
      assertMoved(world, of, name);
    });

  it("goes back after readers have read at the target, to the original of their first unread record", async () => {
    const world = wavesWorld();
    const entry = await move(world, waveInputs("reports"));
    world.pass(4_000);
    world.lagging = true;
    world.pass(2_000);
    await back(world, "reports", entry);
    assertStayed(world, waveInputs("reports"));
    const { groups } = world.entries.at(-1)!;
    assert.ok(groups.some(({ committed }, at) => committed !== entry.groups[at]!.placed));
    for (const { topic, partition, committed, placed } of groups) {
      const name = `${topic}[${partition}]`;
      assert.equal(before(world, "source", name, placed), before(world, "target", name, committed), name);
    }
  });

  it("is refused once something was written to what has closed, and everybody works on at the target", async () => {
    const world = await beforeWave("mail");
    const entry = await move(world, waveInputs("mail"));
    world.pass(2_000);
    await assert.rejects(
      back(world, "mail", entry),
      /comes before the switch of wave mail \(ledger entry 3, .*\): no way back yet: \d+ records written on the target would stay there \(mails\[0\] \d+\.\.\d+\)/,
    );
    world.pass(2_000);
    assertMoved(world, waveInputs("mail"));
  });

  it("is refused once its writers were pointed at a topic that others write to at the target as well", async () => {
    const world = await beforeWave("stock");
    const entry = await move(world, waveInputs("stock"));
    const changed: string[] = [];
    await assert.rejects(
      back(world, "stock", entry, changed),
      /no way back yet: warehouse may have written to invoices at the target, where others write as well, .*: go forward, by pulumi up in the phase of its move or a later one; if its owners see in its own logs that it has written nothing there, let them stop it, put its addresses back to the source's and run pulumi up again/,
    );
    assert.deepEqual(changed, [], "nobody is stopped for what is known before");
    assertMoved(world, waveInputs("stock"));
  });
});
