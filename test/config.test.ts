import assert from "node:assert/strict";
import { parseConfig } from "../config/load.ts";
import { connectorConfigs } from "./support/broken-configs/connectors.ts";
import { connectionsAndSides } from "./support/broken-configs/connections-and-sides.ts";
import type { Raw } from "./support/broken-configs/broken-config.ts";
import { listsAndProperties } from "./support/broken-configs/lists-and-properties.ts";
import { mirrorAndTimes } from "./support/broken-configs/mirror-and-times.ts";
import { mirrorUsers } from "./support/broken-configs/mirror-users.ts";
import { monitoring, monitoringKeys } from "./support/broken-configs/monitoring.ts";
import { orders } from "./support/broken-configs/orders.ts";
import { selectionAndWorkloads } from "./support/broken-configs/selection-and-workloads.ts";
import { single } from "./support/broken-configs/single.ts";
import { clientProperties, tls } from "./support/broken-configs/tls.ts";
import { programs } from "./support/broken-configs/programs.ts";
import { registries } from "./support/broken-configs/registries.ts";
import { users } from "./support/broken-configs/users.ts";
import { stackConfig, stackInput, stackInventory } from "./support/stack.ts";

/** Rules that span fields, and keys that are wrong by themselves. */
const spanning = [
  ...connectionsAndSides,
  ...users,
  ...registries,
  ...mirrorUsers,
  ...tls,
  ...mirrorAndTimes,
  ...selectionAndWorkloads,
  ...monitoring,
  ...programs,
  ...orders,
  ...connectorConfigs,
];
const byThemselves = [...single, ...listsAndProperties, ...clientProperties, ...monitoringKeys];

const dev = (): Raw => stackInput("dev");

const lock = stackInventory("dev");
const lockText = "text" in lock ? lock.text : "";

function problemsOf(raw: unknown, text = lockText): readonly { path: string; message: string }[] {
  const parsed = parseConfig(raw, { path: lock.path, text });
  return "problems" in parsed ? parsed.problems : [];
}

describe("a stack's config", () => {
  for (const stack of ["dev", "prod"] as const) {
    it(`Pulumi.${stack}.yaml is valid`, () => {
      assert.equal(stackConfig(stack).phase, "prepare");
    });
  }

  for (const [what, edit, path, message] of [...byThemselves, ...spanning]) {
    it(`names ${what}: ${path}`, () => {
      const raw = dev();
      edit(raw);
      assert.deepEqual(problemsOf(raw), [{ path, message }]);
    });
  }

  it("names a target too old for the protocol of a group in the lock", () => {
    const raw = dev();
    raw.target.cluster.version = "3.9.0";
    assert.deepEqual(problemsOf(raw), []);
    const locked = JSON.parse(lockText);
    locked.groups.find(({ name }: Raw) => name === "foo-consumer").protocol = "consumer";
    assert.deepEqual(problemsOf(raw, JSON.stringify(locked)), [
      {
        path: "target.cluster.version",
        message:
          'found "3.9.0", which does not support the new group protocol that group "foo-consumer" uses; allowed: 4.0.0 and later',
      },
    ]);
  });

  it("names a group that would begin with what an adopted topic held before", () => {
    const raw = dev();
    raw.topics.adopt = [{ name: "foo", reason: "holds the records of last year" }];
    raw.groups.migrate[0].unread = { from: "latest", reason: "reads what comes" };
    const locked = JSON.parse(lockText);
    const existing = { name: "foo", partitions: 3, replicationFactor: 2, empty: false };
    locked.target = { clusterId: "another", kafka: "4.2", brokers: 3, topics: [existing] };
    assert.deepEqual(problemsOf(raw, JSON.stringify(locked)), []);
    raw.groups.migrate[0].unread.from = "earliest";
    assert.deepEqual(problemsOf(raw, JSON.stringify(locked)), [
      {
        path: "groups.migrate[0].unread.from",
        message:
          'found "earliest", but "foo" under topics.adopt held records on the target before, which group "foo-consumer" would read too; allowed: latest; or let it commit an offset on the source',
      },
    ]);
  });

  it("names a Connect that keeps its own records in a topic that is migrated", () => {
    const raw = dev();
    raw.topics.migrate.push("migration-connect-offsets");
    const locked = JSON.parse(lockText);
    locked.topics.push({ ...locked.topics[0], name: "migration-connect-offsets" });
    assert.deepEqual(problemsOf(raw, JSON.stringify(locked)), [
      {
        path: "connect.name",
        message:
          'found "migration-connect", but Connect keeps its own records in "migration-connect-offsets", which is migrated; allowed: another name',
      },
    ]);
  });

  it("names a selection that leaves nothing", () => {
    const raw = dev();
    const { topics } = JSON.parse(lockText) as { topics: { name: string }[] };
    raw.topics = { ignore: topics.map(({ name }) => ({ name, reason: "nobody needs it" })) };
    raw.groups.migrate = [];
    raw.workloads = raw.workloads.filter(({ role }: Raw) => role === "producer");
    assert.deepEqual(problemsOf(raw), [
      {
        path: "topics.ignore",
        message:
          "every topic of the inventory is ignored, so nothing is left to migrate; allowed: at most all topics but one",
      },
    ]);
  });

  it("is broken in at least 60 ways by these tests, half of them between fields", () => {
    const whats = [...byThemselves, ...spanning].map(([what]) => what);
    assert.equal(new Set(whats).size, whats.length, "two cases of one name");
    assert.ok(whats.length >= 60, `${whats.length} cases`);
    assert.ok(spanning.length * 2 >= whats.length - spanning.length, `${spanning.length} between fields`);
    assert.ok(spanning.length >= 30, `${spanning.length} between fields`);
  });

  it("is answered with what to do: what is allowed, or what to name, set, add, keep or remove", () => {
    const remedies = /allowed|missing: |; (name|list|set|add|keep|say|give)|remove it|name the group/;
    const without = [...byThemselves, ...spanning]
      .map(([, , , message]) => message)
      .filter((one) => !remedies.test(one));
    assert.deepEqual(without, []);
  });

  it("is told of what is wrong with keys and between keys at once, each once, by section", () => {
    const raw = dev();
    raw.phsae = raw.phase;
    raw.gates = { maxLag: "many", holdsecs: 1 };
    raw.topics.migrate.push("foo");
    raw.connect.version = "3.6.1";
    assert.deepEqual(
      problemsOf(raw).map(({ path }) => path),
      ["connect.version", "topics.migrate", "gates.maxLag", "gates.holdsecs", "phsae"],
    );
  });

  it("is not repeated in a problem where it could hold a password", () => {
    const raw = dev();
    raw.source.credentials.runner = { secret: ["hunter2"], password: "hunter2" };
    raw.target.credentials = "hunter2";
    raw.workloads[0].bootstrap = "hunter2";
    const problems = problemsOf(raw);
    assert.equal(problems.length, 4);
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
  });

  for (const raw of [undefined, null, "text", 3, [], {}]) {
    it(`that is ${JSON.stringify(raw) ?? "missing"} is refused, not tripped over`, () => {
      assert.ok(problemsOf(raw).length > 0);
    });
  }
});
