import assert from "node:assert/strict";
import { parseConfig } from "../config/load.ts";
import { wavesOf } from "../config/waves.ts";
import { setTable } from "../demo/table-config.ts";
import type { Raw } from "./support/broken-configs/broken-config.ts";
import { setServices } from "./support/services.ts";
import { anyConfig, stackInput, stackInventory } from "./support/stack.ts";

type Strategy = "together" | "waves" | "consumers-first" | "dual-consume" | "producers-first";

/** Every problem of the lab's services in a strategy after an edit, as `path: message`. */
function problemsOf(strategy: Strategy, edit: (raw: Raw) => void = () => {}): string[] {
  const input = stackInput("dev");
  setTable(input, { strategy });
  setServices(input);
  edit(input);
  const parsed = parseConfig(input, stackInventory("dev"));
  return "config" in parsed ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

const workload = (raw: Raw, name: string): Raw => raw.workloads.find((one: Raw) => one.name === name);
const indexOf = (name: string): number => {
  const input = stackInput("dev");
  setServices(input);
  return input.workloads.findIndex((one) => one.name === name);
};
const move = (raw: Raw, name: string, to: string): void => {
  for (const wave of raw.waves) wave.workloads = wave.workloads.filter((one: string) => one !== name);
  raw.waves.find((wave: Raw) => wave.name === to).workloads.push(name);
};
const sameKey = (raw: Raw, ...names: string[]): void => {
  for (const name of names) workload(raw, name).bootstrap = { configMap: "shared", key: "BOOTSTRAP" };
};

describe("a config of applications", () => {
  for (const strategy of ["together", "waves"] as const) {
    it(`is taken with services, topics and an external writer in ${strategy}`, () => {
      assert.deepEqual(problemsOf(strategy), []);
    });
  }

  it("says of each wave what it reads, writes and closes; what nobody writes closes with the last", () => {
    const config = anyConfig("dev", (input) => {
      setTable(input, { strategy: "waves" });
      setServices(input);
    });
    const found = wavesOf(config).map(({ name, groups, writes, closes }) => [name, groups, writes, closes]);
    assert.deepEqual(found, [
      ["reports", ["profiles-consumer"], [], []],
      ["stock", ["bar-consumer", "orders-consumer"], ["history"], []],
      ["store", ["foo-consumer"], ["foo", "bar"], ["foo"]],
      [
        "core",
        [],
        ["bar", "orders", "profiles", "payments", "history"],
        ["bar", "orders", "profiles", "payments", "empty", "history"],
      ],
    ]);
    assert.deepEqual(wavesOf(anyConfig("dev")), []);
  });

  const service = `workloads[${indexOf("orders-consumer")}]`;
  const remedy = 'readers and writers move in different phases, but "orders-consumer" moves once';

  /** [what, strategy, edit, problems] */
  const refused: [string, Strategy, (raw: Raw) => void, string[]][] = [
    ...(["producers-first", "consumers-first"] as const).map(
      (strategy): [string, Strategy, (raw: Raw) => void, string[]] => [
        `a service in ${strategy}`,
        strategy,
        () => {},
        [`${service}.role: found both in ${strategy}, in which ${remedy}; set strategy to together or waves`],
      ],
    ),
    [
      "a list of waves that is missing",
      "waves",
      (raw) => delete raw.waves,
      [
        "waves: missing; required by waves; list who moves together, in order: {name: …, workloads: […]}; npm run assess -- --waves proposes a list",
      ],
    ],
    [
      "a list of waves in together",
      "together",
      (raw) => (raw.waves = [{ name: "all-of-them", workloads: ["foo-producer"] }]),
      ["waves: found in together, which has phases of its own; remove it, or set strategy to waves"],
    ],
    [
      "a writer of a wave that names no topics",
      "waves",
      (raw) => delete workload(raw, "foo-producer").topics,
      [`workloads[${indexOf("foo-producer")}].topics: `],
    ],
    [
      "a topic of a writer that is not migrated",
      "together",
      (raw) => workload(raw, "foo-producer").topics.push("nowhere"),
      [
        `workloads[${indexOf("foo-producer")}].topics: "foo-producer" writes "nowhere", which is not migrated: its readers would stay on the source; `,
      ],
    ],
    [
      "a reader that moves after a writer",
      "waves",
      (raw) => move(raw, "foo-consumer", "core"),
      ["waves[3].workloads[4]: "],
    ],
    ["a workload in no wave", "waves", (raw) => raw.waves[2].workloads.pop(), ["waves: "]],
    [
      "a workload in two waves",
      "waves",
      (raw) => raw.waves[0].workloads.push("foo-consumer"),
      ["waves[2].workloads[0]: "],
    ],
    [
      "a wave called as what has the name already",
      "waves",
      (raw) => (raw.waves[0].name = "applications"),
      ["waves[0].name: "],
    ],
    [
      "a wave of so long a name that its connector's is no label",
      "waves",
      (raw) => (raw.waves[2].name = "s".repeat(53)),
      ["waves[2].name: found 53 characters; allowed: at most 51, because a connector is called shop-sss"],
    ],
    [
      "a heartbeat",
      "together",
      (raw) => (raw.mirror.heartbeat = { "emit.heartbeats.interval.seconds": "5" }),
      ["mirror.heartbeat: there is no MirrorHeartbeatConnector in together"],
    ],
    [
      "a key that workloads of two waves read",
      "waves",
      (raw) => sameKey(raw, "foo-producer", "orders-producer"),
      [
        `workloads[${indexOf("orders-producer")}].bootstrap: producer "foo-producer" reads the same key and moves in wave "store", "orders-producer" in wave "core"; give each its own key, or name both in one wave`,
      ],
    ],
    [
      "a key of a password that workloads of two waves read",
      "waves",
      (raw) => {
        for (const name of ["foo-producer", "orders-producer"])
          workload(raw, name).login = {
            ...{ source: { secret: "old" }, target: { secret: "new" } },
            password: { secret: "login", key: "password" },
          };
      },
      [`workloads[${indexOf("orders-producer")}].login.password: producer "foo-producer" reads the same key`],
    ],
    [
      "a transactional id that workloads of two waves write with",
      "waves",
      (raw) => {
        for (const name of ["foo-producer", "orders-producer"]) workload(raw, name).transactionalIds = ["tx"];
      },
      [
        'waves[2].workloads[1]: "foo-producer", "orders-producer" use transactional id "tx", which keeps out a former writer on one cluster only, and move in waves "store", "core"; allowed: one wave; ',
      ],
    ],
    [
      "a twin",
      "waves",
      (raw) => (workload(raw, "foo-consumer").twin = { name: "t", bootstrap: { configMap: "t", key: "B" } }),
      [`workloads[${indexOf("foo-consumer")}].twin: found in waves`],
    ],
  ];
  for (const [what, strategy, edit, expected] of refused) {
    it(`is refused for ${what}`, () => {
      const found = problemsOf(strategy, edit);
      assert.equal(found.length, expected.length, found.join("\n"));
      for (const [at, one] of expected.entries()) assert.ok(found[at]!.startsWith(one), found[at]);
    });
  }

  it("is taken where workloads that move together write with one transactional id", () => {
    const same = (raw: Raw) => {
      for (const name of ["foo-producer", "orders-producer"]) workload(raw, name).transactionalIds = ["tx"];
    };
    assert.deepEqual(problemsOf("together", same), []);
    const apart = (raw: Raw) => {
      workload(raw, "foo-producer").transactionalIds = ["tx-1"];
      workload(raw, "orders-producer").transactionalIds = ["tx-2"];
    };
    assert.deepEqual(problemsOf("waves", apart), []);
  });

  it("is taken where workloads that move together read one key", () => {
    assert.deepEqual(
      problemsOf("waves", (raw) => sameKey(raw, "foo-producer", "foo-consumer")),
      [],
    );
    assert.deepEqual(
      problemsOf("together", (raw) => sameKey(raw, "foo-producer", "orders-producer", "foo-consumer")),
      [],
    );
  });
});
