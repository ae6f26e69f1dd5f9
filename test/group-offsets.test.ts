import assert from "node:assert/strict";
import { committedIn, groupStatesIn } from "../runtime/brokers/groups.ts";
import { transactionalIdsIn } from "../runtime/brokers/transactions.ts";
import { fakeCluster, type FakeCoordinators } from "./support/fake-coordinators.ts";

const none = async () => undefined;
const read = async (given: FakeCoordinators, patienceMilliseconds = 2_000) => {
  const { cluster, asked } = fakeCluster(given);
  const found = await committedIn(cluster, Object.keys(given.offsets), { patienceMilliseconds, pause: none });
  const offsets = [...found.groups].map(([group, at]) => [group, [...at].map(([name, { offset }]) => [name, offset])]);
  return { ...found, offsets: Object.fromEntries(offsets) as Record<string, [string, bigint][]>, asked };
};

describe("offsets of groups", () => {
  it("are asked for again while a transaction that moves them is not decided", async () => {
    const found = await read({
      offsets: { shop: { "orders/0": { offset: 7, undecided: 2 }, "orders/1": { offset: 5 } } },
    });
    assert.deepEqual(Object.fromEntries(found.offsets["shop"]!), { "orders[0]": 7n, "orders[1]": 5n });
    assert.deepEqual([[...found.problems], [...found.pending]], [[], []]);
  });

  it("are not known, which is no error, where the transaction outlasts the reading", async () => {
    const undecided = Number.POSITIVE_INFINITY;
    const found = await read({ offsets: { shop: { "orders/0": { offset: 7, undecided } }, bank: {} } }, 0);
    assert.deepEqual(
      [...found.problems],
      [["shop", "orders[0]: a transaction that moves its offset is not decided yet"]],
    );
    assert.deepEqual([...found.pending], ["shop"]);
    assert.deepEqual(found.offsets["bank"], []);
  });

  it("are those from before the transaction for whoever only looks", async () => {
    const { cluster } = fakeCluster({ offsets: { shop: { "orders/0": { offset: 7, undecided: 9 } } } });
    const found = await committedIn(cluster, ["shop"], { decided: false });
    assert.equal(found.groups.get("shop")?.get("orders[0]")?.offset, 7n);
    assert.equal(found.problems.size, 0);
  });

  it("are read where the cluster hides its own topic of offsets", async () => {
    const found = await read({ offsets: { shop: { "orders/0": { offset: 7 } } }, hidden: ["__consumer_offsets"] });
    assert.deepEqual(found.offsets, { shop: [["orders[0]", 7n]] });
  });

  it("wait for a coordinator that is still being made", async () => {
    const found = await read({ offsets: { shop: { "orders/0": { offset: 7 } } }, coordinator: [15, 15, 0] });
    assert.deepEqual(found.offsets, { shop: [["orders[0]", 7n]] });
    assert.equal(found.problems.size, 0);
  });

  it("are a problem, not an empty group, where no coordinator is named", async () => {
    const given = { offsets: { shop: { "orders/0": { offset: 7 } } }, coordinator: [15] };
    const found = await read(given, 0);
    assert.deepEqual([...found.problems], [["shop", "its coordinator: COORDINATOR_NOT_AVAILABLE"]]);
    assert.equal(found.pending.size, 0);
    const states = await groupStatesIn(fakeCluster({ ...given, coordinator: [30] }).cluster, ["shop"]);
    assert.deepEqual([states.groups.size, [...states.refused]], [0, ["shop"]]);
  });

  it("are told apart where they were committed by clients that never joined", async () => {
    const simple = async (protocolType: string) => {
      const { cluster } = fakeCluster({ offsets: { shop: { "orders/0": { offset: 7 } } }, protocolType });
      return (await groupStatesIn(cluster, ["shop"])).groups.get("shop")?.simple;
    };
    assert.deepEqual([await simple(""), await simple("consumer")], [true, undefined]);
  });

  it("are not all that brokers know: who writes in transactions is known by name, since Kafka 3.0", async () => {
    const transactions = { pay: 12, clean: 13 };
    const ids = async (newest: Record<number, number>) =>
      Object.fromEntries(
        await transactionalIdsIn(fakeCluster({ offsets: {}, transactions, newest }).cluster, [12n, 13n]),
      );
    assert.deepEqual(await ids({}), { 12: "pay", 13: "clean" });
    assert.deepEqual(await ids({ 66: -1 }), {}, "an older broker is not asked");
  });

  it("take one request of each kind where nothing is in the way", async () => {
    const { asked } = await read({ offsets: { shop: { "orders/0": { offset: 7 } } } });
    assert.deepEqual(
      [...asked],
      [
        // Which versions the broker takes.
        [18, 1],
        [10, 1],
        [9, 1],
      ],
    );
  });
});
