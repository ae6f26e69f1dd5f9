import assert from "node:assert/strict";
import { withCluster } from "@kafka-migration/kafka";
import { committedIn, groupStatesIn } from "../runtime/brokers/groups.ts";
import { modeOf, spokenRelease } from "../runtime/brokers/release.ts";
import { requests, versionFor, type Request } from "../runtime/brokers/requests.ts";
import { fakeCluster } from "./support/fake-coordinators.ts";
import { fakeServer, kafkaBroker, type FakeRanges, type FakeServer } from "./support/fake-server.ts";
import { brokers, type BrokerName, type BrokerVersions } from "./support/broker-versions.ts";

const abilities = (name: BrokerName) => ({
  versions: new Map(Object.entries(brokers[name].takes).map(([key, [min, max]]) => [Number(key), { min, max }])),
});
const wanted = Object.entries<Request>(requests);

describe("requests, in versions that the broker takes", () => {
  for (const name of Object.keys(brokers) as BrokerName[]) {
    it(`never sends ${name} a version that it would hang up on`, () => {
      for (const [, request] of wanted) {
        const found = versionFor(request, abilities(name));
        if (found === null) continue;
        const { takes }: BrokerVersions = brokers[name];
        const [min, max] = takes[found.key]!;
        assert.ok(found.version >= min && found.version <= max, `${request.name} ${found.version}`);
      }
    });

    it(`leaves out what ${name} does not have, and nothing else`, () => {
      const missing = wanted.filter(([, request]) => versionFor(request, abilities(name)) === null);
      assert.deepEqual(missing.map(([what]) => what).sort(), [...brokers[name].lacks].sort());
    });

    it(`tells what ${name} is`, () => {
      assert.deepEqual([spokenRelease(abilities(name)), modeOf(abilities(name))], brokers[name].is);
    });
  }

  it("takes the newest version that both know", () => {
    const versions = (name: BrokerName) =>
      (["metadata", "fetch", "listOffsets", "findCoordinator", "offsetFetch", "describeAcls"] as const).map(
        (what) => versionFor<Request["versions"][number]>(requests[what], abilities(name))?.version,
      );
    assert.deepEqual(versions("Kafka 4.2"), [12, 12, 7, 4, 8, 3]);
    assert.deepEqual(versions("Kafka 2.8 with ZooKeeper"), [10, 12, 6, 3, 7, 2]);
    assert.deepEqual(versions("Redpanda 24.3"), [8, 11, 4, 3, 7, 2]);
  });
});

describe("a broker that is older", () => {
  const servers: FakeServer[] = [];
  const idOf = async (ranges: FakeRanges) => {
    const server = await fakeServer(kafkaBroker("the-source", {}, ranges));
    servers.push(server);
    const endpoint = { side: "source", bootstrap: [server.address], protocol: "PLAINTEXT" } as const;
    return withCluster(endpoint, async ({ clusterId }) => clusterId);
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  const metadata = 3;
  const apiVersions = 18;
  const cases: [string, FakeRanges][] = [
    ["2.8", { [metadata]: [0, 10], [apiVersions]: [0, 3] }],
    ["2.4", { [metadata]: [0, 9], [apiVersions]: [0, 3] }],
    ["2.3, which answers ApiVersions 3 with an error", { [metadata]: [0, 8], [apiVersions]: [0, 2] }],
    ["1.0", { [metadata]: [0, 5], [apiVersions]: [0, 1] }],
  ];
  for (const [what, ranges] of cases) {
    it(`is asked as ${what} can be asked`, async () => {
      assert.equal(await idOf(ranges), "the-source");
    });
  }

  it("is refused in a sentence where it is too old, instead of hanging up", async () => {
    await assert.rejects(
      idOf({ [metadata]: [0, 2], [apiVersions]: [0, 1] }),
      /the source at 127\.0\.0\.1:\d+ cannot be reached: it takes the request Metadata in versions 0 to 2, and 4 to 12 are needed/,
    );
  });

  it("is asked group by group where it would answer for the first of them alone", async () => {
    const offsets = { alpha: { "orders/0": { offset: 3 } }, beta: { "orders/0": { offset: 5 } }, gamma: {} };
    const { cluster, asked } = fakeCluster({ offsets, newest: { 9: 7, 10: 3 } });
    const { groups, problems } = await committedIn(cluster, Object.keys(offsets));
    const found = [...groups].map(([group, positions]) => [
      group,
      ...[...positions.values()].map(({ offset }) => offset),
    ]);
    assert.deepEqual(found, [["alpha", 3n], ["beta", 5n], ["gamma"]]);
    assert.equal(problems.size, 0);
    assert.deepEqual([asked.get(9), asked.get(10)], [3, 3]);
    const { groups: states } = await groupStatesIn(cluster, Object.keys(offsets));
    assert.deepEqual(
      [...states.values()].map(({ state }) => state),
      ["Empty", "Empty", "Empty"],
    );
  });

  it("is not trusted with offsets where it cannot tell which ones a transaction has not decided yet", async () => {
    const { cluster } = fakeCluster({ offsets: { alpha: { "orders/0": { offset: 3 } } }, newest: { 9: 6 } });
    const strict = await committedIn(cluster, ["alpha"]);
    assert.match(
      strict.problems.get("alpha") ?? "",
      /takes the request OffsetFetch in versions 0 to 6, and 7 to 8 are needed/,
    );
    const loose = await committedIn(cluster, ["alpha"], { decided: false });
    assert.equal(loose.groups.get("alpha")?.get("orders[0]")?.offset, 3n);
  });
});
