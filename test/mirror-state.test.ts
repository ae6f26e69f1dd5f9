import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { MirrorStateInputs } from "../runtime/model/inputs.ts";
import { ensureMirror, strayed } from "../runtime/switch/mirror-state.ts";

type States = readonly [connector: string, ...tasks: string[]];

/** Answers as Connect does for one connector, and as a Kubernetes API without any object. */
class Emulation {
  /** What `GET …/status` says, one after the other; the last one stays. Null is no connector. */
  answers: (States | null)[] = [];
  readonly changes: string[] = [];
  /** What was sent with the last change. */
  sent = "";
  #server: Server | undefined;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      const { method, url = "" } = request;
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      const status = answer && {
        connector: { state: answer[0] },
        tasks: answer.slice(1).map((state, id) => ({ id, state })),
      };
      if (method !== "GET") {
        this.changes.push(`${method} ${url}`);
        this.sent = "";
        request.on("data", (chunk) => (this.sent += String(chunk)));
        request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
      } else if (url === "/connectors/m/status" && status) {
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(status));
      } else {
        response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ message: "not there" }));
      }
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => this.#server!.once("listening", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

describe("the state of the mirror", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "mirror-state-"));
  let connect: Emulation;
  let cluster: Emulation;
  let inputs: (desired: "running" | "stopped") => MirrorStateInputs;

  beforeEach(async () => {
    [connect, cluster] = [new Emulation(), new Emulation()];
    const [url, api] = [await connect.start(), await cluster.start()];
    cluster.answers = [null];
    // A file of its own: clients read one again only after a second.
    const kubeconfig = path.join(directory, `kubeconfig-${new URL(api).port}`);
    const entries = {
      clusters: [{ name: "c", cluster: { server: api, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user: {} }],
    };
    writeFileSync(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", ...entries }));
    const side = { bootstrap: [], protocol: "PLAINTEXT" } as const;
    inputs = (desired) => ({
      scope: {
        migration: "shop",
        source: { side: "source", ...side },
        target: { side: "target", ...side },
        mirror: { connect: { urls: [url] }, sourceConnectors: ["m"], otherConnectors: [], sourceAlias: "source" },
        ...{ topics: [], groups: [], workloads: [] },
        ledger: { kubernetes: { kubeconfig, namespace: "demo" }, configMap: "ledger" },
      },
      ...{ desired, configuration: "", readySeconds: 20 },
    });
  });
  afterEach(() => [connect, cluster].forEach((server) => server.stop()));
  after(() => rmSync(directory, { recursive: true, force: true }));

  // prettier-ignore
  const looks = [
    // when                                         desired     connector and tasks                      strayed
    ["all runs",                                    "running",  ["RUNNING", "RUNNING", "RUNNING"],       []],
    ["a task moves to another worker",              "running",  ["RUNNING", "RUNNING", "UNASSIGNED"],    []],
    ["a task is being restarted",                   "running",  ["RUNNING", "RESTARTING", "RUNNING"],    []],
    ["the connector itself moves",                  "running",  ["UNASSIGNED", "RUNNING"],               []],
    ["its tasks are not made yet",                  "running",  ["RUNNING"],                             []],
    ["a task has failed",                           "running",  ["RUNNING", "RUNNING", "FAILED"],        ["task 1 of m is FAILED"]],
    ["one task moves and another has failed",       "running",  ["RUNNING", "UNASSIGNED", "FAILED"],     ["task 1 of m is FAILED"]],
    ["somebody has stopped it",                     "running",  ["STOPPED"],                             ["m is STOPPED"]],
    ["somebody has paused it",                      "running",  ["PAUSED", "PAUSED"],                    ["m is PAUSED"]],
    ["it is gone",                                  "running",  null,                                    ["m does not exist in Connect"]],
    ["it is stopped as it should be",               "stopped",  ["STOPPED"],                             []],
    ["its tasks are still ending",                  "stopped",  ["STOPPED", "RUNNING"],                  []],
    ["it runs although it should not",              "stopped",  ["RUNNING", "RUNNING"],                  ["m is RUNNING"]],
    ["it is gone as it should be",                  "stopped",  null,                                    []],
  ] as const;
  for (const [when, desired, states, expected] of looks) {
    it(`shows ${expected.length === 0 ? "no change" : "a change"} when ${when} (${desired} is desired)`, async () => {
      connect.answers = [states];
      assert.deepEqual(await strayed(inputs(desired)), expected);
    });
  }

  it("shows no change when Connect cannot be asked", async () => {
    const asked = inputs("running");
    connect.stop();
    assert.deepEqual(await strayed(asked), []);
  });

  it("waits in an update for a task that is being moved, and changes nothing", async () => {
    connect.answers = [
      ["RUNNING", "UNASSIGNED"],
      ["RUNNING", "RESTARTING"],
      ["RUNNING", "RUNNING"],
    ];
    await ensureMirror(inputs("running"));
    assert.equal(connect.answers.length, 1, "it has asked until the task ran");
    assert.deepEqual(connect.changes, []);
  });

  it("fails an update that waits for a task in vain, and names it", async () => {
    connect.answers = [["RUNNING", "UNASSIGNED"]];
    await assert.rejects(ensureMirror({ ...inputs("running"), readySeconds: 1 }), {
      message: "task 0 of m is UNASSIGNED after 1 s, expected running",
    });
  });

  it("waits for the tasks of a connector that copies records, not for those of another", async () => {
    connect.answers = [["RUNNING"]];
    const copying = { ...inputs("running"), readySeconds: 1 };
    await assert.rejects(ensureMirror(copying), { message: "m has no tasks yet after 1 s, expected running" });
    // MM2's checkpoint connector has no tasks while none of its groups has committed anything.
    const mirror = { ...copying.scope.mirror!, sourceConnectors: [], otherConnectors: ["m"] };
    await ensureMirror({ ...copying, scope: { ...copying.scope, mirror } });
    connect.answers = [["RUNNING", "FAILED"]];
    await assert.rejects(
      ensureMirror({ ...copying, scope: { ...copying.scope, mirror } }),
      /task 0 of connector m has failed/,
    );
  });

  it("resumes in an update what somebody has stopped", async () => {
    connect.answers = [["STOPPED"], ["STOPPED"], ["RUNNING", "RUNNING"]];
    await ensureMirror(inputs("running"));
    assert.deepEqual(connect.changes, ["PUT /connectors/m/resume"]);
  });

  it("asks for every stop before it waits for one, so that Connect rebalances once", async () => {
    const stopped = new Set<string>();
    const held: (() => void)[] = [];
    const state = (name: string) => ({ connector: { state: stopped.has(name) ? "STOPPED" : "RUNNING" }, tasks: [] });
    const both = createServer(({ method, url = "" }, response) => {
      const name = url.split("/")[2]!;
      const answer = () =>
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(state(name)));
      if (method === "GET") return answer();
      stopped.add(name);
      // Answers the first only once the second has come.
      held.push(answer);
      if (held.length === 2) for (const each of held) each();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => both.once("listening", resolve));
    const { scope, ...rest } = inputs("stopped");
    const urls = [`http://127.0.0.1:${(both.address() as AddressInfo).port}`];
    const mirror = { ...scope.mirror!, connect: { urls }, sourceConnectors: ["m"], otherConnectors: ["n"] };
    try {
      await ensureMirror({ ...rest, readySeconds: 3, scope: { ...scope, mirror } });
    } finally {
      both.closeAllConnections();
      both.close();
    }
    assert.deepEqual([...stopped].sort(), ["m", "n"]);
  });

  it("is set through a connector's object where its operator would undo what Connect is asked", async () => {
    const { scope, ...rest } = inputs("stopped");
    const type = { apiVersion: "kafka.example.com/v1", kind: "KafkaConnector", plural: "kafkaconnectors" };
    const states = { stopped: { spec: { state: "stopped" } }, running: { spec: { state: "running" } } };
    const objects = { kubernetes: scope.ledger.kubernetes, ...type, ...states };
    connect.answers = [["RUNNING", "RUNNING"], ["STOPPED", "RUNNING"], ["STOPPED"]];
    await ensureMirror({ ...rest, scope: { ...scope, mirror: { ...scope.mirror!, objects } } });
    assert.deepEqual(connect.changes, [], "Connect itself was asked");
    assert.deepEqual(cluster.changes, ["PATCH /apis/kafka.example.com/v1/namespaces/demo/kafkaconnectors/m"]);
    assert.deepEqual(JSON.parse(cluster.sent), states.stopped);
  });
});
