import assert from "node:assert/strict";
import { Authority } from "../lab/authority.ts";
import { SecondClient } from "../runtime/brokers/second-client.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { clusterApi } from "./support/cluster-api.ts";
import { fakeBrokers, type FakeBrokers } from "./support/fake-broker.ts";
import {
  assertMirror,
  assertUntouched,
  consumers,
  former,
  producers,
  producersMoved,
} from "./support/switch-asserts.ts";
import { World } from "./switch-world.ts";

const endpoint = ({ addresses }: FakeBrokers, more: Partial<KafkaEndpoint> = {}): KafkaEndpoint => ({
  ...{ side: "target", bootstrap: addresses, protocol: "PLAINTEXT", requestSeconds: 5 },
  ...more,
});

const content = (): Parameters<typeof fakeBrokers>[0] => ({
  brokers: 2,
  topics: {
    orders: [
      { leader: 1, stable: 5n, end: 9n },
      { leader: 2, stable: 7n, end: 7n },
    ],
    foo: [{ leader: 1, stable: 3n, end: 3n }],
  },
  groups: {
    "g-one": { coordinator: 1, offsets: { "orders/0": 4n, "foo/0": 3n } },
    "g-two": { coordinator: 2, offsets: { "orders/1": 7n } },
  },
});
const all = [
  { topic: "orders", partition: 0 },
  { topic: "orders", partition: 1 },
  { topic: "foo", partition: 0 },
];
const places = all.flatMap((of) => ["g-one", "g-two"].map((group) => ({ ...of, group })));

/** Brokers, closed at the end. */
async function withBrokers(
  given: Parameters<typeof fakeBrokers>[0],
  use: (brokers: FakeBrokers) => Promise<void>,
): Promise<void> {
  const brokers = await fakeBrokers(given);
  try {
    await use(brokers);
  } finally {
    await brokers.close();
  }
}

describe("the second client", () => {
  it("reads the ends of logs, whatever transaction is open, with one request to each broker", () =>
    withBrokers(content(), async (brokers) => {
      const client = await SecondClient.open(endpoint(brokers), ["orders", "foo"]);
      try {
        brokers.asked.length = 0;
        const ends = await client.ends(all);
        assert.deepEqual(Object.fromEntries(ends), { "orders[0]": 9n, "orders[1]": 7n, "foo[0]": 3n });
        const asked = brokers.asked.filter((one) => one.endsWith("ListOffsets")).sort();
        assert.deepEqual(asked, ["1 ListOffsets", "2 ListOffsets"]);
        assert.ok(!brokers.asked.some((one) => one.endsWith("Metadata")), "leaders were known before");
      } finally {
        await client.close();
      }
    }));

  it("reads what groups have committed, and nothing where they have not, with one request to each coordinator", () =>
    withBrokers(content(), async (brokers) => {
      const client = await SecondClient.open(endpoint(brokers), ["orders", "foo"], ["g-one", "g-two"]);
      try {
        brokers.asked.length = 0;
        const found = await client.committed(places);
        assert.deepEqual(Object.fromEntries(found.get("g-one")!), { "orders[0]": 4n, "foo[0]": 3n });
        assert.deepEqual(Object.fromEntries(found.get("g-two")!), { "orders[1]": 7n });
        const asked = brokers.asked.filter((one) => !one.endsWith("ApiVersions")).sort();
        assert.deepEqual(asked, ["1 OffsetFetch", "2 OffsetFetch"]);
      } finally {
        await client.close();
      }
    }));

  it("follows leaders and coordinators that have moved since it connected", () =>
    withBrokers(content(), async (brokers) => {
      const client = await SecondClient.open(endpoint(brokers), ["orders", "foo"], ["g-one"]);
      try {
        brokers.topics["orders"]![0]!.leader = 2;
        brokers.groups["g-one"]!.coordinator = 2;
        assert.equal((await client.ends(all)).get("orders[0]"), 9n);
        assert.equal((await client.committed(places)).get("g-one")!.get("foo[0]"), 3n);
      } finally {
        await client.close();
      }
    }));

  it("waits for a cluster that has had no group so far", () =>
    withBrokers(content(), async (brokers) => {
      // More than kafkajs itself asks.
      brokers.groups["g-one"]!.tooEarly = 8;
      const client = await SecondClient.open(endpoint(brokers), ["foo"], ["g-one"]);
      await client.close();
      assert.ok(brokers.groups["g-one"]!.tooEarly < 0);
    }));

  it("logs in over TLS as the config says", async () => {
    const authority = Authority.create("one");
    const { certificate: cert, key } = authority.issue({ commonName: "b", names: [], addresses: ["127.0.0.1"] });
    const api = await clusterApi();
    const coded = (data: Record<string, string>) =>
      Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString("base64")]));
    api.objects.set("secrets/user", {
      metadata: { name: "user" },
      data: coded({ username: "shop", password: "s;s=#w" }),
    });
    api.objects.set("secrets/ca", { metadata: { name: "ca" }, data: coded({ "ca.crt": authority.certificate }) });
    const secret = (name: string) => ({ kubernetes: { kubeconfig: api.kubeconfig, namespace: "demo" }, name });
    try {
      await withBrokers({ ...content(), tls: { cert, key } }, async (brokers) => {
        const secured = { protocol: "SASL_SSL", credentials: secret("user"), ca: secret("ca") } as const;
        const client = await SecondClient.open(endpoint(brokers, secured), ["foo"]);
        assert.equal((await client.ends([{ topic: "foo", partition: 0 }])).get("foo[0]"), 3n);
        await client.close();
        assert.deepEqual([...new Set(brokers.logins)], ["shop:s;s=#w"]);
      });
    } finally {
      api.close();
    }
  });

  it("names the side that it cannot read", async () => {
    const nowhere = { ...endpoint({ addresses: ["127.0.0.1:1"] } as unknown as FakeBrokers), side: "source" as const };
    await assert.rejects(
      SecondClient.open(nowhere, ["foo"]),
      /^Error: the source at 127\.0\.0\.1:1 cannot be read by kafkajs, the second client: .*ECONNREFUSED/,
    );
  });
});

describe("a move whose numbers a second client does not confirm", () => {
  for (const side of ["source", "target"] as const) {
    it(`writes no ends that differ on the ${side}, and is undone`, async () => {
      const world = new World();
      world.misread.ends.set(`${side} orders[1]`, 3n);
      await assert.rejects(
        switchProducers(world.effects(), producers),
        new RegExp(
          `two clients read different ends of logs: orders\\[1\\] on the ${side} ends at \\d+ by @platformatic/kafka, ` +
            "at 3 by kafkajs\\. Nothing was recorded; .*The producers are writing to the source again; nothing was moved",
        ),
      );
      assert.deepEqual(world.entries, []);
      assertUntouched(world, former);
      assertMirror(world, "RUNNING");
    });
  }

  it("goes on if only a reading that came too early differs", async () => {
    const world = new World();
    world.misread.ends.set("source orders[1]", 3n);
    // One call for each side.
    world.misread.times = 2;
    const entry = await switchProducers(world.effects(), producers);
    const { sourceEnd } = entry.partitions.find(({ topic, partition }) => topic === "orders" && partition === 1)!;
    assert.equal(sourceEnd, String(world.logs.source.get("orders[1]")!.length));
  });

  it("starts no consumer at offsets that only one client reads back", async () => {
    const world = await producersMoved();
    world.misread.committed.set("orders-consumer orders[0]", 1n);
    await assert.rejects(
      switchConsumers(world.effects(), consumers),
      /two clients read different offsets back from the target: group orders-consumer at orders\[0\] \d+ by @platformatic\/kafka, 1 by kafkajs\. .*The consumers are reading from the source again/,
    );
    assert.equal(world.entries.length, 1);
    assertUntouched(world, { "foo-consumer": 1, "orders-consumer": 1 });
  });

  it("stops nobody where the second client reaches no broker", async () => {
    const world = new World();
    world.witnessAway = "the source cannot be read by kafkajs";
    await assert.rejects(
      switchProducers(world.effects(), producers),
      /the source cannot be read by kafkajs\. No workload was stopped/,
    );
    const moved = await producersMoved();
    moved.witnessAway = "the target cannot be read by kafkajs";
    await assert.rejects(
      switchConsumers(moved.effects(), consumers),
      /the target cannot be read by kafkajs\. No workload was stopped/,
    );
    assert.ok(world.workloads.get("foo-producer")!.pods > 0 && moved.workloads.get("foo-consumer")!.pods > 0);
  });
});
