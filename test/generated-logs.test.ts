import assert from "node:assert/strict";
import fc from "fast-check";
import type { Condition } from "../gates/index.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { Gap, Scope } from "../runtime/model/scope.ts";
import type { SideName } from "../runtime/model/sides.ts";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import { returnApplications } from "../runtime/switch/application-return.ts";
import { switchApplications } from "../runtime/switch/applications.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { holding } from "../runtime/switch/ends-since-ledger.ts";
import { returnGroups } from "../runtime/switch/group-return.ts";
import { returnProducers, type BackEffects } from "../runtime/switch/producer-return.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { copyStragglers, uncopied } from "../runtime/switch/stragglers.ts";
import { stopOthers } from "./support/switch-asserts.ts";
import { acceptAll, remembered, verdictOn } from "./support/world-readings.ts";
import { inputs, parsed, scope, scopeWithBack, World, type Kind } from "./switch-world.ts";

/** More of them, from another seed each time, if `PROPERTY_RUNS` is set. */
const wanted = process.env["PROPERTY_RUNS"];
const runs = Number(wanted ?? 150);
const seed = { includeErrorInReport: true, ...(wanted === undefined && { seed: 7 }) };

const names = ["foo[0]", "orders[0]", "orders[1]", "empty[0]"] as const;
type ByPartition<T> = Readonly<Record<(typeof names)[number], T>>;

/** What a producer leaves in a log at once: records, a transaction that was committed or aborted, or a marker alone. */
const piece = fc
  .tuple(fc.constantFrom("plain", "committed", "aborted", "marker"), fc.integer({ min: 1, max: 3 }))
  .map(([what, records]): readonly Kind[] => {
    if (what === "marker") return ["marker"];
    const written = Array<Kind>(records).fill(what === "aborted" ? "aborted" : "data");
    return what === "plain" ? written : [...written, "marker"];
  });
const inEach = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<ByPartition<T>> =>
  fc.record({ "foo[0]": of, "orders[0]": of, "orders[1]": of, "empty[0]": of });
const pieces = (most: number) => inEach(fc.array(piece, { maxLength: most }).map((all) => all.flat()));

const plans = fc.record({
  /** Whether consumers commit past markers. */
  passesMarkers: fc.boolean(),
  /** On the source before anything moves, while the producers have moved, and once the consumers have as well. */
  before: pieces(4),
  between: pieces(2),
  after: pieces(2),
  /** How much of the source's logs retention has removed when the producers move, and once they have. */
  removed: inEach(fc.double({ min: 0, max: 1, noNaN: true })),
  removedLater: inEach(fc.double({ min: 0, max: 1, noNaN: true })),
});
type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never;

const isData = (kind: Kind) => kind === "data";
const isRecord = (kind: Kind) => kind !== "marker";
const data = (log: readonly Kind[], to = log.length) => log.slice(0, to).filter(isData).length;

function write(world: World, what: ByPartition<readonly Kind[]>): void {
  for (const name of names) world.logs.source.get(name)!.push(...what[name]);
}

function expire(world: World, share: ByPartition<number>): void {
  for (const name of names) {
    world.expire("source", name, Math.floor(share[name] * world.logs.source.get(name)!.length));
  }
}

function stopProducers(world: World): void {
  for (const name of ["foo-producer", "orders-producer"])
    Object.assign(world.workloads.get(name)!, { replicas: 0, pods: 0 });
}

/** Partitions in which retention has passed the mirror: what was between cannot be counted any more. */
function passed(world: World): Gap[] {
  return names.flatMap((name) => {
    const next = Number(world.copied.get(name) ?? -1n) + 1;
    const start = world.start("source", name);
    return world.copied.has(name) && next < start ? [{ ...parsed(name), to: String(start) }] : [];
  });
}

const withGaps = (gaps: readonly Gap[]): Scope => ({ ...scope, mirror: { ...scope.mirror!, gaps } });

async function opens(world: World, condition: Condition, of: Scope): Promise<void> {
  const { open, sentence } = await verdictOn(world, condition, of);
  assert.ok(open, `${condition.kind}: ${sentence}`);
}

/** Everything that the source held at the entry is on the target before its end there, once. */
function assertCopied(world: World, { partitions }: LedgerEntry): void {
  for (const { topic, partition, sourceEnd, targetEnd } of partitions) {
    const name = `${topic}[${partition}]`;
    const [source, target] = [world.logs.source.get(name)!, world.logs.target.get(name)!];
    assert.equal(data(target, Number(targetEnd)), data(source, Number(sourceEnd)), name);
  }
}

/** Moves the producers; where retention has passed the mirror, once somebody has said that nothing was lost. */
async function producersMoved(world: World): Promise<Scope> {
  const gaps = passed(world);
  const refused = await switchProducers(world.effects(), inputs("producers")).then(
    () => null,
    (error: Error) => error,
  );
  assert.equal(
    refused === null,
    gaps.length === 0,
    refused?.message ?? "it moved over a gap that nobody has looked at",
  );
  const of = withGaps(gaps);
  if (refused !== null) {
    assert.deepEqual(world.entries, []);
    await switchProducers(world.effects(), { ...inputs("producers"), scope: of });
  }
  assertCopied(world, world.entries.at(-1)!);
  stopOthers(world);
  world.startOn("target", "producer");
  world.pass(3000);
  return of;
}

/** What a producer that stayed behind wrote closes the gate unless it is markers; accepting it opens the gate. */
async function accepted(world: World, of: Scope): Promise<Scope> {
  const entry = world.entries.find(({ switch: what }) => what === "producers")!;
  const known = new Map(
    (of.stragglers ?? []).map(({ topic, partition, to }) => [`${topic}[${partition}]`, Number(to)]),
  );
  const late = entry.partitions.some(({ topic, partition, sourceEnd }) => {
    const name = `${topic}[${partition}]`;
    const log = world.logs.source.get(name)!;
    const from = Math.max(Number(sourceEnd), known.get(name) ?? 0);
    // What retention has removed before anybody looked may have been records.
    return log.slice(from).some(isRecord) || (from < log.length && world.start("source", name) > from);
  });
  const found = await verdictOn(world, { kind: "source-still-at-ledger" }, of);
  assert.equal(found.open, !late, found.sentence);
  if (found.open) return of;
  const scopeOf = { ...of, stragglers: acceptAll(world) };
  await opens(world, { kind: "source-still-at-ledger" }, scopeOf);
  return scopeOf;
}

const patience = { stopSeconds: 30, fenceSeconds: 20, drainSeconds: 30, startSeconds: 30 };

/** Each kind of move that comes back over a mirror, from the first stop to the last start. */
const waysBack = {
  "producers first": {
    async forward(world: World) {
      await switchProducers(world.effects(), { ...inputs("producers"), scope: scopeWithBack, starts: true });
      for (const name of ["guide-source-all", "guide-checkpoint", "guide-heartbeat"])
        world.connectors.set(name, "STOPPED");
      world.pass(3000);
      await switchConsumers(world.effects(), { ...inputs("consumers"), scope: scopeWithBack, starts: true });
      world.openWayBack();
    },
    async back(world: World) {
      const effects = world.effects() as BackEffects;
      const consumers = liveEntry(world.entries, "consumers")!;
      await returnGroups(effects, scopeWithBack, consumers, "mirror", patience, { viaBack: () => true });
      await returnProducers(effects, scopeWithBack, liveEntry(world.entries, "producers")!, "mirror", patience);
    },
  },
  together: {
    async forward(world: World) {
      await switchApplications(world.effects(undefined, scopeWithBack), {
        ...inputs("applications", "exact"),
        scope: scopeWithBack,
        starts: true,
      });
      world.openWayBack();
    },
    async back(world: World) {
      const effects = world.effects(undefined, scopeWithBack) as BackEffects;
      const entry = liveEntry(world.entries, "applications")!;
      const checks = { proved: async () => undefined, opensSource: false };
      await returnApplications(effects, scopeWithBack, entry, "mirror", patience, checks);
    },
  },
} as const;

describe("a migration over generated logs", function () {
  this.timeout(60_000);

  it("producers first: reads each record once, and whatever closes a gate or a move can be opened", () =>
    fc.assert(
      fc.asyncProperty(plans, async (plan: Plan) => {
        const world = new World();
        world.passesMarkers = plan.passesMarkers;
        write(world, plan.before);
        world.pass(5000);
        expire(world, plan.removed);
        let of = await producersMoved(world);

        write(world, plan.between);
        world.pass(1000);
        const { partitions } = world.entries.at(-1)!;
        expire(world, plan.removedLater);
        of = await accepted(world, of);
        for (const kind of ["mirror-drained", "groups-drained"] as const) await opens(world, { kind }, of);
        const entry = await switchConsumers(world.effects(), { ...inputs("consumers"), scope: of });
        for (const { topic, partition, committed, placed } of entry.groups) {
          const name = `${topic}[${partition}]`;
          const { targetEnd } = partitions.find((one) => one.topic === topic && one.partition === partition)!;
          assert.equal(placed, targetEnd, name);
          const log = world.logs.source.get(name)!;
          assert.equal(data(log, Number(committed ?? 0)), data(log), `${name}: all of the source was read there`);
        }

        world.startOn("target", "consumer");
        world.pass(3000);
        stopProducers(world);
        write(world, plan.after);
        const before = new Map(names.map((name) => [name, data(world.logs.target.get(name)!)]));
        of = await accepted(world, of);
        await copyStragglers(world.effects(), of, world.entries);
        for (const name of names) {
          const grown = data(world.logs.target.get(name)!) - before.get(name)!;
          assert.equal(grown, plan.after[name].filter(isData).length, `${name}: what no group has read is copied once`);
        }
        assert.deepEqual(await uncopied(world.effects(), of, world.entries), []);
      }),
      { numRuns: runs, ...seed },
    ));

  it("holds producers back while a transaction is open on the source, however it ends, and copies what it committed", () =>
    fc.assert(
      fc.asyncProperty(
        plans,
        fc.constantFrom(...names),
        fc.constantFrom<Kind>("data", "aborted"),
        fc.integer({ min: 1, max: 3 }),
        async (plan: Plan, name, end, records) => {
          const world = new World();
          write(world, plan.before);
          world.pass(5000);
          const log = world.logs.source.get(name)!;
          log.push(...Array<Kind>(records).fill("open"));
          const move = () => switchProducers(world.effects(), inputs("producers"));
          await assert.rejects(move(), /has an open transaction since offset \d+/);
          assert.deepEqual(world.entries, [], "everybody writes on where they were");
          world.pass(2000);
          const written = log.map((kind) => (kind === "open" ? end : kind));
          log.splice(0, log.length, ...written, "marker");
          await producersMoved(world);
        },
      ),
      { numRuns: runs, ...seed },
    ));

  for (const [who, back] of Object.entries(waysBack))
    it(`${who}, there and back: what came back is what was written on the target, and each group goes on at its record`, () =>
      fc.assert(
        fc.asyncProperty(plans, async (plan: Plan) => {
          const world = new World();
          world.passesMarkers = plan.passesMarkers;
          write(world, plan.before);
          world.pass(5000);
          await back.forward(world);
          for (const name of names) world.logs.target.get(name)!.push(...plan.between[name]);
          world.pass(5000);
          for (const name of names) world.logs.target.get(name)!.push(...plan.after[name]);
          await back.back(world);
          const [entry] = world.entries.filter(({ partitions }) => partitions.length > 0).slice(-1);
          assert.ok(entry?.voidOnly, "the last ends are those of the way back");
          assertCopied(world, entry);
          for (const { group, topic, partition, committed, placed } of world.entries.flatMap((one) =>
            one.voidOnly === true ? one.groups : [],
          )) {
            const name = `${topic}[${partition}]`;
            const read = data(world.logs.target.get(name)!, Number(committed ?? 0));
            assert.equal(data(world.logs.source.get(name)!, Number(placed)), read, `${group} at ${name}`);
          }
        }),
        { numRuns: runs, ...seed },
      ));

  it("consumers first: stragglers are copied once, whatever surrounds them", () =>
    fc.assert(
      fc.asyncProperty(plans, async (plan: Plan) => {
        const world = new World();
        world.passesMarkers = plan.passesMarkers;
        write(world, plan.before);
        world.pass(5000);
        await switchConsumers(world.effects(), inputs("consumers", "exact"));
        world.startOn("target", "consumer");
        let of = await producersMoved(world);
        stopProducers(world);
        write(world, plan.after);
        const before = new Map(names.map((name) => [name, data(world.logs.target.get(name)!)]));
        of = await accepted(world, of);
        await copyStragglers(world.effects(), of, world.entries);
        for (const name of names) {
          const grown = data(world.logs.target.get(name)!) - before.get(name)!;
          assert.equal(grown, plan.after[name].filter(isData).length, name);
        }
        assert.deepEqual(await uncopied(world.effects(), of, world.entries), []);
      }),
      { numRuns: runs, ...seed },
    ));

  it("holds the entry of producers that write on the target while markers arrive on the source", () =>
    fc.assert(
      fc.asyncProperty(plans, async (plan: Plan) => {
        const world = new World();
        write(world, plan.before);
        world.pass(5000);
        const of = await producersMoved(world);
        const entries = world.entries.length;
        write(world, plan.between);
        const again = switchProducers(world.effects(), { ...inputs("producers"), scope: of });
        if (names.some((name) => plan.between[name].some(isRecord))) {
          await assert.rejects(again, /both sides were written to .* accept these records under stragglers/);
          const accepting = { ...of, stragglers: acceptAll(world) };
          await switchProducers(world.effects(), { ...inputs("producers"), scope: accepting });
        } else await again;
        assert.equal(world.entries.length, entries);
      }),
      { numRuns: runs, ...seed },
    ));

  it("gates see each record that a group has left, and no marker", () =>
    fc.assert(
      fc.asyncProperty(plans, async (plan: Plan) => {
        const world = new World();
        world.passesMarkers = plan.passesMarkers;
        world.lagging = true;
        write(world, plan.before);
        world.pass(5000);
        const of = await producersMoved(world);
        const groups = world.committed.source;
        for (const { name: group, topics } of scope.groups) {
          const at = names
            .filter((name) => topics.includes(parsed(name).topic))
            .map(
              (name) => [name, BigInt(Math.floor(plan.removed[name] * world.logs.source.get(name)!.length))] as const,
            );
          groups.set(group, new Map(at));
        }
        expire(world, plan.removedLater);
        const left = scope.groups.some(({ name: group, topics }) =>
          names
            .filter((name) => topics.includes(parsed(name).topic))
            .some((name) => {
              const from = Math.max(Number(groups.get(group)!.get(name)), world.start("source", name));
              return world.logs.source.get(name)!.slice(from).some(isData);
            }),
        );
        const found = await verdictOn(world, { kind: "groups-drained" }, of);
        assert.equal(found.open, !left, found.sentence);
        const moved = await switchConsumers(world.effects(), { ...inputs("consumers"), scope: of }).catch(
          (error: Error) => error,
        );
        assert.equal(moved instanceof Error, left, moved instanceof Error ? moved.message : "a group has records left");
      }),
      { numRuns: runs, ...seed },
    ));

  it("a topic that is made again closes what compares with it, however long it has become, until the config takes it for the same", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom("source", "target"),
        fc.constantFrom("foo", "orders"),
        fc.boolean(),
        fc.integer({ min: 0, max: 80 }),
        async (side: SideName, topic, afterwards, records) => {
          const world = new World();
          const before = remembered(world);
          if (afterwards) await producersMoved(world);
          world.recreate(side, topic);
          for (const [name, log] of world.logs[side])
            if (parsed(name).topic === topic) log.push(...Array<Kind>(records).fill("data"));
          const both = ["mirror-within", ...(afterwards ? (["mirror-drained"] as const) : [])] as const;
          const ofSource = afterwards ? (["source-still-at-ledger", "groups-drained"] as const) : [];
          const kinds = side === "source" ? [...both, ...ofSource] : both;
          for (const kind of kinds) {
            const condition: Condition = kind === "mirror-within" ? { kind, maxLag: 1_000 } : { kind };
            const found = await verdictOn(world, condition, scope, before);
            assert.ok(!found.open && found.cause === `recreated-on-${side}`, `${kind}: ${found.sentence}`);
            if (side === "target") continue;
            const same = { ...scope, recreated: [{ topic, id: world.topicIds.source.get(topic)! }] };
            const taken = await verdictOn(world, condition, same, before);
            assert.ok(taken.open || taken.cause !== "recreated-on-source", taken.sentence);
          }
        },
      ),
      { numRuns: runs, ...seed },
    ));

  it("names who wrote what came to the source after the switch", () =>
    fc.assert(
      fc.asyncProperty(
        fc.option(fc.record({ id: fc.bigInt({ min: 0n, max: 9_999n }), epoch: fc.nat(9) })),
        async (producer) => {
          const world = new World();
          await producersMoved(world);
          world.writer = producer;
          world.logs.source.get("orders[0]")!.push("data");
          const { open, sentence } = await verdictOn(world, { kind: "source-still-at-ledger" });
          assert.equal(open, false);
          const by = producer === null ? "" : ` by producer id ${producer.id} epoch ${producer.epoch}`;
          assert.ok(sentence.endsWith(`, 1 record, the first of 1970-01-01T00:00:00.000Z${by}`), sentence);
        },
      ),
      { numRuns: 20, ...seed },
    ));

  it("whatever is written on the target after an entry keeps a way back closed, and markers do not", () =>
    fc.assert(
      fc.asyncProperty(plans, fc.boolean(), async (plan: Plan, open) => {
        const world = new World();
        await producersMoved(world);
        const ends = await world.effects().kafka.logs("target");
        for (const name of names) world.logs.target.get(name)!.push(...plan.between[name]);
        if (open) world.logs.target.get("foo[0]")!.push("open");
        for (const name of names) {
          world.expire("target", name, Math.floor(plan.removed[name] * world.logs.target.get(name)!.length));
        }
        const now = await world.effects().kafka.logs("target");
        const grown = [...now.partitions].flatMap(([name, { topic, partition, end: to }]) => {
          const from = ends.partitions.get(name)!.end;
          return from < to ? [{ topic, partition, from, to }] : [];
        });
        const counted = grown.map((range) => world.counted("target", range, "read_committed"));
        const written = names.filter((name) => {
          const from = Number(ends.partitions.get(name)!.end);
          const log = world.logs.target.get(name)!;
          const left = log.slice(from).some((kind) => kind === "data" || kind === "open");
          return left || (from < log.length && world.start("target", name) > from);
        });
        const found = holding(grown, now, counted).map(({ topic, partition }) => `${topic}[${partition}]`);
        assert.deepEqual(found.sort(), written.sort());
      }),
      { numRuns: runs, ...seed },
    ));

  it("records of a transaction that is open when they are accepted are waited for, and copied once it ends", async () => {
    for (const end of ["data", "aborted"] as const) {
      const world = new World();
      await producersMoved(world);
      await switchConsumers(world.effects(), inputs("consumers"));
      world.startOn("target", "consumer");
      stopProducers(world);
      const log = world.logs.source.get("orders[0]")!;
      log.push("open", "open");
      const of = { ...scope, stragglers: acceptAll(world) };
      const before = data(world.logs.target.get("orders[0]")!);
      await assert.rejects(
        copyStragglers(world.effects(), of, world.entries),
        /the mirror has not copied the stragglers of orders\[0\] within 120 s/,
      );
      log.splice(-2, 2, end, end, "marker");
      await copyStragglers(world.effects(), { ...scope, stragglers: acceptAll(world) }, world.entries);
      assert.equal(data(world.logs.target.get("orders[0]")!) - before, end === "data" ? 2 : 0);
    }
  });
});
