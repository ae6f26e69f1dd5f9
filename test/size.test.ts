import assert from "node:assert/strict";
import { placingCost, stoppingCost, workloadsOf } from "../bench/acting.ts";
import { fakeApiServer, type FakeApiServer } from "../bench/fakes/api-server.ts";
import { fakeBrokers, type FakeBrokersOptions } from "../bench/fakes/brokers.ts";
import { judging, placing, stopping } from "../bench/ours.ts";
import { conditionsOf, partitionsPerTopic, scopeOf, topicsOf } from "../bench/readings.ts";
import { costOf } from "../bench/verdicts.ts";
import { commitOffsets, forgetOffsets } from "../runtime/brokers/commits.ts";
import { withCluster } from "../runtime/brokers/connection.ts";
import { logs } from "../runtime/brokers/positions.ts";
import { effectiveConfigs } from "../runtime/brokers/topic-configs.ts";
import { kafkaMeasurements } from "../runtime/measure/kafka-measurements.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { workloadApi } from "../runtime/workloads/workload-api.ts";
import { fence } from "../runtime/workloads/workloads.ts";

/** A tenth of a large cluster: 1,000 topics, 10,000 partitions, 500 groups, 50 workloads. */
const size = { topics: 1_000, groups: 500, workloads: 50 };

async function withBrokers<T>(
  options: Partial<FakeBrokersOptions>,
  use: (endpoint: KafkaEndpoint, fake: Awaited<ReturnType<typeof fakeBrokers>>) => Promise<T>,
): Promise<T> {
  const topics = new Map(topicsOf(size).map((topic) => [topic, partitionsPerTopic]));
  const fake = await fakeBrokers({ brokers: 3, topics, ...options });
  try {
    return await use({ side: "target", bootstrap: fake.bootstrap, protocol: "PLAINTEXT" }, fake);
  } finally {
    await fake.close();
  }
}

describe("at the tenth of a large cluster", () => {
  describe("a verdict takes less than a second of the processor", () => {
    for (const condition of conditionsOf(size)) {
      it(condition.kind, () => {
        const { seconds, open, sentence } = costOf(judging, condition, size);
        assert.ok(seconds < 1, `${seconds} s`);
        // A tenth of the groups has something left to read; a verdict that looked at nothing would cost nothing.
        const groups = condition.kind === "groups-drained";
        assert.equal(open, !groups, sentence);
        if (groups) assert.match(sentence, /^group group-\d+ has 16 records left to read .*; and 49 more groups$/);
      });
    }
  });

  it("a sweep asks each broker three times for logs and three times for groups, besides how a connection begins", async () => {
    await withBrokers({}, async (endpoint, { requests, offsets, connections }) => {
      const scope = { ...scopeOf(size), target: endpoint };
      for (const { name } of scope.groups) offsets.set(name, new Map());
      const time = { signal: AbortSignal.timeout(20_000), deadline: Date.now() + 20_000 };
      // Every connection begins with which requests the broker takes, and one of them with where the others are.
      const beginnings = ["apiVersions", "metadata"];
      const asked = (): number[] =>
        requests.map((kinds) =>
          [...kinds].reduce((sum, [kind, number]) => sum + (beginnings.includes(kind) ? 0 : number), 0),
        );
      const measured = await kafkaMeasurements.target.read(scope, true, time);
      assert.deepEqual([measured.partitions.size, measured.problems.length], [10_000, 0]);
      const forLogs = asked();
      assert.deepEqual(forLogs, [3, 3, 3]);
      const groups = await kafkaMeasurements.targetGroups.read(scope, true, time);
      assert.deepEqual([groups.committed.groups.size, groups.states.groups.size], [500, 500]);
      const forGroups = asked().map((number, broker) => number - forLogs[broker]!);
      // One of them is asked who coordinates the groups.
      assert.deepEqual(forGroups.toSorted(), [2, 2, 3]);
      const opened = requests.map((kinds) => kinds.get("apiVersions"));
      assert.equal(
        opened.reduce((sum, number) => sum! + number!, 0),
        connections(),
      );
    });
  });

  it("the offsets of 500 groups are placed and read back in seconds, 150 ms away, over a connection per broker", async () => {
    const { seconds, offsets, connections } = await placingCost(placing, size, 150);
    assert.equal(offsets, 500 * 2 * partitionsPerTopic);
    // To place, and to read back.
    assert.ok(connections <= 6, `${connections} connections`);
    assert.ok(seconds < 20, `${seconds} s`);
  });

  it("50 workloads are stopped and started with less than 50 requests in any second, one in twenty refused", async function () {
    this.timeout(60_000);
    const { busiestSecond, refused, requests, workloads } = await stoppingCost(stopping, size, 20);
    assert.equal(workloads, 50);
    assert.ok(refused >= 5, `${refused} refused`);
    assert.ok(busiestSecond < 50, `${busiestSecond} requests in a second`);
    // Four changes of each, a few lists, and what was refused.
    assert.ok(requests < 50 * 5 + 60, `${requests} requests`);
  });
});

describe("workloads that take long to stop", () => {
  const settles = 6_000;

  /** Lists while ten of them are stopped, and the seconds that takes. */
  async function stopped(watches: boolean, disturb?: (api: FakeApiServer) => void) {
    const api = await fakeApiServer({ deployments: 10, settles, watches });
    try {
      if (disturb) setTimeout(() => disturb(api), settles / 3);
      const { seconds } = await fence(workloadApi, workloadsOf(api), 60);
      assert.deepEqual(new Set([...api.deployments.values()].map(({ spec }) => spec.replicas)), new Set([0]));
      return { lists: api.lists(), seconds };
    } finally {
      api.close();
    }
  }

  it("are looked at when a watch says that something has changed, and every two seconds besides", async function () {
    this.timeout(60_000);
    const { lists, seconds } = await stopped(true);
    // One before they are stopped, three while nothing changes with as many looks at their replicas, and the last.
    assert.ok(lists <= 9, `${lists} lists`);
    assert.ok(seconds >= 6 && seconds < 8, `${seconds} s`);
  });

  const otherwise = [
    ["may not be watched", false, undefined],
    ["are watched by a connection that breaks off", true, (api: FakeApiServer) => api.endWatches()],
  ] as const;
  for (const [when, watches, disturb] of otherwise)
    it(`are looked at twice a second where they ${when}`, async function () {
      this.timeout(60_000);
      const { lists, seconds } = await stopped(watches, disturb);
      assert.ok(lists > 10, `${lists} lists`);
      assert.ok(seconds >= 6 && seconds < 8, `${seconds} s`);
    });
});

describe("offsets that are committed for many groups", () => {
  const one = (offset: bigint) => [{ topic: "topic-0", partition: 0, offset }];
  const few = new Map(["a", "b", "c", "d"].map((group, at) => [group, one(BigInt(at))]));

  it("are tried again where a coordinator moves, and where a broker hangs up in the middle", async () => {
    let refusals = 0;
    const commitError = (group: string) => (group === "b" && (refusals += 1) < 3 ? 16 : 0);
    const hangUp = (request: string, number: number) => request === "offsetCommit" && number === 2;
    await withBrokers({ brokers: 1, commitError, hangUp }, async (endpoint, { offsets }) => {
      await commitOffsets(endpoint, few);
      assert.deepEqual(
        [...offsets].map(([group, all]) => [group, [...all.values()][0]?.offset]).toSorted(),
        [...few].map(([group, [first]]) => [group, first!.offset]),
      );
    });
  });

  it("are refused by the names of groups that have members; the others are set", async () => {
    const commitError = (group: string) => (group === "c" ? 25 : 0);
    await withBrokers({ commitError }, async (endpoint, { offsets }) => {
      await assert.rejects(commitOffsets(endpoint, few), {
        message: "the target did not take the offsets of group c: it has members; stop its consumers first",
      });
      assert.deepEqual([...offsets.keys()].toSorted(), ["a", "b", "d"]);
    });
  });

  it("are split where a group reads so much that one request would be more than Kafka writes at once", async () => {
    const offsets = topicsOf(size).flatMap((topic) =>
      Array.from({ length: partitionsPerTopic }, (_, partition) => ({ topic, partition, offset: 7n })),
    );
    await withBrokers({}, async (endpoint, fake) => {
      await commitOffsets(endpoint, new Map([["archive", offsets]]));
      assert.equal(fake.offsets.get("archive")?.size, 10_000);
      assert.ok(fake.largestCommit() < 256 * 1024, `${fake.largestCommit()} bytes`);
      await forgetOffsets(endpoint, new Map([["archive", offsets.slice(0, 9_999)]]));
      assert.equal(fake.offsets.get("archive")?.size, 1);
    });
  });

  it("are no longer changed once somebody else holds the lease", async () => {
    let asked = 0;
    const confirm = async () => {
      if ((asked += 1) > 2) throw new Error("the lease is lost");
    };
    await withBrokers({ brokers: 1 }, async (endpoint, { offsets }) => {
      await assert.rejects(commitOffsets(endpoint, few, { confirm }), { message: "the lease is lost" });
      assert.equal(offsets.size, 2);
    });
  });
});

describe("configs of many topics", () => {
  it("are asked of all brokers, at most three times each, whatever the number of topics", async () => {
    const names = topicsOf({ topics: 10_000 });
    await withBrokers({ topics: new Map(names.map((name) => [name, 1])) }, async (endpoint, { requests }) => {
      const found = await withCluster(endpoint, (cluster) => effectiveConfigs(cluster, names));
      assert.deepEqual([found.topics.size, found.problems.size], [10_000, 0]);
      assert.deepEqual(
        requests.map((kinds) => kinds.get("describeConfigs")),
        [3, 3, 3],
      );
    });
  });
});

describe("logs of many partitions", () => {
  it("are asked of their leaders, each in requests of all its partitions", async () => {
    await withBrokers({ brokers: 5 }, async (endpoint, { requests }) => {
      const found = await withCluster(endpoint, (cluster) => logs(cluster, topicsOf(size)));
      assert.equal(found.partitions.size, 10_000);
      assert.deepEqual(
        requests.map((kinds) => kinds.get("listOffsets")),
        [3, 3, 3, 3, 3],
      );
    });
  });
});
