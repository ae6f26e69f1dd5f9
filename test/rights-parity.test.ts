import assert from "node:assert/strict";
import fc from "fast-check";
import type { AclReading } from "../runtime/model/cluster-reading.ts";
import { type Rights } from "../runtime/model/rights.ts";
import { answer, operationsOf } from "../runtime/rights/access.ts";
import { lostAccess, lostOnSource, strangers, ungranted, type Compared } from "../runtime/rights/parity.ts";
import { lets } from "./support/naive-authorizer.ts";

const acl = (text: string): AclReading => {
  const [principal = "", permission = "", operation = "", resourceType = "", name = "", host = "*"] = text.split(" ");
  const prefixed = name.length > 1 && name.endsWith("*");
  return {
    ...{ principal: `User:${principal}`, permission: permission as "Allow", operation, resourceType, host },
    resourceName: prefixed ? name.slice(0, -1) : name,
    patternType: prefixed ? "Prefixed" : "Literal",
  };
};
const rights = (lines: readonly string[], more: Partial<Rights> = {}): Rights => ({
  ...{ acls: lines.map(acl), superUsers: [], openByDefault: false },
  ...more,
});
const compared: Compared = {
  principals: [{ principal: "User:a", users: ["a"] }],
  moving: { Topic: ["orders", "orders.eu", "payments"], Group: ["billing"] },
  staying: { Topic: ["clicks"] },
};
const lines = (source: Rights, target: Rights, of = compared): string[] =>
  lostAccess(source, target, of).map(
    ({ user, operation, resource, host, answer }) =>
      `${user} ${operation} ${resource}${host === null ? "" : ` from ${host}`} ${answer}`,
  );

describe("rights that are lost", () => {
  const cases: readonly [when: string, source: string[], target: string[], lost: string[]][] = [
    ["nothing differs", ["a Allow Read Topic orders"], ["a Allow Read Topic orders"], []],
    ["one is missing", ["a Allow Read Topic orders"], [], ["a Read topic orders missing"]],
    [
      "what a prefix covered is given name by name, and new names are not",
      ["a Allow Read Topic orders*"],
      ["a Allow Read Topic orders", "a Allow Read Topic orders.eu"],
      ['a Read topics that begin with "orders" missing'],
    ],
    ["a prefix covers what was given by name", ["a Allow Read Topic orders.eu"], ["a Allow Read Topic orders*"], []],
    ["All covers one operation", ["a Allow Write Topic orders"], ["a Allow All Topic orders"], []],
    ["Write brings Describe along", ["a Allow Describe Topic orders"], ["a Allow Write Topic orders"], []],
    [
      "All shrinks to what MirrorMaker 2 makes of it",
      ["a Allow All Topic payments"],
      ["a Allow Read Topic payments"],
      ["Write", "Create", "Delete", "Alter", "AlterConfigs"].map((one) => `a ${one} topic payments missing`),
    ],
    [
      "a Deny stands before the Allow",
      ["a Allow Read Topic orders"],
      ["a Allow Read Topic orders", "a Deny Read Topic ord*"],
      ["a Read topic orders denied"],
    ],
    [
      "a Deny of the source does away with what is missing",
      ["a Allow Read Topic *", "a Deny Read Topic *"],
      [],
      // A Deny of Read leaves the Describe that Read brings along.
      ["orders", "orders.eu", "payments"]
        .map((name) => `a Describe topic ${name} missing`)
        .concat("a Describe any other topic missing"),
    ],
    ["everybody may", ["* Allow Read Topic orders"], ["a Allow Read Topic orders"], []],
    ["everybody may, nobody is given it", ["* Allow Read Topic orders"], [], ["a Read topic orders missing"]],
    ["another one may", ["b Allow Read Topic orders"], [], []],
    [
      "it may from one host",
      ["a Allow Read Group billing 10.0.0.5", "a Allow Describe Group billing"],
      ["a Allow Describe Group billing"],
      ["a Read group billing from 10.0.0.5 missing"],
    ],
    [
      "it may from two hosts, each of which is told",
      ["a Allow Read Group billing 10.0.0.5", "a Allow Read Group billing 10.0.0.6"],
      ["a Allow Describe Group billing"],
      ["a Read group billing from 10.0.0.5 missing", "a Read group billing from 10.0.0.6 missing"],
    ],
    [
      "a longer prefix of whatever signs is denied and the rest is not",
      ["a Allow Read Topic pay*", "a Deny All Topic pay\u4e00*", "a Deny All Topic payments"],
      [],
      ['a Read topics that begin with "pay" missing'],
    ],
    [
      "it may from anywhere but is given one host",
      ["a Allow Read Group billing"],
      ["a Allow Read Group billing 10.0.0.5"],
      ["a Read group billing missing"],
    ],
    [
      "one host is denied",
      ["a Allow Read Group billing"],
      ["a Allow Read Group billing", "a Deny Read Group billing 10.0.0.5"],
      ["a Read group billing from 10.0.0.5 denied"],
    ],
    [
      "it is about transactions, the cluster and delegation tokens",
      [
        "a Allow Write TransactionalID pay*",
        "a Allow IdempotentWrite Cluster kafka-cluster",
        "a Allow Describe DelegationToken t",
      ],
      [],
      [
        "a IdempotentWrite the cluster missing",
        'a Write transactional ids that begin with "pay" missing',
        "a Describe delegation token t missing",
      ],
    ],
    ["it is a topic that stays", ["a Allow Read Topic clicks"], [], []],
  ];
  for (const [when, source, target, lost] of cases) {
    it(`are ${lost.length} when ${when}`, () => assert.deepEqual(lines(rights(source), rights(target)), lost));
  }

  it("are none of a super user of the target", () => {
    const target = rights([], { superUsers: ["User:a"] });
    assert.deepEqual(lines(rights(["a Allow Read Topic orders"]), target), []);
  });

  it("are those of its ACLs alone for a super user of the source", () => {
    const source = rights(["a Allow Read Topic orders"], { superUsers: ["User:a"] });
    assert.deepEqual(lines(source, rights([])), ["a Read topic orders missing"]);
  });

  it("are what nobody has an ACL about, where the source lets everybody do that", () => {
    const open = rights(["b Allow Read Topic orders"], { openByDefault: true });
    const found = lines(open, rights([]));
    assert.ok(found.includes("a Read topic payments missing"), found.join("\n"));
    assert.ok(!found.some((line) => line.includes("topic orders ")), found.join("\n"));
  });

  it("are those of each user in a principal's place", () => {
    const many = { ...compared, principals: [{ principal: "User:a", users: ["x", "y"] }] };
    const found = lines(rights(["a Allow Read Topic orders"]), rights(["x Allow Read Topic orders"]), many);
    assert.deepEqual(found, ["y Read topic orders missing"]);
  });

  it("are found among a thousand topics and a hundred principals", () => {
    const names = Array.from({ length: 1000 }, (_, at) => `topic-${at}`);
    const users = Array.from({ length: 100 }, (_, at) => `user-${at}`);
    const all = users.flatMap((user, at) => [
      ...names.slice(at * 9, at * 9 + 9).map((name) => `${user} Allow Read Topic ${name}`),
      `${user} Allow Read Group ${user}*`,
    ]);
    const of = {
      principals: users.map((user) => ({ principal: `User:${user}`, users: [user] })),
      ...{ moving: { Topic: names }, staying: {} },
    };
    assert.deepEqual(lines(rights(all), rights(all.slice(1)), of), ["user-0 Read topic topic-0 missing"]);
  });

  it("are found among as many topics and principals as a large cluster has, in less than two seconds", () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `topic-${at}`);
    const users = Array.from({ length: 500 }, (_, at) => `user-${at}`);
    const all = users.flatMap((user, at) =>
      names.slice(at * 4, at * 4 + 4).map((name) => `${user} Allow Read Topic ${name}`),
    );
    const of = {
      principals: users.map((user) => ({ principal: `User:${user}`, users: [user] })),
      ...{ moving: { Topic: names }, staying: {} },
    };
    const [source, target] = [rights(all), rights(all.slice(1))];
    const before = process.cpuUsage();
    assert.deepEqual(lines(source, target, of), ["user-0 Read topic topic-0 missing"]);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 2e6, `${(user + system) / 1e6} s`);
  });
});

describe("rights that the source lacks while the way back is open", () => {
  const two: Compared = { ...compared, principals: [...compared.principals, { principal: "User:b", users: ["a"] }] };
  const cases: readonly [when: string, source: string[], target: string[], lost: string[], of?: Compared][] = [
    ["nothing differs", ["a Allow Read Topic orders"], ["a Allow Read Topic orders"], []],
    ["one was removed there", [], ["a Allow Read Topic orders"], ["User:a: a Read topic orders"]],
    [
      "one was denied there",
      ["a Allow Read Topic orders", "a Deny Read Topic orders"],
      ["a Allow Read Topic orders"],
      ["User:a: a Read topic orders"],
    ],
    ["the source allows more", ["a Allow All Topic orders"], ["a Allow Read Topic orders"], []],
    ["a role gives more than the source ever did", [], ["a Allow Read Group billing"], []],
    ["one of two principals has it", ["b Allow Read Topic orders"], ["a Allow Read Topic orders"], [], two],
    ["neither has it", [], ["a Allow Read Topic orders"], ["User:a, User:b: a Read topic orders"], two],
  ];
  const granted = [
    { user: "a", operation: "Read", resourceType: "Group", resourceName: "billing", patternType: "Literal", host: "*" },
  ] as const;
  for (const [when, source, target, lost, of = compared] of cases) {
    it(`${lost.length} where ${when}`, () => {
      const found = lostOnSource(rights(source), rights(target), of, granted).map(
        ({ user, principals, operation, resource }) => `${principals.join(", ")}: ${user} ${operation} ${resource}`,
      );
      assert.deepEqual(found, lost);
    });
  }
});

describe("strangers", () => {
  it("have rights on what moves and are neither mapped nor left alone", () => {
    const source = rights(
      [
        ...["a Allow Read Topic orders", "b Allow Read Topic ord*", "b Allow Read Group billing"],
        ...[
          "c Allow Read Topic clicks",
          "d Allow All Topic *",
          "e Deny Read Topic orders",
          "f Allow Read Topic orders",
        ],
      ],
      { superUsers: ["User:f"] },
    );
    assert.deepEqual(strangers(source, compared, ["User:d"]), [{ principal: "User:b", resource: "topic orders" }]);
  });
});

describe("what roles give", () => {
  const right = (text: string) => {
    const { principal, permission: _, ...rest } = acl(text);
    return { user: principal.slice("User:".length), ...rest };
  };
  const cases: readonly [granted: string, target: string[], lost: string | null][] = [
    ["a Allow Read Topic new", ["a Allow Read Topic *"], null],
    ["a Allow Read Topic new", [], "Read topic new"],
    ["a Allow Read Topic new*", ["a Allow Read Topic new"], 'Read topics that begin with "new"'],
    ["a Allow Read Topic new*", ["a Allow Read Topic n*"], null],
    ["a Allow All Group g", ["a Allow Read Group g"], "Delete group g"],
    ["a Allow Read Topic *", ["a Allow Read Topic x"], "Read any other topic"],
    ["a Allow Read Topic new 10.0.0.5", ["a Allow Read Topic new 10.0.0.5"], null],
    ["a Allow Read Topic new", ["a Allow Read Topic new 10.0.0.5"], "Read topic new"],
  ];
  for (const [granted, target, lost] of cases) {
    it(`${lost === null ? "stands" : "does not stand"}: ${granted} with ${target.join(", ") || "nothing"}`, () => {
      const found = ungranted(rights(target), [right(granted)]).map(
        ({ operation, resource }) => `${operation} ${resource}`,
      );
      assert.deepEqual(found, lost === null ? [] : [lost]);
    });
  }
});

describe("the authorizer's answers", () => {
  const names = ["a", "ab", "abc", "b", "b.c", "*"];
  const hosts = ["*", "10.0.0.5", "10.0.0.6"];
  const principals = ["User:x", "User:y", "User:*"];
  const anyAcl: fc.Arbitrary<AclReading> = fc
    .constantFrom("Topic", "Group", "Cluster", "TransactionalID")
    .chain((resourceType) =>
      fc.record({
        principal: fc.constantFrom(...principals),
        host: fc.constantFrom(...hosts),
        operation: fc.constantFrom("All", ...operationsOf[resourceType]!),
        permission: fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const),
        resourceType: fc.constant(resourceType),
        resourceName: resourceType === "Cluster" ? fc.constant("kafka-cluster") : fc.constantFrom(...names),
        patternType:
          resourceType === "Cluster"
            ? fc.constant("Literal" as const)
            : fc.constantFrom("Literal" as const, "Prefixed" as const),
      }),
    );
  const anyRights = fc.record({
    acls: fc.array(anyAcl, { maxLength: 8 }),
    superUsers: fc.constantFrom([], [], ["User:y"]),
    openByDefault: fc.constantFrom(false, false, true),
  });
  /** Names that tell more apart than any ACL does. */
  const asked = [...names.filter((name) => name !== "*").flatMap((name) => [name, `${name}~`]), "zz", "*", "*x"];
  const questions = Object.entries(operationsOf).flatMap(([type, operations]) =>
    operations.flatMap((operation) =>
      (type === "Cluster" ? ["kafka-cluster"] : asked).flatMap((name) =>
        [...hosts.slice(1), "10.9.9.9"].map((host) => [host, operation, type, name] as const),
      ),
    ),
  );

  it("are those of a naive model of it", () => {
    fc.assert(
      fc.property(
        anyRights,
        fc.constantFrom(...principals.slice(0, 2)),
        fc.constantFrom(...questions),
        (of, who, [host, operation, type, name]) => {
          const found = answer(of, { principal: who, host, operation, resourceType: type, resourceName: name });
          assert.equal(found === "allowed", lets(of, who, host, operation, type, name));
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it("differ somewhere exactly if a loss is told", () => {
    const whole: Compared = {
      principals: [{ principal: "User:x", users: ["y"] }],
      moving: { Topic: ["abc"] },
      staying: {},
    };
    let losing = 0;
    fc.assert(
      fc.property(anyRights, anyRights, (source, target) => {
        const bare = { ...source, superUsers: [] };
        const lost = questions.some(
          ([host, operation, type, name]) =>
            lets(bare, "User:x", host, operation, type, name) && !lets(target, "User:y", host, operation, type, name),
        );
        if (lost) losing++;
        assert.equal(lostAccess(source, target, whole).length > 0, lost);
      }),
      { numRuns: 3_000 },
    );
    assert.ok(losing > 500, `only ${losing} lose anything`);
  });
});
