import assert from "node:assert/strict";
import { request } from "node:http";
import { LineFeed } from "../../demo/vendor/line-feed.ts";
import { lab } from "../../lab/lab.ts";
import { connectName, connectSecret } from "../../lab/vendor/addresses.ts";
import { workerAddress } from "../../lab/vendor/connectors.ts";
import { lineFiles } from "../../lab/vendor/lines.ts";
import { inOrder } from "../support/in-order.ts";
import { stackInput } from "../support/stack.ts";
import { labSecret } from "../lab/support/lab-access.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { SlowProxy } from "../lab/support/slow-proxy.ts";

type Side = "source" | "target";

/** Connect's REST API of a side, with other eyes than the product's. */
async function ask(side: Side, method: string, route: string, body?: unknown): Promise<unknown> {
  const { username, password } = await labSecret(connectSecret(side));
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: workerAddress(lab, side),
        port: 8083,
        method,
        path: route,
        auth: `${username}:${password}`,
        agent: false,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status >= 300 && status !== 404) return reject(new Error(`${method} ${route}: ${status} ${text}`));
          resolve(status === 404 || text === "" ? null : JSON.parse(text));
        });
      },
    );
    asked.setHeader("content-type", "application/json");
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function stateOf(side: Side, name: string): Promise<string> {
  const found = (await ask(side, "GET", `/connectors/${name}/status`)) as {
    connector: { state: string };
    tasks: { state: string }[];
  } | null;
  return found === null ? "absent" : [found.connector.state, ...found.tasks.map(({ state }) => state)].join(" ");
}

/** Consumers first, with the way back of the consumers. */
describe("connectors that move with the lab's applications", function () {
  inOrder();
  this.timeout(15 * 60_000);
  usesLab(this, "vendor");
  let walk: LabWalk;
  const feed = new LineFeed(lineFiles(lab));
  /** The stack asks the target's Connect through it. */
  let proxy: SlowProxy;

  before(async () => {
    const dev = stackInput("dev");
    const worker = (side: Side) => `http://${workerAddress(lab, side)}:8083`;
    proxy = new SlowProxy(worker("target"));
    await proxy.start();
    const connects = Object.fromEntries(
      (["source", "target"] as const).map((side) => [
        connectName(side),
        { urls: [side === "target" ? proxy.url : worker(side)], credentials: { secret: connectSecret(side) } },
      ]),
    );
    const connect = { source: connectName("source"), target: connectName("target") };
    const settings = {
      ...shortTimes,
      connects,
      topics: { ...dev.topics, migrate: [...dev.topics!.migrate!, "lines"] },
      groups: { migrate: [...dev.groups!.migrate!, { name: "connect-lines-out", topics: ["lines"] }] },
      workloads: [
        ...dev.workloads,
        { kind: "connector", role: "consumer", name: "lines-out", connect },
        { kind: "connector", role: "producer", name: "lines-in", connect, renamed: "lines-in-2" },
      ],
    };
    const config = (await ask("source", "GET", "/connectors/lines-out/config")) as Record<string, string>;
    const bootstrap = "source-kafka-pods.demo.svc:9092";
    await ask("source", "PUT", "/connectors/lines-out/config", {
      ...config,
      "consumer.override.bootstrap.servers": bootstrap,
    });
    await eventually("lines-out", 60, async () => (await stateOf("source", "lines-out")) === "RUNNING RUNNING");
    walk = await labWalk(150, settings, { strategy: "consumers-first" });
    feed.start();
  });
  after(async () => {
    feed.stop();
    proxy?.stop();
  });

  it("stay where they are before their row, and the preview of the row tells every rewrite", async () => {
    await walk.reaches("prepare");
    await walk.reaches("mirror");
    await walk.stack.set("kafka-migration:phase", "move-consumers");
    const { code, output } = await walk.stack.attempt(["preview"]);
    assert.equal(code, 0, output);
    const line =
      "consumer.override.bootstrap.servers: source-kafka-pods.demo.svc:9092 -> target-kafka-pods.demo.svc:9092";
    assert.ok(output.includes(`connector lines-out: ${line}`), output);
    assert.match(output, /connectors-valid is open: lines-out fits Connect "shop-connect-target" with 1 changed value/);
    assert.deepEqual(
      [await stateOf("source", "lines-out"), await stateOf("target", "lines-out")],
      ["RUNNING RUNNING", "absent"],
    );
  });

  it("move with their role: the sink with the consumers, to its group's exact place", async () => {
    await walk.reaches("move-consumers");
    assert.deepEqual(
      [await stateOf("source", "lines-out"), await stateOf("target", "lines-out")],
      ["STOPPED", "RUNNING RUNNING"],
    );
    assert.equal(await stateOf("source", "lines-in"), "RUNNING RUNNING");
  });

  it("go back as they were with each group's exact place, where the mirror copies on, and forward again", async () => {
    assert.match(await walk.reaches("mirror"), /offsets placed on the source and read back/);
    assert.deepEqual(
      [await stateOf("source", "lines-out"), await stateOf("target", "lines-out")],
      ["RUNNING RUNNING", "STOPPED"],
    );
    assert.match(await walk.reaches("move-consumers"), /offsets placed on the target and read back/);
    assert.equal(await stateOf("target", "lines-out"), "RUNNING RUNNING");
  });

  it("all work at the source again, as the producers do, if Connect refuses one its offsets in the middle of the move", async () => {
    proxy.offsets = "refused";
    const { code, output } = await walk.up("move-producers");
    assert.notEqual(code, 0, output);
    assert.match(output, /workloads at 0 pods/);
    assert.match(output, /lines-in-2.*offsets/);
    const before = [walk.traffic.acknowledged(), await position("source", "lines-in")] as const;
    await eventually("everybody writing at the source", 60, async () => {
      const written = walk.traffic.acknowledged() > before[0] + 500;
      return written && (await position("source", "lines-in")) > before[1];
    });
    assert.doesNotMatch(await stateOf("target", "lines-in-2"), /RUNNING/);
    assert.equal(await walk.stack.reached(), "move-consumers");
    proxy.offsets = "through";
  });

  const position = async (side: Side, name: string) => {
    const { offsets } = (await ask(side, "GET", `/connectors/${name}/offsets`)) as {
      offsets: { offset: { position: number } }[];
    };
    return offsets[0]?.offset.position ?? -1;
  };

  it("move with their role: the source connector with the producers, with its offsets", async () => {
    await walk.reaches("move-producers");
    assert.deepEqual(
      [await stateOf("source", "lines-in"), await stateOf("target", "lines-in-2")],
      ["STOPPED", "RUNNING RUNNING"],
    );
    const left = await position("source", "lines-in");
    assert.ok(left > 0);
    await eventually("lines-in-2 goes on", 60, async () => (await position("target", "lines-in-2")) > left);
    await walk.reaches("validate");
  });

  it("have lost no line, repeated none and kept their order", async () => {
    const lines = await feed.finish(60, new AbortController().signal);
    const { lost, repeated, outOfOrder, unexpected } = lines;
    assert.deepEqual(
      { lost, repeated, outOfOrder, unexpected },
      { lost: 0, repeated: 0, outOfOrder: 0, unexpected: 0 },
    );
    assert.ok(lines.written > 400, `${lines.written} lines`);
    assert.equal((await auditOf(walk)).outOfOrder, 0);
  });
});
