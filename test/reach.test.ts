import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Condition } from "../gates/index.ts";
import type { KafkaGateInputs } from "../gates/inputs.ts";
import { judge } from "../runtime/measure/judge.ts";
import { snapshot } from "../runtime/measure/snapshot.ts";
import type { Scope } from "../runtime/model/scope.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { hold } from "../runtime/measure/hold.ts";
import { fakeServer, kafkaBroker, type FakeServer } from "./support/fake-server.ts";

const kubernetes = { namespace: "demo" };
const endpoint = (side: "source" | "target", bootstrap: readonly string[], more: Partial<KafkaEndpoint> = {}) =>
  ({ side, bootstrap, protocol: "PLAINTEXT", ...more }) as const satisfies KafkaEndpoint;
const scope = (source: KafkaEndpoint, target: KafkaEndpoint): Scope => ({
  migration: "shop",
  source,
  target,
  mirror: { connect: { urls: [] }, sourceConnectors: [], otherConnectors: [], sourceAlias: "source" },
  topics: ["orders"],
  groups: [],
  workloads: [],
  ledger: { kubernetes, configMap: "ledger" },
});
const confirmed: Condition = { kind: "source-confirmed", clusterId: "S" };
/** One reading, without the time budget that the glances of a preview share. */
const look = async (of: Scope) => judge(confirmed, await snapshot(of, confirmed, { deadlineMs: 2_500, freshMs: 0 }));
const gate = (of: Scope, more: Partial<KafkaGateInputs> = {}): KafkaGateInputs => ({
  ...{
    scope: of,
    row: "retire",
    condition: confirmed,
    holdSeconds: 0,
    timeoutSeconds: 2,
    readingSeconds: 20,
    sweepSeconds: 3,
  },
  sealed: false,
  ...more,
});

describe("a cluster that is not the right one", function () {
  this.timeout(20_000);
  const servers: FakeServer[] = [];
  const serve = async (behaviour: Parameters<typeof fakeServer>[0]) => {
    const server = await fakeServer(behaviour);
    servers.push(server);
    return server.address;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it("is the right one where the ids fit", async () => {
    const [source, target] = [await serve(kafkaBroker("S")), await serve(kafkaBroker("T"))];
    const of = scope(endpoint("source", [source], { clusterId: "S" }), endpoint("target", [target]));
    assert.deepEqual(await look(of), {
      open: true,
      sentence: "the source is cluster S, as the config says",
    });
    assert.equal((await hold(gate(of))).readings, 1);
  });

  it("has another id than the pinned one", async () => {
    const [source, target] = [await serve(kafkaBroker("X")), await serve(kafkaBroker("T"))];
    const of = scope(endpoint("source", [source], { clusterId: "S" }), endpoint("target", [target]));
    assert.deepEqual(await look(of), {
      open: false,
      cause: "not-measured",
      sentence: `could not be measured: the source at ${source} is the cluster X, not S as the config says: correct the address or the id`,
      unmeasured: true,
    });
  });

  it("has what a killed move left stopped started again once it is found closed, and not while it is open", async () => {
    const [source, target] = [await serve(kafkaBroker("S")), await serve(kafkaBroker("T"))];
    let asked = 0;
    const ask = async () => void asked++;
    await hold(gate(scope(endpoint("source", [source], { clusterId: "S" }), endpoint("target", [target]))), ask);
    assert.equal(asked, 0);
    const other = scope(endpoint("source", [source], { clusterId: "X" }), endpoint("target", [target]));
    await assert.rejects(hold({ ...gate(other), timeoutSeconds: 5 }, ask), /stays closed/);
    assert.equal(asked, 1);
  });

  it("is the other side's", async () => {
    const [source, target] = [await serve(kafkaBroker("S")), await serve(kafkaBroker("S"))];
    const of = scope(endpoint("source", [source]), endpoint("target", [target]));
    const sentence = "source and target are the same cluster S; correct the addresses of the wrong side in the config";
    assert.deepEqual(await look(of), { open: false, cause: "one-cluster", sentence });
    await assert.rejects(hold(gate(of)), (error: Error) => {
      assert.match(error.message, /^phase "retire" stays closed: source and target are the same cluster S; .*Nothing/);
      return true;
    });
  });
});

describe("a cluster that cannot be reached", function () {
  this.timeout(30_000);
  const servers: FakeServer[] = [];
  const rejections: unknown[] = [];
  const note = (reason: unknown) => void rejections.push(reason);
  before(() => void process.on("unhandledRejection", note));
  after(() => void process.off("unhandledRejection", note));
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
    assert.deepEqual(rejections, [], "an unhandled rejection would end the update");
  });

  // when, what the listener does, what the sentence says after the side and its address
  const cases: readonly (readonly [string, Parameters<typeof fakeServer>[0] | null, RegExp])[] = [
    ["nobody listens", null, /cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+$/],
    ["somebody accepts and is silent", () => undefined, /cannot be reached: Request timed out$/],
    ["somebody accepts and closes", (socket) => socket.end(), /cannot be reached: Connection closed$/],
    ["somebody accepts and resets", (socket) => socket.resetAndDestroy(), /cannot be reached: /],
    [
      "a web server answers",
      (socket) => socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
      /cannot be reached: Request timed out$/,
    ],
    [
      "somebody answers nonsense",
      (socket) => socket.on("data", () => socket.write(Buffer.alloc(64, 7))),
      /cannot be reached: Request timed out$/,
    ],
    [
      "somebody answers nonsense of the right length",
      (socket) =>
        socket.on("data", (data) =>
          socket.write(
            Buffer.concat([Buffer.from([0, 0, 0, 12]), Buffer.from(data).subarray(8, 12), Buffer.alloc(8, 0xff)]),
          ),
        ),
      /cannot be reached: its answer is not Kafka's \(/,
    ],
  ];
  for (const [when, behaviour, says] of cases) {
    it(`closes the gate with one sentence when ${when}`, async () => {
      const server = behaviour === null ? null : await fakeServer(behaviour);
      if (server) servers.push(server);
      const address = server?.address ?? "127.0.0.1:1";
      const of = scope(endpoint("source", [address], { clusterId: "S" }), endpoint("target", ["127.0.0.1:1"]));
      const startedAt = Date.now();
      const { open, sentence } = await look(of);
      assert.equal(open, false);
      const begins = `could not be measured: the source at ${address} `;
      assert.equal(sentence.slice(0, begins.length), begins);
      assert.match(sentence.slice(begins.length), says);
      assert.doesNotMatch(sentence, /\n|\bat .*:\d+:\d+/);
      assert.ok(Date.now() - startedAt < 4_000, "it took too long");
    });
  }

  it("is told with all its addresses, and a held gate says what to do", async () => {
    const of = scope(endpoint("source", ["127.0.0.1:1", "127.0.0.1:2"]), endpoint("target", ["127.0.0.1:1"]));
    await assert.rejects(hold(gate(of)), {
      message:
        'phase "retire" stays closed: could not be measured: the source at 127.0.0.1:1, 127.0.0.1:2 cannot be reached: ' +
        "connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED 127.0.0.1:2. Nothing behind this gate was changed; " +
        "make it reachable from here, then run pulumi up again",
    });
  });

  it("refuses the user: the sentence names the Secret and not its content", async () => {
    const broker = await fakeServer(kafkaBroker("S"));
    servers.push(broker);
    const data = { username: "migration", password: "hunter2-wrong" };
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    const api = createServer((_request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ apiVersion: "v1", kind: "Secret", data: Object.fromEntries(encoded) }));
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    const folder = mkdtempSync(join(tmpdir(), "reach-"));
    const kubeconfig = join(folder, "kubeconfig");
    const server = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const clusters = [{ name: "fake", cluster: { server, "insecure-skip-tls-verify": true } }];
    const contexts = [{ name: "fake", context: { cluster: "fake", user: "fake" } }];
    const users = [{ name: "fake", user: {} }];
    writeFileSync(kubeconfig, JSON.stringify({ clusters, contexts, users, "current-context": "fake" }));
    try {
      const credentials = { kubernetes: { kubeconfig, namespace: "demo" }, name: "kafka-user" };
      const login = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN", credentials } as const;
      const of = scope(endpoint("source", [broker.address], login), endpoint("target", ["127.0.0.1:1"]));
      const { open, sentence } = await look(of);
      assert.deepEqual(
        [open, sentence],
        [
          false,
          `could not be measured: the source at ${broker.address} cannot be reached with the user of Secret demo/kafka-user: the credentials are refused`,
        ],
      );
    } finally {
      api.closeAllConnections();
      api.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
