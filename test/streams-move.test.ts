/** Kafka Streams applications that move: what has to be so before, and what comes along. */
import assert from "node:assert/strict";
import { scopeOf } from "../components/scope.ts";
import { parseConfig } from "../config/load.ts";
import type { Inventory } from "../config/inventory.ts";
import { setTable } from "../demo/table-config.ts";
import type { KafkaPort } from "../runtime/brokers/kafka-port.ts";
import type { Position } from "../runtime/brokers/partitions.ts";
import type { LedgerPlacement } from "../runtime/model/ledger.ts";
import type { Placement } from "../runtime/model/placement.ts";
import { internalTopics } from "../runtime/model/streams.ts";
import { commitAndReadBack } from "../runtime/placement/commit.ts";
import { placeable, positionsOf } from "../runtime/placement/lagging.ts";
import { leftToMirror } from "../runtime/switch/mirror-drain.ts";
import { lastingVolumes } from "../runtime/workloads/local-state.ts";
import type { Raw } from "./support/broken-configs/broken-config.ts";
import { setServices } from "./support/services.ts";
import { stackInput, stackInventory } from "./support/stack.ts";
import { World } from "./switch-world.ts";

type Writable<T> = { -readonly [Key in keyof T]: Writable<T[Key]> };
type Locked = Writable<Inventory>;

const changelog = "orders-consumer-totals-changelog";
const repartition = "orders-consumer-by-key-repartition";
const changelogs = { by: "Jane Doe", at: "2026-11-21T14:05:00Z", words: "no store is built withLoggingDisabled" };

const service = (raw: Raw): Raw => raw.workloads.find((one: Raw) => one.name === "orders-consumer");

/** The service `orders-consumer` as a Streams application that moves, then an edit. */
function parsed(
  edit: (raw: Raw, locked: Locked) => void = () => {},
  strategy: "together" | "waves" | "producers-first" = "waves",
) {
  const input = stackInput("dev");
  setTable(input, { strategy });
  setServices(input);
  const file = stackInventory("dev");
  assert.ok("text" in file);
  const locked = JSON.parse(file.text) as Locked;
  const group = locked.groups.find(({ name }) => name === "orders-consumer")!;
  group.streams = true;
  group.topics.push(repartition);
  for (const name of [changelog, repartition])
    locked.topics.push({ name, partitions: 2, replicationFactor: 2, configs: {} });
  input.topics!.migrate!.push(changelog, repartition);
  // The list names its topics, if it names any.
  for (const one of input.groups!.migrate ?? []) if (one.name === group.name) one.topics?.push(repartition);
  const raw = input as Raw;
  const workload = service(raw);
  workload.topics.push(changelog, repartition);
  workload.streams = { changelogs };
  edit(raw, locked);
  return parseConfig(input, { path: file.path, text: JSON.stringify(locked) });
}

function problemsOf(...given: Parameters<typeof parsed>): string[] {
  const found = parsed(...given);
  return "problems" in found ? found.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe("internal topics of Kafka Streams", () => {
  const groups = [
    { name: "orders", streams: true as const },
    { name: "orders-eu", streams: true as const },
    { name: "bank" },
  ];
  const cases: readonly [topic: string, found: string | undefined][] = [
    ["orders-totals-changelog", "orders changelog"],
    ["orders-by-key-repartition", "orders repartition"],
    ["orders-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic", "orders repartition"],
    ["orders-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000014-topic", "orders repartition"],
    ["orders-prices-subscription-registration-topic", "orders repartition"],
    ["orders-prices-subscription-response-topic", "orders repartition"],
    ["orders-eu-totals-changelog", "orders-eu changelog"],
    ["orders-topic", undefined],
    ["bank-totals-changelog", undefined],
    ["ordersx-changelog", undefined],
  ];
  for (const [topic, expected] of cases)
    it(`${topic} is ${expected ?? "somebody's own"}`, () => {
      const [found] = internalTopics(groups, [topic]);
      assert.equal(found && `${found.group} ${found.use}`, expected);
    });
});

describe("a Kafka Streams application among those that move", () => {
  for (const strategy of ["together", "waves"] as const)
    it(`is taken in ${strategy} with its internal topics and a word for its stores`, () =>
      assert.deepEqual(
        problemsOf(() => {}, strategy),
        [],
      ));

  const refused: readonly [what: string, edit: (raw: Raw, locked: Locked) => void, problem: RegExp][] = [
    [
      "its stores are not vouched for",
      (raw) => delete service(raw).streams,
      /^workloads\[\d+\]\.streams: missing; workload "orders-consumer" runs/,
    ],
    [
      "it does not name an internal topic",
      (raw) => service(raw).topics.splice(-1),
      new RegExp(`^workloads\\[\\d+\\]\\.topics: .*; add ${repartition}$`),
    ],
    [
      "its state is not migrated",
      (raw) => {
        raw.topics.migrate = raw.topics.migrate.filter((name: string) => name !== changelog);
        service(raw).topics = service(raw).topics.filter((name: string) => name !== changelog);
      },
      new RegExp(`topics\\.migrate: "${changelog}" holds state of .* would begin without it`),
    ],
    [
      "another group reads its state",
      (_, locked) => locked.groups.find(({ name }) => name === "foo-consumer")!.topics.push(changelog),
      /is an internal topic .* which group "foo-consumer" reads too/,
    ],
    [
      "another application writes its records",
      (raw) => raw.workloads.find((one: Raw) => one.name === "foo-producer").topics.push(repartition),
      /which workload "foo-producer" writes too/,
    ],
    [
      "its state is cleaned otherwise at the target",
      (raw) => (raw.topics.configs = { ...raw.topics.configs, [changelog]: { "cleanup.policy": "delete" } }),
      new RegExp(`^topics\\.configs\\.${changelog}\\.cleanup\\.policy: found "delete"`),
    ],
    [
      "records may be copied twice",
      (raw) => (raw.mirror = { ...raw.mirror, exactlyOnce: false }),
      /^mirror\.exactlyOnce: found false; group "orders-consumer"/,
    ],
    [
      "it may read again",
      (raw) => (raw.groups.allowRedelivery = [{ name: "orders-consumer", reason: "agreed with its owners" }]),
      /^groups\.allowRedelivery\[0\]\.name: .* its state has counted/,
    ],
    [
      "its members speak the protocol of KIP-1071",
      (_, locked) => (locked.groups.find(({ name }) => name === "orders-consumer")!.protocol = "streams"),
      /^groups: .* allowed: group\.protocol=classic/,
    ],
    [
      "it keeps its own positions",
      (raw) => (service(raw).positions = "own"),
      /^workloads\[\d+\]\.positions: found own/,
    ],
  ];
  for (const [what, edit, problem] of refused)
    it(`is refused where ${what}`, () => {
      const found = problemsOf(edit);
      assert.ok(
        found.some((one) => problem.test(one)),
        found.join("\n") || "it was taken",
      );
    });

  it("is refused where producers and consumers move apart, with the strategies that would do", () =>
    assert.match(problemsOf(() => {}, "producers-first").join("\n"), /allowed: the strategies together and waves/));

  it("needs no word where none of a workload's groups is one", () => {
    const found = problemsOf(
      (raw) => (raw.workloads.find((one: Raw) => one.name === "foo-consumer").streams = { changelogs }),
    );
    assert.match(found.join("\n"), /none of the groups of workload "foo-consumer" is a Kafka Streams application/);
  });

  it("is known to gates and moves by what it keeps for itself", () => {
    const found = parsed(
      (raw) => (service(raw).streams.cleared = [{ volume: "state", reason: "emptied by its owners" }]),
    );
    assert.ok("config" in found);
    const scope = scopeOf(found.config);
    assert.deepEqual(scope.groups.find(({ name }) => name === "orders-consumer")!.internal, [repartition]);
    assert.deepEqual(scope.mirror!.purged, [repartition]);
    const workload = scope.workloads.find(({ name }) => name === "orders-consumer")!;
    assert.deepEqual(workload.streams, { cleared: ["state"] });
    assert.ok(scope.workloads.every((one) => one === workload || !("streams" in one)));
  });
});

describe("local state of Kafka Streams", () => {
  const pod = (volumes: object[], readOnly = false) => ({
    spec: {
      template: {
        spec: {
          volumes,
          containers: [{ name: "app", volumeMounts: volumes.map((one) => ({ ...one, mountPath: "/x", readOnly })) }],
        },
      },
    },
  });
  const template = ["spec", "template"];

  it("ends with the pod where its volume does", () => {
    const volumes = ["emptyDir", "ephemeral", "configMap", "secret", "projected"].map((kind) => ({
      name: kind,
      [kind]: {},
    }));
    assert.deepEqual(lastingVolumes(pod(volumes), template), []);
    assert.deepEqual(lastingVolumes({ spec: { template: { spec: { containers: [] } } } }, template), []);
  });

  it("outlives it on a claim, a folder of the node, a network share and a StatefulSet's claims", () => {
    const volumes = [
      { name: "claim", persistentVolumeClaim: { claimName: "state" } },
      { name: "node", hostPath: { path: "/state" } },
      { name: "share", nfs: { server: "x", path: "/" } },
    ];
    const object = pod([...volumes, { name: "own" }]) as { spec: object };
    object.spec = { ...object.spec, volumeClaimTemplates: [{ metadata: { name: "own" } }] };
    const found = lastingVolumes(object, template).map(({ name, what }) => `${name} ${what}`);
    assert.deepEqual(found, ["claim persistentVolumeClaim", "node hostPath", "share nfs", "own volumeClaimTemplate"]);
    assert.deepEqual(lastingVolumes(pod(volumes, true), template), [], "nothing is written there");
  });
});

describe("what a group keeps beside its offsets", () => {
  const at = (offset: bigint, metadata: string): Position => ({ topic: "orders", partition: 0, offset, metadata });
  const group = { name: "shop", topics: ["orders"] };
  const log = { topic: "orders", partition: 0, start: 0n, stable: 9n, end: 9n };

  it("goes along to where it is placed", () => {
    const committed = new Map([["shop", new Map([["orders[0]", at(7n, "AgAAAZ==")]])]]);
    const positions = positionsOf([group], committed, [log]);
    const proof = {
      ...positions[0]!,
      kind: "exact",
      placed: 5n,
      how: "",
      translated: null,
      repeats: null,
    } as Placement;
    const { placements } = placeable([group], positions, [proof]);
    assert.deepEqual(placements, [
      { group: "shop", topic: "orders", partition: 0, committed: "7", placed: "5", metadata: "AgAAAZ==" },
    ]);
  });

  it("is nothing where it keeps nothing", () =>
    assert.ok(
      !("metadata" in positionsOf([group], new Map([["shop", new Map([["orders[0]", at(7n, "")]])]]), [log])[0]!),
    ));

  const placed: LedgerPlacement & { metadata: string } = {
    ...{ group: "shop", topic: "orders", partition: 0 },
    ...{ committed: "7", placed: "5", metadata: "AgAAAZ==" },
  };
  for (const kept of ["AgAAAZ==", ""])
    it(kept === "" ? "is missed where it was not kept" : "is committed with the offset and read back", async () => {
      const set: Position[] = [];
      const kafka = {
        commit: async (_side: string, offsets: ReadonlyMap<string, readonly Position[]>) =>
          void set.push(...[...offsets.values()].flat()),
        committed: async () => new Map([["shop", new Map([["orders[0]", at(5n, kept)]])]]),
      } as unknown as KafkaPort;
      const witness = { committed: async () => new Map([["shop", new Map([["orders[0]", 5n]])]]) };
      const done = commitAndReadBack({ kafka, witness: witness as never }, "target", [placed]);
      if (kept === "") await assert.rejects(done, /group shop at orders\[0\] without what its client keeps beside it/);
      else await done;
      assert.equal(set[0]!.metadata, "AgAAAZ==");
    });

  it("is not needed to begin at the beginning of a topic that only the group reads", () => {
    const of = (internal: readonly string[]) => positionsOf([{ ...group, internal }], new Map(), [log])[0]!.unread;
    assert.deepEqual([of(["orders"]), of([])], ["earliest", undefined]);
  });
});

describe("records that a Kafka Streams application deletes once it has read them", () => {
  for (const purged of [["foo"], []])
    it(purged.length > 0 ? "are none that the mirror misses" : "are a gap of any other topic", async () => {
      const world = new World();
      world.copied.set("foo[0]", 3n);
      world.starts.source.set("foo[0]", 20);
      const effects = world.effects();
      const left = async () =>
        leftToMirror(effects, { ...world.scope.mirror!, purged }, await effects.kafka.logs("source"));
      if (purged.length === 0) return assert.rejects(left(), /retention overtook the mirror in foo\[0\]/);
      const { left: behind } = await left();
      assert.equal(behind.find(({ log: { topic } }) => topic === "foo")?.next, 20n);
    });
});
