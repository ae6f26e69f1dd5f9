import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { withCluster } from "../runtime/brokers/connection.ts";
import { Lending } from "../runtime/model/lending.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { fakeServer, kafkaBroker } from "./support/fake-server.ts";

/** Counts what is opened and closed; each thing is its number. */
class Shop {
  opened = 0;
  readonly closed: number[] = [];
  readonly of = {
    open: async () => ++this.opened,
    close: async (thing: number) => void this.closed.push(thing),
  };
}

describe("things that are lent", () => {
  const terms = { idle: 30, longest: 1_000 };

  it("are opened once for all who use them at the same time or soon after, and closed when nobody does", async () => {
    const [shop, lending] = [new Shop(), new Lending<number>(terms)];
    const both = await Promise.all([1, 2].map(() => lending.use("a", shop.of, async (thing) => thing)));
    assert.deepEqual(both, [1, 1]);
    assert.equal(await lending.use("a", shop.of, async (thing) => thing), 1);
    assert.deepEqual(shop.closed, []);
    await sleep(60);
    assert.deepEqual(shop.closed, [1]);
    assert.equal(await lending.use("a", shop.of, async (thing) => thing), 2);
  });

  it("are not mixed up", async () => {
    const [shop, lending] = [new Shop(), new Lending<number>(terms)];
    const both = await Promise.all(["a", "b"].map((key) => lending.use(key, shop.of, async (thing) => thing)));
    assert.deepEqual(both, [1, 2]);
  });

  it("are lent to nobody else once one of their users has failed, and closed after the last of them", async () => {
    const [shop, lending] = [new Shop(), new Lending<number>(terms)];
    const { promise: release, resolve } = Promise.withResolvers<void>();
    const slow = lending.use("a", shop.of, async (thing) => release.then(() => thing));
    await assert.rejects(
      lending.use("a", shop.of, async () => Promise.reject(new Error("broken"))),
      /broken/,
    );
    assert.equal(await lending.use("a", shop.of, async (thing) => thing), 2);
    assert.deepEqual(shop.closed, [], "somebody still uses it");
    resolve();
    assert.equal(await slow, 1);
    assert.deepEqual(shop.closed, [1]);
  });

  it("are opened again after one that could not be opened", async () => {
    const [shop, lending] = [new Shop(), new Lending<number>(terms)];
    const away = { ...shop.of, open: async () => Promise.reject(new Error("away")) };
    await assert.rejects(
      lending.use("a", away, async () => 0),
      /away/,
    );
    assert.equal(await lending.use("a", shop.of, async (thing) => thing), 1);
  });

  it("are left at once by whoever gives up, and closed if nobody else uses them", async () => {
    const [shop, lending] = [new Shop(), new Lending<number>(terms)];
    const giveUp = new AbortController();
    const waiting = lending.use("a", shop.of, () => new Promise<number>(() => undefined), giveUp.signal);
    giveUp.abort(new Error("too late"));
    await assert.rejects(waiting, /too late/);
    assert.deepEqual(shop.closed, [1]);
    await assert.rejects(
      lending.use("a", shop.of, async () => 0, giveUp.signal),
      /too late/,
    );
  });

  it("are not lent for ever", async () => {
    const [shop, lending] = [new Shop(), new Lending<number>({ idle: 1_000, longest: 20 })];
    await lending.use("a", shop.of, async () => undefined);
    await sleep(40);
    assert.equal(await lending.use("a", shop.of, async (thing) => thing), 2);
    assert.deepEqual(shop.closed, [1]);
  });

  it("are connections to Kafka, for instance", async () => {
    const broker = await fakeServer(kafkaBroker("T"));
    const endpoint: KafkaEndpoint = { side: "target", bootstrap: [broker.address], protocol: "PLAINTEXT" };
    const id = () => withCluster(endpoint, async ({ clusterId }) => clusterId);
    try {
      assert.deepEqual(await Promise.all([id(), id(), id()]), ["T", "T", "T"]);
      assert.equal(await id(), "T");
      assert.equal(broker.connections(), 1);
    } finally {
      await broker.close();
    }
  });
});
