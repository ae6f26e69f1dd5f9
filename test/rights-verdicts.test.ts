import assert from "node:assert/strict";
import type { Condition } from "../gates/index.ts";
import type { SideRights } from "../runtime/brokers/rights.ts";
import { needs, judge } from "../runtime/measure/judge.ts";
import { glance } from "../runtime/resources/gate.ts";
import { lockedAcl } from "./support/rights.ts";
import { away, kubernetes, scope, snapshot, table } from "./support/verdict-readings.ts";

const side = (clusterId: string, lines: readonly string[], more: Partial<SideRights> = {}): { value: SideRights } => ({
  value: { clusterId, acls: lines.map(lockedAcl), superUsers: [], openByDefault: false, authorizer: true, ...more },
});
const both = (source: readonly string[], target: readonly string[]) => ({
  sourceRights: side("S", source),
  targetRights: side("T", target),
});
const mine = ["User:a Allow Read Topic orders", "User:a Allow Read Group g", "User:CN=b Allow Write Topic pay*"];
const theirs = ["User:a Allow Read Topic orders", "User:a Allow Read Group g", "User:b Allow Write Topic pay*"];

const rights: Condition = {
  kind: "rights-as-on-source",
  principals: [
    { principal: "User:a", users: ["a"] },
    { principal: "User:CN=b", users: ["b"] },
  ],
  leftAlone: ["User:old"],
  staying: {},
  granted: [],
  applications: { b: ["checkout", "till"] },
};

describe("rights-as-on-source", () => {
  table(rights, [
    [
      "everything is as it was",
      both([...mine, "User:old Allow Read Topic orders"], theirs),
      true,
      "2 users on the target have the rights of 2 principals on the source",
    ],
    [
      "a right of an application is missing",
      both(mine, theirs.slice(0, 2)),
      false,
      "applications checkout, till would be refused Write on topic payments: User:CN=b is allowed on the source, on the target User:b is not allowed; and 1 more right of 1 user",
    ],
    [
      "a right of a user without application is missing",
      both(mine, theirs.slice(1)),
      false,
      "user a would be refused Read on topic orders: User:a is allowed on the source, on the target User:a is not allowed",
    ],
    [
      "rights of several users are missing: those of applications come first",
      both(mine, []),
      false,
      "applications checkout, till would be refused Write on topic payments: User:CN=b is allowed on the source, on the target User:b is not allowed; and 3 more rights of 2 users",
    ],
    [
      "an ACL of the target denies what the source allows",
      both(mine, [...theirs, "User:* Deny All Topic orders"]),
      false,
      "user a would be refused Read on topic orders: User:a is allowed on the source, on the target an ACL denies it to User:a",
    ],
    [
      "one host is left out",
      both([...mine, "User:a Allow Write Topic orders 10.0.0.5"], theirs),
      false,
      "user a would be refused Write on topic orders from host 10.0.0.5: User:a is allowed on the source, on the target User:a is not allowed",
    ],
    [
      "somebody new has rights on what moves",
      both([...mine, "User:new Allow Read Topic orders", "User:x Allow Read Group g"], theirs),
      false,
      "User:new has rights on topic orders of the source and is not in the inventory; and 1 more principal",
    ],
    [
      "the source asks nobody",
      { sourceRights: side("S", [], { authorizer: false, openByDefault: true }), targetRights: side("T", []) },
      true,
      "the source has no authorizer, so there is nothing to compare; all rights from roles exist on the target",
    ],
    [
      "the source is away",
      { ...both(mine, theirs), sourceRights: away },
      false,
      "could not be measured: the source at source.example:9094 cannot be reached: connect ECONNREFUSED",
    ],
    [
      "both sides are one cluster",
      { sourceRights: side("S", mine), targetRights: side("S", theirs) },
      false,
      "source and target are the same cluster S; correct the addresses of the wrong side in the config",
    ],
  ]);

  it("stays closed when what a role gives is not there, also where the source asks nobody", () => {
    const granted = [
      {
        ...{ user: "b", operation: "Read", resourceType: "Topic", resourceName: "new", host: "*" },
        patternType: "Literal" as const,
      },
    ];
    const parts = { sourceRights: side("S", [], { authorizer: false }), targetRights: side("T", []) };
    assert.deepEqual(judge({ ...rights, granted }, snapshot(parts)), {
      open: false,
      cause: "right-lost",
      sentence:
        "applications checkout, till would be refused Read on topic new: its role allows it, on the target User:b is not allowed",
    });
  });

  it("reads the rights of both sides, and nothing else", () => {
    assert.deepEqual(Object.keys(needs(rights, scope)), ["sourceRights", "targetRights"]);
  });
});

const login = (name: string) => ({
  ...{ name, mechanism: "SCRAM-SHA-256" as const },
  credentials: { kubernetes, name: `${name}-login` },
});
const logins: Condition = {
  kind: "users-log-in",
  users: [login("a"), login("b")],
  applications: { b: ["checkout"] },
};
const tried = (problems: Record<string, string | null>) => ({ logins: { value: new Map(Object.entries(problems)) } });

describe("users-log-in", () => {
  const refused = "with Secret demo/b-login: the credentials are refused";
  table(logins, [
    ["every user gets in", tried({ a: null, b: null }), true, "2 users can log in on the target"],
    [
      "an application's user is refused",
      tried({ a: null, b: refused }),
      false,
      `application checkout cannot log in on the target as user b: ${refused}`,
    ],
    [
      "several are refused: that of an application comes first",
      tried({ a: 'Secret demo/a-login is of user "x"', b: refused }),
      false,
      `application checkout cannot log in on the target as user b: ${refused}; and 1 more user`,
    ],
    [
      "a user without application is refused",
      tried({ a: 'Secret demo/a-login is of user "x"', b: null }),
      false,
      'user a cannot log in on the target: Secret demo/a-login is of user "x"',
    ],
    [
      "there was no time for one",
      tried({ a: null }),
      false,
      "could not be measured: 1 of 2 users can log in on the target; there was no time to try the others",
    ],
    [
      "one is refused, and there was no time for another",
      tried({ b: refused }),
      false,
      `application checkout cannot log in on the target as user b: ${refused}`,
    ],
  ]);

  it("says of each user why it cannot get in, within the time of a preview", async () => {
    const settings = {
      row: "move",
      holdSeconds: 0,
      timeoutSeconds: 5,
      readingSeconds: 20,
      sweepSeconds: 3,
      sealed: false,
    };
    const nowhere = {
      ...scope,
      target: { ...scope.target, protocol: "SASL_PLAINTEXT" as const, bootstrap: ["127.0.0.1:1"] },
    };
    const elsewhere = { kubeconfig: "test/support/no-such-kubeconfig", namespace: "demo" };
    const users = [{ ...login("a"), credentials: { kubernetes: elsewhere, name: "a-login" } }];
    const { open, sentence } = await glance({ ...settings, scope: nowhere, condition: { ...logins, users } });
    assert.equal(open, false);
    assert.match(
      sentence,
      /^user a cannot log in on the target: with Secret demo\/a-login: could not read the kubeconfig/,
    );
  });
});
