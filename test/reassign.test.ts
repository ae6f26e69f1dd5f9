import assert from "node:assert/strict";
import type { Cluster } from "../runtime/brokers/connection.ts";
import { placed, reassign } from "../runtime/brokers/reassign.ts";

const racks: readonly { id: number; rack: string | null }[] = [
  { id: 1, rack: "a" },
  { id: 2, rack: "b" },
  { id: 3, rack: "c" },
  { id: 4, rack: "a" },
];
const of = (...partitions: number[][]) => new Map([["orders", partitions]]);
const replicas = (assignments: ReturnType<typeof of>, replicationFactor: number, brokers = racks) =>
  (placed(assignments, [{ name: "orders", replicationFactor }], brokers).get("orders") ?? []).map(
    (one) => [one.partitionIndex, ...one.replicas] as const,
  );

describe("where replicas go", () => {
  it("is to racks that the partition is not in, leaders first as they are", () => {
    assert.deepEqual(replicas(of([4, 2]), 3), [[0, 4, 2, 3]]);
    assert.deepEqual(replicas(of([1]), 3), [[0, 1, 2, 3]]);
  });

  it("is to brokers that have the fewest, so that many partitions end evenly", () => {
    const brokers = [1, 2, 3, 4, 5, 6].map((id) => ({ id, rack: null }));
    const many = of(...Array.from({ length: 60 }, (_, at) => [(at % 6) + 1]));
    const counts = new Map<number, number>();
    for (const [, ...ids] of replicas(many, 3, brokers))
      for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, held] of counts) assert.ok(Math.abs(held - 30) <= 1, `broker ${id} has ${held}`);
  });

  it("is from racks that have two, and never from the preferred leader", () => {
    assert.deepEqual(replicas(of([1, 4, 2]), 2), [[0, 1, 2]]);
    assert.deepEqual(replicas(of([4, 2, 1]), 2), [[0, 4, 2]]);
    assert.deepEqual(replicas(of([3, 1, 2]), 1), [[0, 3]]);
  });

  it("names only partitions that change, and passes over a broker that is gone", () => {
    assert.deepEqual(replicas(of([1, 2, 3], [1, 9]), 3), [[1, 1, 9, 2]]);
  });

  it("is nowhere where there are fewer brokers", () => {
    assert.throws(() => replicas(of([1]), 5), /^Error: orders cannot have 5 replicas: the target has 4 brokers$/);
  });
});

/** A cluster whose brokers copy a partition of each topic with every look at what is under way. */
class Copying {
  readonly asked: { name: string; replicas: (readonly number[])[] }[] = [];
  /** Partitions that are being copied, by topic. */
  readonly going = new Map<string, number>();
  /** Whether the brokers' disks have room. */
  copies = true;
  /** Error codes by topic. */
  readonly refuses = new Map<string, number>();
  readonly #topics: ReadonlyMap<string, readonly (readonly number[])[]>;
  now = 0;

  constructor(topics: Readonly<Record<string, readonly (readonly number[])[]>>) {
    this.#topics = new Map(Object.entries(topics));
  }

  readonly pace = { now: () => this.now, pause: async (milliseconds: number) => void (this.now += milliseconds) };

  get cluster(): Cluster {
    const answer = (key: number, bytes: Buffer): object => {
      if (key === 18) return { apiKeys: [3, 45, 46].map((apiKey) => ({ apiKey, minVersion: 0, maxVersion: 99 })) };
      if (key === 3) return this.#metadata();
      return key === 45 ? this.#change(bytes) : this.#underWay();
    };
    const connection = {
      send(
        ...[key, , payload, , , , done]: [
          number,
          number,
          () => { buffer: Buffer },
          0,
          0,
          0,
          (e: null, v: object) => void,
        ]
      ) {
        done(null, answer(key, key === 45 ? payload().buffer : Buffer.alloc(0)));
        return true;
      },
    };
    const endpoint = { side: "target", bootstrap: [], protocol: "PLAINTEXT" };
    return {
      ...{ endpoint, brokerIds: [1], broker: async () => connection, describe: async () => {} },
    } as unknown as Cluster;
  }

  #metadata() {
    const partitions = (replicas: readonly (readonly number[])[]) =>
      replicas.map((replicaNodes, partitionIndex) => ({ partitionIndex, replicaNodes }));
    return {
      controllerId: 1,
      brokers: [1, 2, 3].map((nodeId) => ({ nodeId })),
      topics: [...this.#topics].map(([name, replicas]) => ({ name, partitions: partitions(replicas) })),
    };
  }

  #change(bytes: Buffer) {
    const names = [...this.#topics.keys()].filter((name) => bytes.includes(name));
    this.asked.push(...names.map((name) => ({ name, replicas: [] })));
    const responses = names.map((name) => {
      const errorCode = this.refuses.get(name) ?? 0;
      if (errorCode === 0) this.going.set(name, this.#topics.get(name)!.length);
      return { name, partitions: [{ partitionIndex: 0, errorCode, errorMessage: null }] };
    });
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, responses };
  }

  #underWay() {
    const topics = [...this.going].map(([name, left]) => ({ name, partitions: Array.from({ length: left }) }));
    if (this.copies)
      for (const [name, left] of this.going) {
        if (left === 1) this.going.delete(name);
        else this.going.set(name, left - 1);
      }
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, topics };
  }
}

const wanted = (names: readonly string[]) => names.map((name) => ({ name, replicationFactor: 3 }));

describe("topics that get other replicas", () => {
  it("are waited for until the brokers have copied them", async () => {
    const target = new Copying({ orders: [[1], [2], [3]], users: [[1, 2, 3]] });
    await reassign(target.cluster, wanted(["orders", "users"]), 60, target.pace);
    assert.deepEqual(
      target.asked.map(({ name }) => name),
      ["orders"],
      "one that has as many is not asked for",
    );
    assert.equal(target.going.size, 0);
    assert.equal(target.now, 3_000);
  });

  it("are copied a thousand partitions at a time", async () => {
    const large = Array.from({ length: 600 }, () => [1]);
    const target = new Copying({ orders: large, users: large });
    const going: string[][] = [];
    const pause = target.pace.pause;
    const pace = {
      ...target.pace,
      pause: async (milliseconds: number) => (going.push([...target.going.keys()]), pause(milliseconds)),
    };
    await reassign(target.cluster, wanted(["orders", "users"]), 60, pace);
    assert.ok(going.every((names) => names.length <= 1));
    assert.equal(target.asked.length, 2);
  });

  it("are named where they are not done in time, and gone on with where an update before has begun", async () => {
    const target = new Copying({ orders: [[1], [2]] });
    target.copies = false;
    await assert.rejects(
      reassign(target.cluster, wanted(["orders"]), 60, target.pace),
      /^Error: replicas of 2 partitions are still being copied on the target, of orders; none was done for 60 s: .* goes on$/,
    );
    const asked = target.asked.length;
    await assert.rejects(reassign(target.cluster, wanted(["orders"]), 60, target.pace), /still being copied/);
    assert.equal(target.asked.length, asked, "what is under way is not asked for again");
    target.copies = true;
    await reassign(target.cluster, wanted(["orders"]), 60, target.pace);
    assert.equal(target.going.size, 0);
  });

  it("are named where Kafka refuses them, with the right that the user lacks", async () => {
    const target = new Copying({ orders: [[1]], users: [[1]] });
    target.refuses.set("users", 31);
    await assert.rejects(
      reassign(target.cluster, wanted(["orders", "users"]), 60, target.pace),
      /1 topics could not be given other replicas: users: CLUSTER_AUTHORIZATION_FAILED: the user needs Alter on Cluster kafka-cluster$/,
    );
  });
});
