import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { judge } from "../runtime/measure/judge.ts";
import { snapshot } from "../runtime/measure/snapshot.ts";
import type { MirrorRef, Scope } from "../runtime/model/scope.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { hold } from "../runtime/measure/hold.ts";
import { FakeConnect } from "./support/connectors/fake-connect.ts";
import { fakeServer, kafkaBroker, type FakeServer } from "./support/fake-server.ts";
import * as readings from "./support/verdict-readings.ts";

const position = { '{"cluster":"source","partition":0,"topic":"orders"}': '{"offset":9007199254740993}' };

describe("the mirror's positions", function () {
  this.timeout(30_000);
  let connect: FakeConnect;
  let broker: FakeServer;
  let mirror: MirrorRef;
  const lines: string[] = [];
  const log = console.log;

  beforeEach(async () => {
    connect = new FakeConnect("migration", "T");
    connect.add("m", {}, "RUNNING", position);
    const { rest } = await connect.start();
    mirror = { connect: rest, sourceConnectors: ["m"], otherConnectors: [], sourceAlias: "source" };
    broker = await fakeServer(kafkaBroker("T"));
    lines.splice(0);
    console.log = (line: string) => void lines.push(line);
  });
  afterEach(async () => {
    console.log = log;
    connect.stop();
    await broker.close();
  });

  const read = async (more: Partial<MirrorRef>, target = broker.address) => {
    const endpoint: KafkaEndpoint = { side: "target", bootstrap: [target], protocol: "PLAINTEXT" };
    const scope: Scope = { ...readings.scope, target: endpoint, mirror: { ...mirror, ...more } };
    const found = await snapshot(scope, { kind: "mirror-drained" }, { deadlineMs: 5_000, freshMs: 0 });
    return found.mirror!;
  };

  it("are asked of Connect, to the last digit, where the config names no topic, and the log says so once", async () => {
    for (let time = 0; time < 2; time++) {
      const found = await read({});
      assert.ok("value" in found, JSON.stringify(found));
      assert.deepEqual([...found.value.mirrored], [["orders[0]", 9007199254740993n]]);
      assert.equal(found.value.overRest, "the config does not name connect.offsetsTopic");
    }
    assert.deepEqual(lines, ["positions over Connect's REST API: the config does not name connect.offsetsTopic"]);
  });

  it("are asked of Connect where the topic is not there", async () => {
    const found = await read({ offsetsTopic: { name: "connect-offsets" } });
    assert.ok("value" in found, JSON.stringify(found));
    assert.equal(found.value.overRest, "topic connect-offsets does not exist on the target");
    assert.equal(found.value.mirrored.size, 1);
  });

  it("are not looked for in the topics of another cluster than Connect's", async () => {
    connect.clusterId = "X";
    const found = await read({ offsetsTopic: { name: "connect-offsets" } });
    assert.ok("value" in found, JSON.stringify(found));
    const where = `the target at ${broker.address}`;
    assert.equal(found.value.overRest, `Connect belongs to the cluster X, not to ${where}`);
  });

  it("are read although Connect is silent about its connectors' states, which are then not known", async () => {
    connect.silent = (url) => url.endsWith("/status");
    const found = await read({});
    assert.ok("value" in found, JSON.stringify(found));
    assert.deepEqual([...found.value.mirrored], [["orders[0]", 9007199254740993n]]);
    const status = found.value.connectors.get("m")!;
    assert.ok("untold" in status, JSON.stringify(status));
    assert.match(status.untold, /^Connect: GET \/connectors\/m\/status failed for 2\.\d s: .* gave no answer within/);
  });

  it("are not taken from a topic without them while Connect does not say which cluster is its own", async () => {
    connect.silent = (url) => url === "/";
    const found = await read({ offsetsTopic: { name: "connect-elsewhere" } });
    assert.ok("value" in found, JSON.stringify(found));
    const why =
      "Connect is silent, and topic connect-elsewhere of the target does not have a position of each connector";
    assert.equal(found.value.overRest, why);
  });

  it("are an error while Connect cannot be reached", async () => {
    connect.hangUp();
    const found = await read({});
    assert.ok("error" in found, JSON.stringify(found));
  });

  it("are an error while the target's brokers give no answer", async () => {
    const found = await read({ offsetsTopic: { name: "connect-offsets" } }, "127.0.0.1:1");
    assert.ok("error" in found, JSON.stringify(found));
    assert.match(found.error, /^the target at 127\.0\.0\.1:1 cannot be reached: /);
  });

  it("say why Connect was asked if that fails as well", async () => {
    connect.connectors.get("m")!.offsets.set("{", "{");
    const found = await read({ offsetsTopic: { name: "gone" } });
    assert.ok("error" in found, JSON.stringify(found));
    assert.match(found.error, /JSON.* \(positions over Connect's REST API: topic gone does not exist on the target\)$/);
  });

  it("open a gate whatever Connect has not told of its connectors, and the sentence says so", () => {
    const offsets = { "orders[0]": [0, 10, 10] } as const;
    const untold = { untold: "Connect: GET /connectors/m/status failed for 3 s" };
    const scope = { ...readings.scope, topics: ["orders"] };
    const verdict = (copied: number) =>
      judge(
        { kind: "mirror-drained" },
        {
          ...{ scope, takenAt: readings.now },
          ...readings.both(offsets),
          ...readings.mirror({ "orders[0]": copied }, untold),
          ...readings.counts({ "orders[0] 5..10": 5 }),
        },
      );
    const note = `(whether connector m runs is not known: ${untold.untold})`;
    assert.deepEqual(
      [verdict(9), verdict(4)].map(({ open, sentence }) => [open, sentence]),
      [
        [true, `0 records left to mirror in 1 partition ${note}`],
        [false, `orders[0] has 5 records left to mirror, 0 allowed ${note}`],
      ],
    );
  });

  it("are named as Connect's in an open and in a closed gate's sentence", () => {
    const offsets = { "orders[0]": [0, 10, 10] } as const;
    const sentence = (copied: number) => {
      const measured = readings.mirror({ "orders[0]": copied });
      const { value } = measured.mirror;
      const all = { ...readings.both(offsets), mirror: { value: { ...value, overRest: "because" } } };
      const counts = readings.counts({ "orders[0] 5..10": 5 });
      const scope = { ...readings.scope, topics: ["orders"] };
      return judge({ kind: "mirror-drained" }, { scope, takenAt: readings.now, ...all, ...counts }).sentence;
    };
    assert.equal(sentence(9), "0 records left to mirror in 1 partition (positions over Connect's REST API: because)");
    assert.equal(
      sentence(4),
      "orders[0] has 5 records left to mirror, 0 allowed (positions over Connect's REST API: because)",
    );
  });
});

describe("a held gate", function () {
  this.timeout(60_000);

  it("gives a cluster that answers late more time with every reading, and opens", async () => {
    // What answers after 1.2 s has no chance in a first reading of one second, half of which is for one request.
    const late = (clusterId: string) =>
      fakeServer((socket) => {
        const emit = socket.emit.bind(socket);
        socket.emit = (event: string | symbol, ...rest: unknown[]) => {
          if (event !== "data") return emit(event, ...rest);
          void sleep(1_200).then(() => emit(event, ...rest));
          return true;
        };
        kafkaBroker(clusterId)(socket);
      });
    const [source, target] = [await late("S"), await late("T")];
    const at = (side: "source" | "target", { address }: FakeServer): KafkaEndpoint => ({
      ...{ side, bootstrap: [address], protocol: "PLAINTEXT" },
    });
    try {
      const { readings: number } = await hold({
        ...{ row: "retire", holdSeconds: 0, timeoutSeconds: 40, readingSeconds: 1, sweepSeconds: 5, sealed: false },
        scope: { ...readings.scope, source: at("source", source), target: at("target", target) },
        condition: { kind: "source-confirmed", clusterId: "S" },
      });
      assert.equal(number, 3);
    } finally {
      await Promise.all([source.close(), target.close()]);
    }
  });

  it("asks the next address without waiting for one that is silent", async () => {
    const silent = await fakeServer(() => undefined);
    const [source, target] = [await fakeServer(kafkaBroker("S")), await fakeServer(kafkaBroker("T"))];
    const at = (side: "source" | "target", ...all: FakeServer[]): KafkaEndpoint => ({
      ...{ side, bootstrap: all.map(({ address }) => address), protocol: "PLAINTEXT" },
    });
    const startedAt = performance.now();
    try {
      const { readings: number } = await hold({
        ...{ row: "retire", holdSeconds: 0, timeoutSeconds: 20, readingSeconds: 20, sweepSeconds: 5, sealed: false },
        scope: { ...readings.scope, source: at("source", silent, source), target: at("target", target) },
        condition: { kind: "source-confirmed", clusterId: "S" },
      });
      assert.equal(number, 1);
      // The silent one would use up half of the reading.
      assert.ok(performance.now() - startedAt < 9_000, `${performance.now() - startedAt} ms`);
    } finally {
      await Promise.all([silent.close(), source.close(), target.close()]);
    }
  });
});
