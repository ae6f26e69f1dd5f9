import assert from "node:assert/strict";
import fc from "fast-check";
import {
  closingWaves,
  couplings,
  inseparable,
  undeclared,
  type Application,
  type ReadingGroup,
  type Wave,
} from "../phases/waves/couplings.ts";
import { proposeWaves, reservedWaves } from "../phases/waves/propose.ts";
import { waveProblems, type WaveProblem } from "../phases/waves/refusals.ts";
import { coupled, problemsOf, stackOf } from "./support/coupled.ts";

const producer = (name: string, ...topics: string[]): Application => ({ name, role: "producer", groups: [], topics });
const consumer = (name: string, ...groups: string[]): Application => ({ name, role: "consumer", groups, topics: [] });
const both = (name: string, groups: string[], topics: string[]): Application => ({
  name,
  role: "both",
  groups,
  topics,
});
const group = (name: string, ...topics: string[]): ReadingGroup => ({ name, topics });
const waves = (text: string): Wave[] =>
  text
    .split(";")
    .map((part) => part.trim().split(/\s+/))
    .map(([name, ...workloads]) => ({ name: name!, workloads }));

/** A shop: `web` writes orders, `billing` reads them and writes invoices, `mail` reads those; `report` reads both. */
const shop = [
  producer("web", "orders"),
  both("billing", ["billing"], ["invoices"]),
  consumer("mail", "mail"),
  consumer("report", "report"),
];
const shopGroups = [group("billing", "orders"), group("mail", "invoices"), group("report", "orders", "invoices")];

/** Two services that read and write each other's topics, one that only watches, and one writer from outside. */
const pair = [
  both("stock", ["stock"], ["reserved"]),
  both("pay", ["pay"], ["paid"]),
  consumer("watch", "watch"),
  producer("web", "carts"),
];
const pairGroups = [group("stock", "paid", "carts"), group("pay", "reserved"), group("watch", "reserved", "paid")];

/** in -> a -> one -> b -> two -> c */
const chain = [
  producer("feed", "in"),
  both("a", ["a"], ["one"]),
  both("b", ["b"], ["two"]),
  both("c", ["c"], ["out"]),
  consumer("sink", "sink"),
];
const chainGroups = [group("a", "in"), group("b", "one"), group("c", "two"), group("sink", "out")];

/** One topic with two writers, and one reader of it. */
const twoWriters = [producer("left", "events"), producer("right", "events"), consumer("reader", "reader")];
const twoWritersGroups = [group("reader", "events")];

/** Two Deployments of one group; a third application uses a transactional id together with the first. */
const shared = [
  { ...both("blue", ["shop"], ["out"]), transactionalIds: ["tx"] },
  consumer("green", "shop"),
  { ...producer("red", "side"), transactionalIds: ["tx"] },
];
const sharedGroups = [group("shop", "in")];

type World = readonly [readonly Application[], readonly ReadingGroup[]];
const worlds = {
  shop: [shop, shopGroups],
  pair: [pair, pairGroups],
  chain: [chain, chainGroups],
  twoWriters: [twoWriters, twoWritersGroups],
  shared: [shared, sharedGroups],
  silent: [[producer("web"), consumer("mail", "mail")], [group("mail", "orders")]],
} satisfies Record<string, World>;

// prettier-ignore
const passing: readonly [what: string, world: keyof typeof worlds, waves: string][] = [
  ["readers before writers, one in each wave",                       "shop",       "a report; b mail; c billing; d web"],
  ["everybody in one wave",                                          "shop",       "a web billing mail report"],
  ["readers with their writer in one wave",                          "shop",       "a report mail billing; b web"],
  ["a reader long before its writer",                                "shop",       "a mail; b report; c billing web"],
  ["two services that read each other, in one wave",                 "pair",       "a watch; b stock pay; c web"],
  ["the writer from outside together with the pair",                 "pair",       "a watch stock pay web"],
  ["a chain from its end to its beginning",                          "chain",      "a sink; b c; c b; d a; e feed"],
  ["a chain that moves in two halves",                               "chain",      "a sink c; b b a feed"],
  ["writers of one topic in different waves, after its reader",      "twoWriters", "a reader; b left; c right"],
  ["writers of one topic in different waves, with its reader first", "twoWriters", "a reader right; b left"],
  ["what shares a group and a transactional id, in one wave",        "shared",     "a blue green red"],
];

// prettier-ignore
const refused: readonly [
  what: string, world: keyof typeof worlds, waves: string, kind: WaveProblem["kind"], path: string, says: RegExp,
][] = [
  ["a reader after its writer",                       "shop", "a web; b report mail billing",   "reader-after-writer", "waves[1].workloads[0]", /"report" in wave "b" reads "orders" \(group "report"\), but "web".* wave "a".*move "web" to wave "b"/],
  ["a reader after the first of two writers",         "twoWriters", "a left; b reader right",   "reader-after-writer", "waves[1].workloads[0]", /"reader".* reads "events".*"left".*move "reader" to wave "a", or move "left" to wave "b"/],
  ["a reader after both writers",                     "twoWriters", "a left; b right; c reader", "reader-after-writer", "waves[2].workloads[0]", /move "reader" to wave "b", or move "right" to wave "c"/],
  ["a reader between two writers",                    "twoWriters", "a right; b reader; c left", "reader-after-writer", "waves[1].workloads[0]", /"reader" would miss what is written on the target/],
  ["a reader after a service that reads and writes",  "shop", "a report; b billing; c mail; d web", "reader-after-writer", "waves[2].workloads[0]", /"mail" in wave "c" reads "invoices".*"billing"/],
  ["a service after the writer of what it reads",     "shop", "a report; b mail; c web; d billing", "reader-after-writer", "waves[3].workloads[0]", /"billing" in wave "d" reads "orders".*"web"/],
  ["a reader of two topics after both their writers", "shop", "a mail; b billing; c web; d report", "reader-after-writer", "waves[3].workloads[0]", /"report" in wave "d" reads "invoices".*"billing"/],
  ["a chain in the order of its records",             "chain", "a feed; b a; c b; d c; e sink", "reader-after-writer", "waves[1].workloads[0]", /"a" in wave "b" reads "in".*"feed"/],
  ["the middle of a chain too late, with its end",    "chain", "a sink; b b; c c; d a feed",   "reader-after-writer", "waves[2].workloads[0]", /"c" in wave "c" reads "two".*"b".*move "c" to wave "b", or move "b" to wave "c"/],
  ["a reader that pulls its own readers along",       "chain", "a a; b feed; c sink; d c; e b", "reader-after-writer", "waves[4].workloads[0]", /"b" in wave "e" reads "one".*move "a", "feed" to wave "e"|move "b", "c", "sink" to wave "a"/],
  ["two services that read each other apart",         "pair", "a watch; b stock; c pay; d web", "cycle-apart", "waves[2].workloads[0]", /"pay" reads "reserved" of "stock", and "stock" reads "paid" of "pay".*allowed: one wave; move "pay" to wave "b"/],
  ["the same two, the other way round",               "pair", "a watch; b pay; c stock; d web", "cycle-apart", "waves[2].workloads[0]", /"stock" reads "paid" of "pay".*waves "b", "c"/],
  ["one of two that read each other, with the web",   "pair", "a watch; b stock; c pay web", "cycle-apart", "waves[2].workloads[0]", /move "pay" to wave "b"/],
  ["the watcher of a circle after it",                "pair", "a stock pay; b watch; c web",    "reader-after-writer", "waves[1].workloads[0]", /"watch" in wave "b"/],
  ["a group in two waves",                            "shared", "a green; b blue red",          "group-apart", "waves[1].workloads[0]", /"blue", "green" join group "shop", whose offsets can be on one side only, and move in waves "a", "b".*move "green" to wave "b"/],
  ["a transactional id in two waves",                 "shared", "a blue green; b red",          "transactional-id-apart", "waves[0].workloads[0]", /transactional id "tx".*move "red" to wave "a"/],
  ["a name that nobody has",                          "shop", "a raport; b report mail; c billing web", "unknown", "waves[0].workloads[0]", /"raport" is not under workloads; did you mean "report"\?/],
  ["a name that is like no other",                    "shop", "a warehouse report mail billing web", "unknown", "waves[0].workloads[0]", /allowed: web, billing, mail, report/],
  ["a workload in two waves",                         "shop", "a report mail; b billing report; c web", "twice", "waves[1].workloads[1]", /"report" is in wave "a" already/],
  ["a workload twice in one wave",                    "shop", "a report mail report; b billing web", "twice", "waves[0].workloads[2]", /moves only once/],
  ["a workload in no wave",                           "shop", "a report; b billing; c web",     "missing", "waves", /"mail" is in no wave, so it would never move; add it to a wave from "a" to "b"/],
  ["a workload in no wave that fits one only",        "shop", "a report mail; b web",           "missing", "waves", /"billing" is in no wave.*add it to a wave from "a" to "b"/],
  ["a wave without a workload",                       "shop", "a report mail; b; c billing web", "empty", "waves[1].workloads", /empty; allowed: 1 or more entries/],
  ["a name of two waves",                             "shop", "a report mail; a billing web",   "name-taken", "waves[1].name", /"a" is named twice/],
  ["a name of the program's own",                     "shop", "producers report mail; b billing web", "name-taken", "waves[0].name", /the program calls its own resources/],
  ["a producer that names no topic",                  "silent", "a mail; b web",                "no-topics", "workloads[0].topics", /"web" writes, and only its topics say which readers/],
];

/** What the checks of a config say of it with these applications and waves. */
function problemsIn([applications, groups]: World, text: string): readonly string[] {
  const { input, inventory } = stackOf({
    topics: [...new Set([...applications, ...groups].flatMap(({ topics }) => topics))],
    groups: Object.fromEntries(groups.map(({ name, topics }) => [name, topics])),
    workloads: applications.map(({ name, groups: joined, topics, transactionalIds = [] }) => {
      const workload = coupled(name, joined, topics);
      return transactionalIds.length === 0 ? workload : ({ ...workload, transactionalIds } as typeof workload);
    }),
  });
  return problemsOf({ input: { ...input, waves: waves(text) }, inventory });
}

describe("waves in an order in which nobody misses a record", () => {
  for (const [what, world, text] of passing) {
    it(`pass: ${what}`, () => assert.deepEqual(problemsIn(worlds[world], text), []));
  }
  for (const [what, world, text, kind, path, says] of refused) {
    it(`are refused for ${what}`, () => {
      const problems = problemsIn(worlds[world], text);
      assert.ok(
        problems.some((one) => one.startsWith(`${path}: `) && says.test(one)),
        problems.join("\n"),
      );
      const found = waveProblems(waves(text), ...(worlds[world] as World));
      assert.ok(
        found.some((one) => one.kind === kind && one.path === path),
        JSON.stringify(found, null, 2),
      );
    });
  }
});

describe("couplings", () => {
  it("say which topic and which group make a reader move before a writer, both ways where they share a group", () => {
    assert.deepEqual(couplings(shop.slice(0, 2), shopGroups), [
      { before: "billing", after: "web", ties: [{ kind: "topic", topic: "orders", group: "billing" }] },
    ]);
    assert.deepEqual(
      couplings(shared, sharedGroups).map(({ before, after }) => `${before} ${after}`),
      ["blue green", "blue red", "green blue", "red blue"],
    );
  });

  it("do not tie an application to itself by a topic that it reads and writes", () => {
    assert.deepEqual(couplings([both("loop", ["loop"], ["t"])], [group("loop", "t")]), []);
  });

  it("close a topic with the wave of its last writer, and name what nobody writes or reads", () => {
    const list = waves("a reader right; b left");
    assert.deepEqual([...closingWaves(list, twoWriters)], [["events", "b"]]);
    assert.deepEqual(undeclared(["events", "old"], twoWriters, twoWritersGroups), {
      unwritten: ["old"],
      unread: ["old"],
    });
    assert.deepEqual(undeclared(["orders"], [consumer("mail", "mail")], [group("mail", "orders")]), {
      unwritten: ["orders"],
      unread: [],
    });
  });
});

/** Any applications: 1 to 12, with few topics and groups, so that they are coupled. */
const anyWorld = fc
  .array(
    fc.record({
      role: fc.constantFrom("producer", "consumer", "both"),
      groups: fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 2 }),
      topics: fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength: 3 }),
      ids: fc.option(fc.nat(30), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .chain((list) =>
    fc.array(fc.uniqueArray(fc.nat(11), { maxLength: 3 }), { minLength: 10, maxLength: 10 }).map((reads) => ({
      applications: list.map(({ role, groups, topics, ids }, at): Application => ({
        name: `app-${at}`,
        role: role,
        // Mostly groups of their own: a shared one ties everything together.
        groups: role === "producer" ? [] : groups.map((one) => (at % 4 === 0 ? `g${one}` : `g${one}-of-${at}`)),
        topics: role === "consumer" ? [] : topics.map((one) => `t${one}`),
        ...(ids !== null && { transactionalIds: [`x${ids}`] }),
      })),
      reads: reads.map((topics) => topics.map((one) => `t${one}`)),
    })),
  )
  .map(({ applications, reads }) => ({
    applications,
    groups: [...new Set(applications.flatMap((one) => one.groups))].map((name): ReadingGroup => ({
      name,
      topics: reads[Number(/\d+/.exec(name)![0])]!,
    })),
  }));

/** The rule of the design, word for word and by brute force. */
function brokenRules(
  list: readonly Wave[],
  { applications, groups }: { applications: Application[]; groups: ReadingGroup[] },
) {
  const at = (name: string): number => list.findIndex(({ workloads }) => workloads.includes(name));
  const readersOf = (topic: string): Application[] =>
    applications.filter((one) => groups.some((g) => g.topics.includes(topic) && one.groups.includes(g.name)));
  const topics = [...new Set(applications.flatMap((one) => one.topics))];
  const late = topics.filter((topic) => {
    const writers = applications.filter((one) => one.topics.includes(topic));
    return readersOf(topic).some((r) => writers.some((w) => r !== w && at(r.name) > at(w.name)));
  });
  const several = (key: (one: Application) => readonly string[]): string[] =>
    [...new Set(applications.flatMap(key))].filter(
      (value) => new Set(applications.filter((one) => key(one).includes(value)).map((one) => at(one.name))).size > 1,
    );
  return [...late, ...several((one) => one.groups), ...several((one) => one.transactionalIds ?? [])];
}

const runs = { numRuns: 600, seed: 18 };

describe("a proposal of waves", () => {
  it("passes the rules and the checks, names every application once, and cannot be cut finer, over generated worlds", () => {
    let circles = 0;
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { applications, groups } = world;
        const proposed = proposeWaves(applications, groups);
        assert.deepEqual(brokenRules(proposed, world), []);
        assert.deepEqual(waveProblems(proposed, applications, groups), []);
        const names = proposed.flatMap(({ workloads }) => workloads);
        assert.deepEqual(names.slice().sort(), applications.map(({ name }) => name).sort());
        const edges = couplings(applications, groups);
        for (const { workloads } of proposed) {
          if (workloads.length > 1) circles += 1;
          for (const from of workloads)
            for (const to of workloads) assert.ok(reaches(from, to, edges), `${from} ${to}`);
        }
      }),
      runs,
    );
    assert.ok(circles > 100, `only ${circles} circles were generated`);
  });

  it("finds the strongly connected sets, and none after one that it must precede, over generated graphs", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 }), (pairs) => {
        const names = Array.from({ length: 10 }, (_, at) => `n${at}`);
        const edges = pairs.map(([a, b]) => ({ before: `n${a}`, after: `n${b}`, ties: [] }));
        const sets = inseparable(names, edges);
        const setOf = (name: string): number => sets.findIndex((set) => set.includes(name));
        for (const a of names) {
          for (const b of names) {
            const [there, back] = [reaches(a, b, edges), reaches(b, a, edges)];
            assert.equal(setOf(a) === setOf(b), there && back, `${a} ${b}`);
            if (there && !back) assert.ok(setOf(a) < setOf(b), `${a} before ${b}`);
          }
        }
      }),
      runs,
    );
  });

  it("is refused once it is shuffled into an order that breaks the rules, and only then", () => {
    let broken = 0;
    fc.assert(
      fc.property(anyWorld, fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }), (world, places) => {
        const { applications, groups } = world;
        const list = [0, 1, 2, 3]
          .map((at) => ({
            name: `w${at}`,
            workloads: applications.filter((_, index) => places[index] === at).map(({ name }) => name),
          }))
          .filter(({ workloads }) => workloads.length > 0);
        const problems = waveProblems(list, applications, groups);
        const rules = brokenRules(list, world);
        assert.equal(problems.length > 0, rules.length > 0, JSON.stringify({ problems, rules }));
        broken += Math.min(1, problems.length);
        for (const problem of problems) {
          for (const { move, to } of problem.remedies) {
            const moved = list.map(({ name, workloads }) => ({
              name,
              workloads: [...workloads.filter((one) => !move.includes(one)), ...(name === to ? move : [])],
            }));
            const keys = new Set(problems.map(keyOf));
            const after = waveProblems(
              moved.filter(({ workloads }) => workloads.length > 0),
              applications,
              groups,
            );
            assert.ok(!after.some((one) => keyOf(one) === keyOf(problem)), `still: ${problem.message}`);
            const added = after.filter((one) => !keys.has(keyOf(one)));
            assert.deepEqual(problem.kind === "reader-after-writer" ? added.filter(pairwise) : [], []);
          }
        }
      }),
      runs,
    );
    assert.ok(broken > 100, `only ${broken} were broken`);
  });

  it("takes the smallest waves first and names what put them where they are", () => {
    const proposed = proposeWaves(pair, pairGroups);
    assert.deepEqual(
      proposed.map(({ name, workloads }) => [name, ...workloads]),
      [
        ["watch", "watch"],
        ["stock-and-1", "stock", "pay"],
        ["web", "web"],
      ],
    );
    assert.deepEqual(
      proposed[1]!.together.map(({ before, after }) => `${before}>${after}`),
      ["stock>pay", "pay>stock"],
    );
    assert.deepEqual(
      proposed[2]!.after.map(({ before, after }) => `${before}>${after}`),
      ["stock>web"],
    );
  });

  it("joins neighbours until there are as few as asked for, and stays valid", () => {
    for (const atMost of [1, 2, 3, 4]) {
      const proposed = proposeWaves(chain, chainGroups, { atMost });
      assert.equal(proposed.length, atMost);
      assert.deepEqual(waveProblems(proposed, chain, chainGroups), []);
      const reasons = proposed.flatMap(({ together, inOrder, after }) => [...together, ...inOrder, ...after]);
      assert.equal(reasons.length, couplings(chain, chainGroups).length, "each coupling is given as a reason once");
      assert.equal(proposed.flatMap(({ inOrder }) => inOrder).length, 5 - atMost);
    }
  });

  it("gives every wave a name of its own that Kubernetes takes", () => {
    const long = "An.application_whose name is longer than any connector's";
    const list = [long, `${long} 2`, "producers", "a.", "a-", "-", "..."].map((name) => producer(name, "t"));
    const names = proposeWaves(list, []).map(({ name }) => name);
    assert.equal(new Set(names).size, list.length, names.join(" "));
    for (const name of names) {
      assert.match(name, /^[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?$/);
      assert.ok(!reservedWaves.includes(name), name);
    }
  });

  it("takes less than 5 s for 60 applications on 1,000 topics", function () {
    this.timeout(20_000);
    const topics = Array.from({ length: 1_000 }, (_, at) => `topic-${at}`);
    const some = (at: number, count: number, step: number): string[] =>
      Array.from({ length: count }, (_, index) => topics[(at * 37 + index * step) % topics.length]!);
    const applications = Array.from({ length: 60 }, (_, at): Application => {
      const name = `app-${at}`;
      if (at % 3 === 0) return producer(name, ...some(at, 60, 7));
      return at % 3 === 1 ? consumer(name, `${name}-group`) : both(name, [`${name}-group`], some(at, 30, 11));
    });
    const groups = applications.flatMap(({ groups: [name] }, at) =>
      name ? [group(name, ...some(at + 1, 50, 13))] : [],
    );
    const from = performance.now();
    const proposed = proposeWaves(applications, groups);
    const problems = waveProblems(proposed, applications, groups);
    const seconds = (performance.now() - from) / 1000;
    assert.deepEqual(problems, []);
    assert.ok(seconds < 5, `${seconds} s`);
  });
});

const pairwise = ({ kind }: WaveProblem): boolean => kind === "reader-after-writer";
const keyOf = ({ kind, applications, topics }: WaveProblem): string =>
  JSON.stringify([kind, kind === "cycle-apart" ? topics : applications]);

function reaches(from: string, to: string, edges: readonly { before: string; after: string }[]): boolean {
  const found = new Set([from]);
  for (const name of found) for (const edge of edges) if (edge.before === name) found.add(edge.after);
  return found.has(to);
}
