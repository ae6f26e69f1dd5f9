import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import kafkajs from "../lab/kafkajs.ts";
import { checkKafkajs } from "../runtime/model/kafkajs-loops.ts";
import { fakeServer } from "./support/fake-server.ts";
import { root } from "./support/stack.ts";

const apiVersions = 18;
const metadata = 3;

/** A request as it came in, with its time. */
interface Seen {
  readonly api: number;
  readonly at: number;
}

const int16 = (value: number) => Buffer.from(new Int16Array([value]).buffer).swap16();
const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)]);
const int32 = (value: number) => Buffer.from(new Int32Array([value]).buffer).swap32();

/** A broker that tells what it can, asks for a pause of `throttle` ms then, and knows itself and no topic. */
const broker = (seen: Seen[], throttle: number, silentOn?: number) => (socket: Socket) => {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, Buffer.from(chunk)]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const request = rest.subarray(4, 4 + rest.readInt32BE(0));
      rest = rest.subarray(4 + rest.readInt32BE(0));
      const api = request.readInt16BE(0);
      seen.push({ api, at: performance.now() });
      if (api === silentOn) continue;
      const able = [apiVersions, metadata].map((key) => Buffer.concat([int16(key), int16(0), int16(2)]));
      const itself = [int32(1), int32(1), text("127.0.0.1"), int32(socket.localPort!), int16(-1)];
      const body =
        api === apiVersions
          ? [int16(0), int32(able.length), ...able, int32(throttle)]
          : [...itself, text("cluster"), int32(1), int32(0)];
      const answer = Buffer.concat([request.subarray(4, 8), ...body]);
      socket.write(Buffer.concat([int32(answer.length), answer]));
    }
  });
};

/** Connects to a broker of its own and hands both over; closes them at the end. */
async function withAdmin(
  options: { readonly throttle?: number; readonly silentOn?: number; readonly requestTimeout?: number },
  use: (admin: kafkajs.Admin, seen: readonly Seen[]) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const server = await fakeServer(broker(seen, options.throttle ?? 0, options.silentOn));
  const { requestTimeout = 30_000 } = options;
  const kafka = new kafkajs.Kafka({
    brokers: [server.address],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await use(admin, seen);
  } finally {
    await admin.disconnect();
    await server.close();
  }
}

/** Counts how often timers fire that are set from now on. */
function watchTimers(): { readonly fired: () => number; readonly stop: () => void } {
  const timers = new Set<number>();
  let fired = 0;
  const hook = createHook({
    init: (id, type) => void (type === "Timeout" && timers.add(id)),
    before: (id) => void (timers.has(id) && (fired += 1)),
  }).enable();
  return { fired: () => fired, stop: () => hook.disable() };
}

describe("kafkajs in the lab", () => {
  it("rests while nothing happens on a connection", async () => {
    const timers = watchTimers();
    try {
      await withAdmin({}, async (admin) => {
        await admin.describeCluster();
        const before = timers.fired();
        await sleep(2_500);
        const fired = timers.fired() - before;
        // The rest's own, and a look for late answers each second.
        assert.ok(fired >= 2 && fired <= 4, `${fired} timers fired within 2.5 s of rest`);
      });
    } finally {
      timers.stop();
    }
  });

  it("sends a request that waits for a broker's throttle once the time is over, not before", () =>
    withAdmin({ throttle: 400 }, async (admin, seen) => {
      const [first] = seen;
      await admin.describeCluster();
      const second = seen.find(({ api }) => api === metadata);
      assert.ok(first && second);
      const waited = second.at - first.at;
      assert.ok(waited >= 395 && waited < 1_000, `sent after ${waited} ms of 400`);
    }));

  it("gives up a request without an answer", () =>
    withAdmin({ silentOn: metadata, requestTimeout: 300 }, async (admin) => {
      const begun = performance.now();
      await assert.rejects(admin.describeCluster(), /timed out/);
      const waited = performance.now() - begun;
      assert.ok(waited >= 300 && waited < 1_500, `given up after ${waited} ms of 300`);
    }));

  it("sets no negative timer, of which Node would warn", async () => {
    const script =
      'const { default: k } = await import("./lab/kafkajs.ts");' +
      "const a = new k.Kafka({ brokers: [process.argv[1]], logLevel: 0 }).admin();" +
      "await a.connect(); await a.describeCluster(); await a.disconnect();";
    const server = await fakeServer(broker([], 0));
    try {
      const run = promisify(execFile);
      const { stderr } = await run(process.execPath, ["--input-type=module", "-e", script, server.address], {
        cwd: root,
      });
      assert.equal(stderr, "");
    } finally {
      await server.close();
    }
  });

  it("is the release that was corrected, or nothing runs", () => {
    checkKafkajs("2.2.4");
    assert.throws(
      () => checkKafkajs("2.3.0"),
      /^Error: kafkajs 2\.3\.0 is installed, but runtime\/model\/kafkajs-loops\.ts overrides/,
    );
  });

  it("has its warning on everywhere", () => {
    const programs = "{assess,bench,components,demo,gates,lab,runtime,scripts,test,tools}/**/*.{ts,mjs,yaml,tpl}";
    const files = globSync([programs, "package.json", "*.yaml"], { cwd: root, exclude: ["**/node_modules/**"] });
    assert.ok(files.length > 100, `only ${files.length} files were read`);
    const off = /disable-warning=TimeoutNegative|--no-warnings|NODE_NO_WARNINGS/;
    const silent = files.filter(
      (file) => file !== "test/lab-kafkajs.test.ts" && off.test(readFileSync(join(root, file), "utf8")),
    );
    assert.deepEqual(silent, []);
  });
});
