import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withOwnCluster } from "../runtime/brokers/connection.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { fakeServer, kafkaBroker } from "./support/fake-server.ts";

/** How often the process's main thread has gone to sleep so far: as often as something woke it. */
const sleeps = (): number =>
  Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/self/task/${process.pid}/status`, "utf8"))![1]);

async function sleepsPerSecond(seconds: number): Promise<number> {
  const before = sleeps();
  await sleep(seconds * 1000);
  return (sleeps() - before) / seconds;
}

describe("open connections to Kafka", function () {
  this.timeout(30_000);

  it("do not wake the process while nothing happens", async () => {
    const broker = await fakeServer(kafkaBroker("T"));
    const endpoint: KafkaEndpoint = { side: "target", bootstrap: [broker.address], protocol: "PLAINTEXT" };
    const open = <T>(depth: number, use: () => Promise<T>): Promise<T> =>
      depth === 0 ? use() : withOwnCluster(endpoint, () => open(depth - 1, use));
    try {
      const rate = await open(10, () => sleepsPerSecond(3));
      assert.equal(broker.connections(), 10);
      assert.ok(rate < 10, `woken ${rate} times a second`);
    } finally {
      await broker.close();
    }
  });

  it("would be noticed if they did", async () => {
    const timer = setInterval(() => undefined, 20);
    const rate = await sleepsPerSecond(1);
    clearInterval(timer);
    assert.ok(rate > 20, `woken ${rate} times a second`);
  });
});
