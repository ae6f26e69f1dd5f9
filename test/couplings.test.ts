/** Couplings of applications by a config each: what must be refused, with the change that would do, and what must pass. */
import assert from "node:assert/strict";
import type { Raw } from "./support/broken-configs/broken-config.ts";
import { coupled, problemsOf, stackOf, type World } from "./support/coupled.ts";

const changelogs = { by: "Jane Doe", at: "2026-11-21T14:05:00Z", words: "no store is built withLoggingDisabled" };
const [byKey, sum] = ["totals-by-key-repartition", "totals-sum-changelog"];

/**
 * A shop. `web` fills carts, `stock` and `pay` read each other, `billing` and `mail` follow; `events` has two writers, `totals`
 * is a Kafka Streams application, and a mainframe, which nobody here can stop, writes prices.
 */
const shop: World = {
  topics: ["carts", "clicks", "reserved", "paid", "invoices", "events", "counts", "prices", byKey, sum],
  groups: {
    stock: ["carts", "paid"],
    pay: ["reserved"],
    billing: ["paid"],
    mail: ["invoices"],
    report: ["invoices", "clicks"],
    reader: ["events"],
    totals: ["clicks", byKey],
    board: ["counts"],
    quotes: ["prices"],
  },
  workloads: [
    coupled("web", [], ["carts", "clicks"]),
    coupled("stock", ["stock"], ["reserved"]),
    coupled("pay", ["pay"], ["paid"]),
    coupled("billing", ["billing"], ["invoices"]),
    coupled("mail", ["mail"], []),
    coupled("report", ["report"], []),
    coupled("left", [], ["events"]),
    coupled("right", [], ["events"]),
    coupled("reader", ["reader"], []),
    coupled("totals", ["totals"], ["counts", byKey, sum]),
    coupled("board", ["board"], []),
    coupled("quotes", ["quotes"], []),
    { kind: "external", role: "producer", name: "mainframe", topics: ["prices"] },
  ],
};
const waves = [
  { name: "readers", workloads: ["mail", "report", "reader", "board", "quotes"] },
  { name: "billing", workloads: ["billing"] },
  { name: "totals", workloads: ["totals"] },
  { name: "core", workloads: ["stock", "pay"] },
  { name: "edge", workloads: ["web", "left", "right", "mainframe"] },
];

/** The shop's config and lockfile, for an edit. */
interface Edited {
  readonly input: Raw;
  readonly locked: Raw;
}
type Edit = (shop: Edited) => unknown;

const one = ({ input }: Edited, name: string): Raw => input.workloads.find((each: Raw) => each.name === name);
const group = ({ locked }: Edited, name: string): Raw => locked.groups.find((each: Raw) => each.name === name);
const out = ({ input }: Edited, name: string): void => {
  for (const wave of input.waves) wave.workloads = wave.workloads.filter((each: string) => each !== name);
};
/** Puts a workload into a wave, instead of the one that it is in; a wave that there is not comes first or last. */
const into = (of: Edited, wave: string, ...names: string[]): void => {
  for (const name of names) out(of, name);
  if (!of.input.waves.some((each: Raw) => each.name === wave))
    of.input.waves[wave === "first" ? "unshift" : "push"]({ name: wave, workloads: [] });
  of.input.waves.find((each: Raw) => each.name === wave).workloads.push(...names);
  of.input.waves = of.input.waves.filter((each: Raw) => each.workloads.length > 0);
};
const add = (of: Edited, wave: string, workload: Raw): void => {
  of.input.workloads.push(workload);
  into(of, wave, workload.name);
};
/** A group of the list: the list then names all others as they are. */
const listed = (of: Edited, name: string): Raw => {
  of.input.groups.migrate ??= of.locked.groups.map((each: Raw) => ({ name: each.name }));
  return of.input.groups.migrate.find((each: Raw) => each.name === name);
};
const login = { source: { secret: "old" }, target: { secret: "new" }, password: { secret: "login", key: "password" } };
const protocol = {
  at: { configMap: "shared", key: "PROTOCOL" },
  ...{ source: { text: "SASL_PLAINTEXT" }, target: { text: "SASL_SSL" } },
};

function found(edit: Edit): readonly string[] {
  const { input, inventory } = stackOf(shop);
  const raw: Edited = { input: { ...input, waves: structuredClone(waves) } as Raw, locked: inventory as Raw };
  group(raw, "totals").streams = true;
  one(raw, "totals").streams = { changelogs };
  edit(raw);
  return problemsOf({ input: raw.input, inventory: raw.locked });
}

interface Refused {
  readonly what: string;
  readonly edit: Edit;
  /** The one problem: where it is, and what is said of it. */
  readonly says: RegExp;
  /** The change that the message names. */
  readonly change: Edit;
}

const refused: readonly Refused[] = [
  {
    what: "a reader moves after the only writer",
    edit: (of) => into(of, "late", "quotes"),
    says: /^waves\[5\]\.workloads\[0\]: "quotes" in wave "late" reads "prices" \(group "quotes"\), but "mainframe", which writes it, moves before it in wave "edge", so "quotes" would miss .*; move "quotes" to wave "edge", or move "mainframe" to wave "late"$/,
    change: (of) => into(of, "edge", "quotes"),
  },
  {
    what: "a reader moves after the first of two writers",
    edit: (of) => into(of, "first", "left"),
    says: /: "reader" in wave "readers" reads "events" \(group "reader"\), but "left", .* in wave "first", .*; move "reader" to wave "first", or move "left" to wave "readers"$/,
    change: (of) => into(of, "readers", "left"),
  },
  {
    what: "an application with a global table, which it reads without a group, moves after its writer",
    edit: (of) => {
      one(of, "totals").readsWithoutGroup = ["prices"];
      into(of, "billing", "mainframe");
    },
    says: /: "totals" in wave "totals" reads "prices" \(without a group\), but "mainframe", .* in wave "billing", .*; move "totals" to wave "billing", or move "mainframe" to wave "totals"$/,
    change: (of) => into(of, "totals", "mainframe"),
  },
  {
    what: "a topic that is read without a group stays behind",
    edit: (of) => {
      of.locked.topics.push({ name: "rates", partitions: 1, replicationFactor: 2, configs: {} });
      of.input.topics.ignore = [{ name: "rates", reason: "kept on the source for a year" }];
      one(of, "board").readsWithoutGroup = ["rates"];
    },
    says: /^workloads\[10\]\.readsWithoutGroup: "board" reads "rates", which is not migrated: after its move it would no longer read it; add it to the migrated topics/,
    change: (of) => (of.input.topics.ignore = []),
  },
  {
    what: "another application reads the state of a Kafka Streams application without a group",
    edit: (of) => (one(of, "board").readsWithoutGroup = [sum]),
    says: /^workloads: "totals-sum-changelog" is an internal topic .* which workload "board" reads too; no other workload may use it/,
    change: (of) => delete one(of, "board").readsWithoutGroup,
  },
  {
    what: "a service moves after the writer of what it reads",
    edit: (of) => into(of, "late", "totals"),
    says: /: "totals" in wave "late" reads "clicks" \(group "totals"\), but "web", .* in wave "edge", .*; move "totals" to wave "edge", or move "web" to wave "late"$/,
    change: (of) => into(of, "edge", "totals"),
  },
  {
    what: "a reader moves after a service that writes for it",
    edit: (of) => into(of, "core", "mail"),
    says: /: "mail" in wave "core" reads "invoices" \(group "mail"\), but "billing", .* in wave "billing", .*; move "mail" to wave "billing", or move "billing" to wave "core"$/,
    change: (of) => into(of, "billing", "mail"),
  },
  {
    what: "a reader moves after a Kafka Streams application that writes for it",
    edit: (of) => into(of, "edge", "board"),
    says: /: "board" in wave "edge" reads "counts" \(group "board"\), but "totals", .* in wave "totals", .*; move "board" to wave "totals", or move "totals" to wave "edge"$/,
    change: (of) => into(of, "totals", "board"),
  },
  {
    what: "a service could only move earlier with one that reads what it writes",
    edit: (of) => (
      into(of, "late", "mail"),
      into(of, "late", "report"),
      into(of, "late", "billing"),
      into(of, "late", "web")
    ),
    says: /: "billing" in wave "late" reads "paid" \(group "billing"\), but "pay", .* in wave "core", .*; move "billing", "mail", "report" to wave "core", or move "stock", "pay" to wave "late"|; move "stock", "pay" to wave "late", or move "billing", "mail", "report" to wave "core"$/,
    change: (of) => into(of, "late", "stock", "pay"),
  },
  {
    what: "two services that read each other move apart",
    edit: (of) => into(of, "edge", "pay"),
    says: /: "stock" reads "paid" of "pay", and "pay" reads "reserved" of "stock": .* waves "core", "edge"; allowed: one wave; move "pay" to wave "core"$|: "pay" reads "reserved" of "stock", and "stock" reads "paid" of "pay": .* waves "core", "edge"; allowed: one wave; move "pay" to wave "core"$/,
    change: (of) => into(of, "core", "pay"),
  },
  {
    what: "three services that read one another in a circle move apart",
    edit: (of) => {
      Object.assign(one(of, "web"), { role: "both", groups: ["web"] });
      of.locked.groups.push({ name: "web", protocol: "classic", topics: ["reserved"] });
    },
    says: /: "web" reads "reserved" of "stock", and "stock" reads "carts" of "web": .* waves "core", "edge"; allowed: one wave; move "web" to wave "core"$/,
    change: (of) => into(of, "core", "web"),
  },
  {
    what: "two Deployments of one group move apart",
    edit: (of) => add(of, "billing", coupled("mail-eu", ["mail"], [])),
    says: /: "mail", "mail-eu" join group "mail", whose offsets can be on one side only, and move in waves "readers", "billing"; allowed: one wave; move "mail-eu" to wave "readers"$/,
    change: (of) => into(of, "readers", "mail-eu"),
  },
  {
    what: "two writers with one transactional id move apart",
    edit: (of) => {
      for (const name of ["left", "right"]) one(of, name).transactionalIds = ["tx"];
      into(of, "core", "right");
    },
    says: /: "left", "right" use transactional id "tx", .* move in waves "core", "edge"; allowed: one wave; move "right" to wave "core"|; move "left" to wave "core"$/,
    change: (of) => into(of, "core", "left"),
  },
  {
    what: "a writer shares its transactional id with one that runs elsewhere, and moves apart from it",
    edit: (of) => {
      for (const name of ["web", "mainframe"]) one(of, name).transactionalIds = ["tx"];
      into(of, "late", "mainframe");
    },
    says: /: "web", "mainframe" use transactional id "tx", .* move in waves "edge", "late"; allowed: one wave; move "mainframe" to wave "edge"$/,
    change: (of) => into(of, "edge", "mainframe"),
  },
  {
    what: "applications of two waves read their address from one key",
    edit: (of) => {
      for (const name of ["stock", "web"]) one(of, name).bootstrap = { configMap: "shared", key: "BOOTSTRAP" };
    },
    says: /^workloads\[1\]\.bootstrap: producer "web" reads the same key and moves in wave "edge", "stock" in wave "core"; give each its own key, or name both in one wave$/,
    change: (of) => (one(of, "web").bootstrap = { configMap: "web-config", key: "BOOTSTRAP" }),
  },
  {
    what: "applications of two waves read their password from one key",
    edit: (of) => {
      for (const name of ["stock", "web"]) one(of, name).login = login;
    },
    says: /^workloads\[1\]\.login\.password: producer "web" reads the same key and moves in wave "edge", "stock" in wave "core"; give each/,
    change: (of) => (one(of, "web").login = { ...login, password: { secret: "web", key: "password" } }),
  },
  {
    what: "applications of two waves read another setting that differs by side from one key",
    edit: (of) => {
      for (const name of ["stock", "web"]) one(of, name).settings = { protocol };
    },
    says: /^workloads\[1\]\.settings\.protocol\.at: producer "web" reads the same key and moves in wave "edge", "stock" in wave "core"; give each/,
    change: (of) => into(of, "core", "web"),
  },
  {
    what: "a wave names a workload that there is not",
    edit: (of) => of.input.waves[0].workloads.push("raport"),
    says: /^waves\[0\]\.workloads\[5\]: "raport" is not under workloads; did you mean "report"\?/,
    change: (of) => of.input.waves[0].workloads.pop(),
  },
  {
    what: "a workload is in two waves",
    edit: (of) => of.input.waves[1].workloads.push("mail"),
    says: /^waves\[1\]\.workloads\[1\]: "mail" is in wave "readers" already, and a workload moves only once; name it in one wave$/,
    change: (of) => of.input.waves[1].workloads.pop(),
  },
  {
    what: "a workload is in no wave",
    edit: (of) =>
      out(of, "billing") ?? (of.input.waves = of.input.waves.filter((each: Raw) => each.workloads.length > 0)),
    says: /^waves: "billing" is in no wave, so it would never move; add it to a wave from "readers" to "core", or to one of its own there$/,
    change: (of) => into(of, "totals", "billing"),
  },
  {
    what: "a writer does not say what it writes",
    edit: (of) => delete one(of, "left").topics,
    says: /^workloads\[6\]\.topics: missing; "left" writes, and only its topics say which readers have to move before it/,
    change: (of) => (one(of, "left").topics = ["events"]),
  },
  {
    what: "an application writes a topic that stays behind",
    edit: (of) => {
      of.locked.topics.push({ name: "audit", partitions: 1, replicationFactor: 2, configs: {} });
      of.input.topics.ignore = [{ name: "audit", reason: "kept on the source for a year" }];
      one(of, "pay").topics.push("audit");
    },
    says: /^workloads\[2\]\.topics: "pay" writes "audit", which is not migrated: .*; add it to the migrated topics, or remove it here/,
    change: (of) => (of.input.topics.ignore = []),
  },
  {
    what: "a group reads a topic that stays behind",
    edit: (of) => {
      of.locked.topics.push({ name: "audit", partitions: 1, replicationFactor: 2, configs: {} });
      of.input.topics.ignore = [{ name: "audit", reason: "kept on the source for a year" }];
      group(of, "mail").topics.push("audit");
    },
    says: /^groups\.migrate: group "mail" also reads "audit", which is not migrated: .* add it to the migrated topics, or name it with the reason under leaves/,
    change: (of) => (listed(of, "mail").leaves = [{ topic: "audit", reason: "nobody reads it any more" }]),
  },
  {
    what: "the list of groups leaves out a topic that a group has read, whose writer moves before it",
    edit: (of) => {
      group(of, "quotes").topics.push("clicks");
      listed(of, "quotes").topics = ["prices"];
      into(of, "late", "quotes", "mainframe");
    },
    says: /^groups\.migrate\[8\]\.topics: the inventory has offsets of group "quotes" in "clicks", which is migrated, and the group would not be placed there; add it here, or, if it no longer reads it, delete its offsets there on the source \(kafka-consumer-groups --delete-offsets\) and run npm run assess again$/,
    change: (of) => (listed(of, "quotes").topics = ["prices", "clicks"]) && into(of, "edge", "quotes"),
  },
  {
    what: "an application joins a group that stays behind",
    edit: (of) => (of.input.groups.ignore = [{ name: "mail", reason: "mail ends this year" }]),
    says: /^workloads\[4\]\.groups: "mail" is not among the migrated groups/,
    change: (of) => (of.input.groups.ignore = []),
  },
  {
    what: "a group reads what moves, and no application joins it",
    edit: (of) => of.locked.groups.push({ name: "nightly", protocol: "classic", topics: ["paid"] }),
    says: /^groups: no workload joins group "nightly", so nothing would be stopped before its offsets move; name the group under a consumer/,
    change: (of) => add(of, "readers", coupled("nightly", ["nightly"], [])),
  },
  {
    what: "one Deployment is listed as a reader and as a writer",
    edit: (of) => of.input.workloads.push(coupled("mail", [], ["events"])),
    says: /^workloads\[13\]\.name: found "mail" as consumer and as producer, but a workload moves only once; allowed: one role; give it role both/,
    change: (of) => {
      of.input.workloads.pop();
      Object.assign(one(of, "mail"), { role: "both", topics: ["events"] });
    },
  },
  {
    what: "a Kafka Streams application does not name a topic that it keeps for itself",
    edit: (of) => one(of, "totals").topics.pop(),
    says: /^workloads\[9\]\.topics: workload "totals" runs the Kafka Streams application "totals" and writes its internal topics; add totals-sum-changelog$/,
    change: (of) => one(of, "totals").topics.push(sum),
  },
  {
    what: "another group reads the state of a Kafka Streams application",
    edit: (of) => group(of, "report").topics.push(sum),
    says: /^workloads: "totals-sum-changelog" is an internal topic of the Kafka Streams application "totals", which group "report" reads too; no other workload may use it: give the others a topic of their own/,
    change: (of) => group(of, "report").topics.pop(),
  },
  {
    what: "another application writes records under way in a Kafka Streams application",
    edit: (of) => (one(of, "web").topics.push(byKey), into(of, "edge", "totals")),
    says: /^workloads: "totals-by-key-repartition" is an internal topic .* which workload "web" writes too; no other workload may use it/,
    change: (of) => one(of, "web").topics.pop(),
  },
  {
    what: "the state of a Kafka Streams application stays behind",
    edit: (of) => {
      one(of, "totals").topics = ["counts", byKey];
      of.input.topics.ignore = [{ name: sum, reason: "it is rebuilt, we thought" }];
    },
    says: /"totals-sum-changelog" holds state of the Kafka Streams application "totals", which moves, and is not migrated: .*; add it to the migrated topics/,
    change: (of) => ((of.input.topics.ignore = []), one(of, "totals").topics.push(sum)),
  },
  {
    what: "a service moves where readers and writers move in different phases",
    edit: (of) => ((of.input.strategy = "producers-first"), delete of.input.waves, streamsOut(of), pairOut(of)),
    says: /^workloads\[\d\]\.role: found both in producers-first, in which readers and writers move in different phases, but "billing" moves once; set strategy to together or waves$/,
    change: (of) => (of.input.strategy = "together"),
  },
];

/** Takes an application out, with the group that only it joins. */
const without = (of: Edited, ...names: string[]): void => {
  of.input.workloads = of.input.workloads.filter((each: Raw) => !names.includes(each.name));
  of.locked.groups = of.locked.groups.filter((each: Raw) => !names.includes(each.name));
};
const streamsOut = (of: Edited): void => without(of, "totals");
const pairOut = (of: Edited): void => without(of, "stock", "pay");

const passing: readonly [what: string, edit: Edit][] = [
  ["readers before services, services before writers", () => {}],
  [
    "everybody in one wave",
    (of) => (of.input.waves = [{ name: "everybody", workloads: of.input.workloads.map((each: Raw) => each.name) }]),
  ],
  ["all in one move, without waves", (of) => ((of.input.strategy = "together"), delete of.input.waves)],
  ["readers in the wave of the service that writes for them", (of) => into(of, "billing", "mail", "report")],
  ["writers of one topic in two waves, after its reader", (of) => into(of, "core", "left")],
  ["the writer from outside in the wave of the two that read each other", (of) => into(of, "core", "web")],
  ["a writer that nobody here can stop in a wave before others", (of) => into(of, "billing", "mainframe")],
  ["a chain in two halves", (of) => (into(of, "billing", "mail", "report"), into(of, "edge", "stock", "pay"))],
  ["two Deployments of one group in one wave", (of) => add(of, "readers", coupled("mail-eu", ["mail"], []))],
  [
    "two writers with one transactional id in one wave",
    (of) => {
      for (const name of ["left", "right"]) one(of, name).transactionalIds = ["tx"];
    },
  ],
  [
    "one key for applications of one wave",
    (of) => {
      for (const name of ["left", "web"]) one(of, name).bootstrap = { configMap: "shared", key: "BOOTSTRAP" };
    },
  ],
  ["a global table whose reader moves before its writer", (of) => (one(of, "totals").readsWithoutGroup = ["prices"])],
  ["a service that reads its own topic", (of) => group(of, "billing").topics.push("invoices")],
  [
    "topics that nobody writes, and that nobody reads",
    (of) => {
      for (const name of ["old", "unread"])
        of.locked.topics.push({ name, partitions: 1, replicationFactor: 2, configs: {} });
      group(of, "mail").topics.push("old");
      one(of, "web").topics.push("unread");
    },
  ],
  [
    "a group that leaves a topic that stays behind, with the reason",
    (of) => {
      of.locked.topics.push({ name: "audit", partitions: 1, replicationFactor: 2, configs: {} });
      of.input.topics.ignore = [{ name: "audit", reason: "kept on the source for a year" }];
      group(of, "quotes").topics.push("audit");
      listed(of, "quotes").leaves = [{ topic: "audit", reason: "read by what quotes was before" }];
    },
  ],
];

describe("couplings of a config", () => {
  for (const [what, edit] of passing) it(`pass: ${what}`, () => assert.deepEqual(found(edit), []));

  for (const { what, edit, says, change } of refused) {
    it(`are refused where ${what}`, () => {
      const problems = found(edit);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0]!, says);
    });
    it(`pass with the change that is named, where ${what}`, () =>
      assert.deepEqual(
        found((of) => {
          edit(of);
          change(of);
        }),
        [],
      ));
  }

  it("are at least twenty that are refused and ten that pass, each another one", () => {
    const messages = new Set(refused.map(({ edit }) => found(edit).join()));
    assert.ok(messages.size >= 20 && passing.length >= 10, `${messages.size} and ${passing.length}`);
  });
});
