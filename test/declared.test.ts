import assert from "node:assert/strict";
import type { Declared } from "@kafka-migration/kafka";
import { declaredAs } from "../components/declared.ts";
import type { Recorded } from "../components/reached.ts";
import { reached as reachedDriver } from "../runtime/resources/reached.ts";
import { ofType, register, type Registered } from "./support/rows.ts";
import { stackConfig } from "./support/stack.ts";

const row = "mirror";
const config = (apartUpTo: number, phase = row) =>
  stackConfig("dev", (input) => {
    input.phase = phase;
    input.topics = { ...input.topics, apartUpTo };
  });
const before = (declared?: Declared): Recorded => ({
  ...{ strategy: "producers-first", row },
  ...(declared && { declared }),
});

describe("a stack whose topics pass the number that is declared apart", function () {
  this.timeout(60_000);
  const many = config(3);
  const few = config(300);

  // prettier-ignore
  const steps: [string, Parameters<typeof declaredAs>, Declared][] = [
    ["begins with few", [few, undefined], "apart"],
    ["begins with many", [many, undefined], "together"],
    ["has few, after a first update with many that failed", [few, undefined, new Set(["orders"])], "parting"],
    ["has many, after a first update with many that failed", [many, undefined, new Set(["orders"])], "together"],
    ["has few, as in version 0.1", [few, before()], "apart"],
    ["gets many", [many, before()], "joining"],
    ["has got many", [many, before("joining")], "together"],
    ["has many", [many, before("together")], "together"],
    ["gets few", [few, before("together")], "parting"],
    ["has got few", [few, before("parting")], "apart"],
    ["turns round on the way up", [few, before("joining")], "parting"],
    ["turns round on the way down", [many, before("parting")], "joining"],
    ["gets many a second time", [many, before("apart")], "joining"],
  ];
  for (const [when, args, expected] of steps)
    it(`declares them ${expected} when it ${when}`, () => assert.equal(declaredAs(...args), expected));

  const resourcesOf = async (of: typeof many, was: Declared | undefined, existing?: ReadonlySet<string>) =>
    (await register({ config: of, reached: before(was), ...(existing && { existing }) })).resources;
  const count = (found: readonly Registered[]) => ({
    topics: ofType(found, /:Topic$/).length,
    together: ofType(found, /:TopicsTogether$/).length,
    rights: ofType(found, /:Acl$/).length,
    rightsTogether: ofType(found, /:MirrorRights$/).length,
  });
  const acls = (found: readonly Registered[]) => ofType(found, /:Acl$/);
  const rights = 35;

  it("has one resource of topics and one of rights for each side, which connectors wait for", async () => {
    const found = await resourcesOf(many, "together");
    assert.deepEqual(count(found), { topics: 0, together: 1, rights: 0, rightsTogether: 2 });
    const [topics] = ofType(found, /:TopicsTogether$/);
    assert.deepEqual(Object.keys(topics!.inputs["topics"] as object).sort(), [...many.topics].sort());
    const [marks] = ofType(found, /:TopicMarks$/);
    assert.ok(marks!.dependencies.includes(topics!.urn));
    const single = acls(await resourcesOf(few, undefined));
    const granted = ofType(found, /:MirrorRights$/).flatMap(({ inputs }) => inputs["acls"] as string[]);
    const text = ({ inputs }: Registered) => wordsOf(inputs as Record<string, string>);
    const wordsOf = (of: Readonly<Record<string, string>>) =>
      `${of["aclPrincipal"]} ${of["aclPermissionType"]} ${of["aclOperation"]} from ${of["aclHost"]} of ` +
      `${of["aclResourceType"]} ${of["resourcePatternTypeFilter"]} ${of["aclResourceName"]}`;
    assert.deepEqual(granted.sort(), single.map(text).sort());
    for (const { inputs } of ofType(found, /:MirrorRights$/)) assert.equal(inputs["handedOver"], false);
    const byUrn = new Map(found.map((one) => [one.urn, one]));
    const awaited = ({ dependencies }: Registered): string[] =>
      dependencies.flatMap((urn) => [urn, ...(byUrn.get(urn) ? awaited(byUrn.get(urn)!) : [])]);
    for (const one of ofType(found, /:Connector$/)) {
      const earlier = new Set(awaited(one));
      for (const { urn } of ofType(found, /:MirrorRights$/)) assert.ok(earlier.has(urn), one.name);
    }
  });

  it("joins them in two updates, so that no right is taken away after it was granted", async () => {
    const joining = await resourcesOf(many, undefined);
    const expected = acls(await resourcesOf(few, undefined)).length;
    assert.ok(expected >= rights, String(expected));
    assert.deepEqual(count(joining), { topics: 0, together: 1, rights: expected, rightsTogether: 2 });
    // What the state remembers of them decides what happens when they leave.
    for (const { name, retainOnDelete } of acls(joining)) assert.ok(retainOnDelete, name);
    for (const { name, retainOnDelete } of acls(await resourcesOf(few, undefined))) assert.ok(!retainOnDelete, name);
    // Turned back before it was complete, the one resource leaves, and must not take away what the single ones stand for.
    for (const { inputs } of ofType(joining, /:MirrorRights$/)) assert.equal(inputs["handedOver"], true);
    const together = await resourcesOf(many, "joining");
    assert.deepEqual(count(together), { topics: 0, together: 1, rights: 0, rightsTogether: 2 });
    for (const { inputs } of ofType(together, /:MirrorRights$/)) assert.equal(inputs["handedOver"], false);
  });

  it("parts them by reading those that exist as they are; what is new is made", async () => {
    const [made, ...existing] = many.topics;
    const parting = await resourcesOf(few, "together", new Set(existing));
    assert.deepEqual(count(parting), { ...count(parting), topics: many.topics.length, together: 0, rightsTogether: 2 });
    for (const { name, inputs, importId, ignoreChanges, retainOnDelete } of ofType(parting, /:Topic$/)) {
      const isNew = inputs["name"] === made;
      assert.equal(importId, isNew ? "" : inputs["name"], name);
      assert.deepEqual(ignoreChanges, isNew ? [] : ["partitions", "replicationFactor", "config"], name);
      assert.ok(retainOnDelete);
    }
    for (const { name, retainOnDelete } of acls(parting)) assert.ok(!retainOnDelete, name);
    for (const { inputs } of ofType(parting, /:MirrorRights$/)) assert.equal(inputs["handedOver"], true);
    const apart = await resourcesOf(few, "parting");
    assert.deepEqual(count(apart), { ...count(parting), rightsTogether: 0 });
  });

  it("reads what a first update that failed has made, and makes the rest", async () => {
    const first = config(300, "prepare");
    const [missing, ...made] = first.topics;
    const { resources } = await register({ config: first, reached: undefined, existing: new Set(made) });
    const topics = ofType(resources, /:Topic$/);
    assert.equal(topics.length, first.topics.length);
    for (const { name, inputs, importId } of topics)
      assert.equal(importId, inputs["name"] === missing ? "" : inputs["name"], name);
    assert.equal(ofType(resources, /:Reached$/)[0]!.inputs["declared"], "parting");
  });

  it("records how they are declared, and nothing as long as each was always a resource of its own", async () => {
    const declaredIn = (found: readonly Registered[]) => ofType(found, /:Reached$/)[0]!.inputs["declared"];
    assert.equal(declaredIn(await resourcesOf(few, undefined)), undefined);
    assert.equal(declaredIn(await resourcesOf(many, undefined)), "joining");
    assert.equal(declaredIn(await resourcesOf(few, "parting")), "apart");
    const inputs = { row, acts: {}, declared: "joining" } as const;
    const recorded = await reachedDriver.apply(inputs);
    assert.deepEqual(recorded, { recorded: row, declaredAs: "joining" });
    assert.deepEqual(await reachedDriver.changes({ ...inputs, ...recorded }, inputs), { changes: false });
    assert.deepEqual(await reachedDriver.changes({ ...inputs, ...recorded }, { ...inputs, declared: "together" }), {
      changes: true,
    });
    assert.deepEqual(await reachedDriver.changes({ row, acts: {}, recorded: row }, { row, acts: {} }), {
      changes: false,
    });
  });
});
