import assert from "node:assert/strict";
import { capacityOf } from "../assess/capacity.ts";
import { advise } from "../assess/advice.ts";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import { replicasOf, targetTopics } from "../config/target-topics.ts";
import type { Condition } from "../gates/index.ts";
import { judge } from "../runtime/measure/judge.ts";
import { kafkaMeasurements } from "../runtime/measure/kafka-measurements.ts";
import { quantityOf } from "../runtime/model/quantity.ts";
import { clusterApi } from "./support/cluster-api.ts";
import { cluster, facts, load } from "./support/readings.ts";
import { sideLoad, type SideWords } from "./support/side-loads.ts";
import { stackConfig, type stackInput } from "./support/stack.ts";
import { scope, snapshot } from "./support/verdict-readings.ts";

const gib = 1024 ** 3;
const [three, two] = [
  [1, 2, 3],
  [1, 2],
];
/** 30 GiB of orders and 10 of payments, which have two replicas on the target; something else does not move. */
const source: SideWords = {
  clusterId: "S",
  topics: {
    orders: [
      [1, three, three, 10],
      [1, three, three, 20],
    ],
    payments: [[1, three, three, 10]],
    stays: [[1, three, three, 900]],
  },
};
const target = (copied: number, more: SideWords = {}): SideWords => ({
  topics: {
    orders: [
      [1, three, three, copied],
      [1, three, three, copied],
    ],
    payments: [[1, two, two, copied]],
  },
  ...more,
});

describe("the gate target-capacity", () => {
  const condition = { kind: "target-capacity" as const, maxDiskPercent: 85, objects: {}, given: {} };
  const verdict = (
    there: SideWords,
    more: Partial<typeof condition> &
      Pick<Extract<Condition, { kind: "target-capacity" }>, "accepted" | "uncompressedTimes"> = {},
    machines: object = {},
    here = source,
  ) =>
    judge(
      { ...condition, ...more },
      snapshot({ sourceLoad: sideLoad(here), targetLoad: sideLoad(there), machines: { value: machines } }),
    );

  it("adds up one replica of each topic on the source times its replicas on the target", () => {
    assert.deepEqual(verdict(target(0)), {
      open: true,
      sentence:
        "the target has 3 brokers, the source 3 brokers; 40.0 GiB move and take 110.0 GiB with all replicas; the target's disks (300.0 GiB) would be 46.6 % full, broker 1 (100.0 GiB) 50 %, 85 % allowed; CPUs and memory are not known on both sides",
    });
  });

  it("stays closed where the disks would be too full, and counts nothing twice that is copied already", () => {
    const small = verdict(target(0, { disk: [50, 40] }));
    assert.ok(!small.open && small.cause === "target-too-small");
    assert.match(
      small.sentence,
      /the target's disks \(150.0 GiB\) would be 93.3 % full, broker 1 \(50.0 GiB\) 100 %, 85 % allowed/,
    );
    // 80 GiB are there: 120 of 150 used, and 30 are to come for all but payments, which holds what it needs.
    const halfway = verdict(target(10, { disk: [50, 14] }));
    assert.match(halfway.sentence, /would be 92 % full/);
    // A longer retention there is no room that other topics could use.
    assert.match(verdict(target(25, { disk: [100, 90] })).sentence, /would be 10 % full/);
  });

  it("stays closed where the target has fewer brokers, CPUs or less memory in all", () => {
    const fewer = verdict(target(0, { brokers: 2, disk: [900, 900] }));
    assert.ok(!fewer.open && fewer.sentence.startsWith("the target has 2 brokers, the source 3 brokers"));
    const big = { cpus: 4, memoryBytes: 16 * gib };
    const weak = verdict(target(0), {}, { source: big, target: { ...big, cpus: 3.5 } });
    assert.ok(!weak.open && weak.sentence === "the target has 10.5 CPUs, the source 12 CPUs");
    const narrow = verdict(target(0), {}, { source: big, target: { ...big, memoryBytes: 8 * gib } });
    assert.ok(!narrow.open && narrow.sentence === "the target has 24.0 GiB of memory, the source 48.0 GiB of memory");
    assert.ok(verdict(target(0), {}, { source: big, target: big }).open);
  });

  it("takes what the config says of a broker over what an object says", () => {
    const given = { source: { cpus: 8 }, target: { cpus: 4 } };
    const found = verdict(target(0), { given }, { source: { cpus: 1 }, target: { cpus: 1 } });
    assert.ok(!found.open && found.sentence === "the target has 12 CPUs, the source 24 CPUs");
  });

  it("stays closed where sizes could not be read, and opens where the config accepts it with a reason", () => {
    const blind = { ...source, unread: "the user has no right to read it (CLUSTER_AUTHORIZATION_FAILED)" };
    const closed = verdict(target(0), {}, {}, blind);
    assert.ok(!closed.open);
    assert.match(closed.sentence, /^sizes could not be read on the source: the user has no right/);
    const open = verdict(target(0), { accepted: { reason: "sized by hand", what: ["sizes"] } }, {}, blind);
    assert.ok(open.open);
    assert.match(open.sentence, /^accepted \(sized by hand\): sizes could not be read on the source/);
    assert.ok(!verdict(target(0, { disk: null })).open, "brokers that do not say how large their disks are");
  });

  it("stays closed where one broker's disks would be too full, however large the others' are", () => {
    const uneven: SideWords = { topics: { orders: [[1, three, three, 0]] }, disks: [100, 100, 1500] };
    const closed = verdict(uneven, {}, {}, { clusterId: "S", topics: { orders: [[1, three, three, 300]] } });
    assert.ok(!closed.open);
    assert.match(closed.sentence, /\(1.7 TiB\) would be 52.9 % full, broker 1 \(100.0 GiB\) 300 %, 85 % allowed/);
    // Topics that are yet to be made come to all brokers alike.
    const unmade = verdict(
      { ...uneven, topics: {} },
      {},
      {},
      { clusterId: "S", topics: { orders: [[1, three, three, 90]] } },
    );
    assert.match(unmade.sentence, /broker 1 \(100.0 GiB\) 90 %/);
    assert.ok(!unmade.open);
  });

  it("is opened by a reason for what the config names alone: a full disk is no matter of fewer brokers", () => {
    const accepted = { reason: "fewer, larger brokers", what: ["brokers"] as const };
    const onTwo = { brokers: 2, topics: { orders: [[1, two, two, 0]] } } as const;
    const full = verdict({ ...onTwo, disk: [20, 20] }, { accepted });
    assert.ok(!full.open);
    assert.doesNotMatch(full.sentence, /brokers, the source/);
    assert.match(full.sentence, /% full/);
    const fewer = verdict(target(0, { brokers: 2, disk: [900, 900] }), { accepted });
    assert.ok(!fewer.open, "a replica on a broker that says nothing of its disks");
    const open = verdict({ ...onTwo, disk: [900, 900] }, { accepted });
    assert.ok(open.open, open.sentence);
    assert.match(open.sentence, /^accepted \(fewer, larger brokers\): the target has 2 brokers.*% full/);
  });

  it("counts copies as large as the config says they are without compression", () => {
    const { sentence } = verdict(target(0, { disk: [900, 900] }), { uncompressedTimes: 2.5 });
    assert.match(sentence, /40.0 GiB move and take 275.0 GiB with all replicas, 2.5 times as large as on the source/);
  });

  it("is given the Kafka objects, what the config says of a broker, and the reason", () => {
    const config = stackConfig("prod", (input) => {
      input.capacity = { source: { cpu: "1500m", memory: "8Gi" }, accept: { reason: "larger machines" } };
    });
    const { objects, given, ...others } = gateInputs(config, scopeOf(config), {
      ...{ row: "mirror", gate: "target-capacity", sealed: false },
    }).condition as { objects: Record<string, { cluster: object }>; given: object };
    assert.deepEqual(objects["target"]!.cluster, { kind: "kubedb", name: "shop-kafka" });
    assert.deepEqual(given, { source: { cpus: 1.5, memoryBytes: 8 * gib }, target: {} });
    assert.deepEqual(others, {
      kind: "target-capacity",
      maxDiskPercent: 85,
      accepted: { reason: "larger machines", what: ["brokers", "cpus", "memory"] },
    });
  });
});

describe("what a broker asks of its machine", () => {
  it("is read from its Kafka object, from the template of its brokers", async () => {
    const api = await clusterApi();
    try {
      const containers = (resources: object) => ({
        spec: { containers: [{ name: "sidecar" }, { name: "kafka", resources }] },
      });
      api.objects.set("kafkas/old", {
        metadata: { name: "old" },
        spec: { podTemplate: containers({ requests: { cpu: 2, memory: "4Gi" } }) },
      });
      api.objects.set("kafkas/new", {
        metadata: { name: "new" },
        spec: { topology: { broker: { podTemplate: containers({ limits: { cpu: "500m" } }) } } },
      });
      const at = (name: string) => ({
        kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig },
        cluster: { kind: "kubedb-existing", name },
      });
      const time = { signal: new AbortController().signal, deadline: Date.now() + 10_000 };
      const read = (objects: object) => kafkaMeasurements.machines.read(scope, objects, time);
      assert.deepEqual(await read({ source: at("old"), target: at("new") }), {
        source: { cpus: 2, memoryBytes: 4 * gib },
        target: { cpus: 0.5 },
      });
      assert.deepEqual(await read({ target: at("gone") }), {});
    } finally {
      api.close();
    }
  });

  for (const [text, number] of [
    ["512Mi", 512 * 1024 ** 2],
    ["1Ti", 1024 ** 4],
    ["500m", 0.5],
    ["1.5", 1.5],
    ["2G", 2e9],
    ["1e3", 1000],
    ["1Kb", null],
    ["", null],
  ] as const) {
    it(`takes "${text}" for ${number}`, () => assert.equal(quantityOf(text), number));
  }
});

describe("replicas on the target", () => {
  const edited = (topics: object) =>
    stackConfig("prod", (input) => void (input.topics = { ...input.topics, ...topics }));
  const replicas = (config: ReturnType<typeof edited>) =>
    Object.fromEntries(targetTopics(config).map(({ name, replicationFactor }) => [name, replicationFactor]));

  it("are three, a number for all, those of the source, or a number of each topic", () => {
    const onSource = Object.fromEntries(
      edited({}).inventory.topics.map(({ name, replicationFactor }) => [name, replicationFactor]),
    );
    assert.ok(new Set(Object.values(onSource)).size > 0);
    assert.deepEqual(new Set(Object.values(replicas(edited({})))), new Set([3]));
    assert.deepEqual(new Set(Object.values(replicas(edited({ replicationFactor: 4 })))), new Set([4]));
    const [first] = Object.keys(replicas(edited({})));
    const asThere = edited({ replicationFactor: "source", replicationFactors: { [first!]: 5 } });
    for (const [name, number] of Object.entries(replicas(asThere)))
      assert.equal(number, name === first ? 5 : onSource[name], name);
    // Topics that are not the source's keep the usual number.
    assert.equal(replicasOf(asThere), 3);
  });

  it("are what the report counts by", () => {
    const reading = cluster({ orders: { partitions: 1, replicas: 2 }, clicks: { partitions: 1, replicas: 1 } });
    const sample = load(reading, { orders: [0, 1, 1, 100], clicks: [0, 1, 1, 1000] });
    const words = (topics: object) => ({
      ...{ source: reading, samples: [sample, sample] as const },
      edit: (input: ReturnType<typeof stackInput>) => void (input.topics = topics),
    });
    const { neededBytes, replicas: range } = capacityOf(facts(words({ replicationFactor: "source" })));
    assert.deepEqual([neededBytes, range], [1200n, [1, 2]]);
    const fewer = facts(words({ replicationFactor: "source", replicationFactors: { orders: 1 } }));
    assert.deepEqual(capacityOf(fewer).neededBytes, 1100n);
    const advice = advise(fewer).find(({ id }) => id === "fewer-replicas-on-target");
    assert.deepEqual([advice?.names, advice?.finding], [["orders"], "2 replicas on the source, 1 on the target"]);
  });
});
