import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownersLines } from "../components/left-to-owners.ts";
import { rowsOf, tableNames } from "../phases/strategies/index.ts";
import { readDependents } from "../runtime/kubernetes/operator.ts";
import type { RemovedSourceInputs } from "../runtime/model/inputs.ts";
import { kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import { removedSource } from "../runtime/resources/removed-source.ts";
import { register } from "./support/rows.ts";
import { anyConfig, stackConfig, type StackInput } from "./support/stack.ts";

interface Kafka {
  metadata: { name: string; uid: string; annotations?: Record<string, string>; deletionTimestamp?: string };
  spec: { halted?: boolean; deletionPolicy?: string };
}

/** An API server with one Kafka object, whose operator removes it some reads after it was deleted. */
class ApiServer {
  kafka: Kafka | null = {
    metadata: { name: "source-kafka", uid: "u1" },
    spec: { halted: true, deletionPolicy: "Halt" },
  };
  /** What was asked to be changed. */
  readonly changes: { readonly method: string; readonly body: unknown }[] = [];
  readonly lists = new Map<string, object[]>();
  /** Reads for which a deleted object is still there; Infinity is an operator that is away. */
  lingers = 1;
  /** What is done after the patch, before the delete. */
  killed = false;
  readonly folder = mkdtempSync(join(tmpdir(), "removal-"));
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const reply = (status: number, body: object) =>
          response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        const [path = ""] = (request.url ?? "").split("?");
        const text = Buffer.concat(chunks).toString();
        const listed = /^\/apis\/kafka\.kubedb\.com\/v1alpha1\/namespaces\/demo\/(\w+)$/.exec(path)?.[1];
        if (listed !== undefined) {
          const items = this.lists.get(listed);
          return items ? reply(200, { items }) : reply(404, { kind: "Status", message: "not found" });
        }
        assert.equal(path, "/apis/kubedb.com/v1/namespaces/demo/kafkas/source-kafka");
        const { kafka } = this;
        if (kafka === null) return reply(404, { kind: "Status", message: "not found" });
        if (request.method === "GET") {
          if (kafka.metadata.deletionTimestamp !== undefined && this.lingers-- <= 0) this.kafka = null;
          return reply(200, kafka);
        }
        const body = JSON.parse(text) as { metadata?: object; spec?: object; preconditions?: { uid?: string } };
        this.changes.push({ method: request.method!, body });
        if (request.method === "PATCH") {
          Object.assign(kafka.metadata, body.metadata);
          Object.assign(kafka.spec, body.spec);
          return reply(200, kafka);
        }
        if (this.killed) return reply(403, { kind: "Status", message: "not now" });
        if (body.preconditions?.uid !== kafka.metadata.uid)
          return reply(409, { kind: "Status", message: "another uid" });
        kafka.metadata.deletionTimestamp = "2026-11-21T09:47:10Z";
        return reply(200, kafka);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const server = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const file = join(this.folder, "kubeconfig");
    const entries = {
      clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user: {} }],
    };
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", ...entries }));
    return file;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }
}

describe("the source that the row cleanup deletes", () => {
  let api: ApiServer;
  let inputs: RemovedSourceInputs;
  beforeEach(async () => {
    api = new ApiServer();
    inputs = {
      kubernetes: { kubeconfig: await api.start(), namespace: "demo", requestSeconds: 1 },
      cluster: { kind: "kubedb-existing", name: "source-kafka" },
      ...{ keeps: "volumes", seconds: 3, confirmed: "demo/source-kafka" },
    };
  });
  afterEach(() => api.close());

  const policies = [
    ["volumes", true, "Halt"],
    ["secrets", false, "Delete"],
    ["nothing", false, "WipeOut"],
  ] as const;
  for (const [keeps, halted, deletionPolicy] of policies) {
    it(`is deleted by its operator, which keeps ${keeps}`, async () => {
      assert.deepEqual(await removedSource.apply({ ...inputs, keeps }), { left: [] });
      assert.equal(api.kafka, null);
      const [patch, removal] = api.changes;
      assert.deepEqual((patch!.body as Kafka).spec, { halted, deletionPolicy });
      assert.equal(removal!.method, "DELETE");
      assert.equal(api.changes.length, 2);
    });
  }

  it("is not deleted where it was started again, and nothing of it is changed", async () => {
    api.kafka!.spec.halted = false;
    await assert.rejects(
      removedSource.apply(inputs),
      /Kafka demo\/source-kafka is not halted: .* nothing was deleted$/,
    );
    assert.deepEqual(api.changes, []);
  });

  it("is looked at by a person where an update was killed between the two requests: its brokers may have started", async () => {
    api.killed = true;
    const wiped = { ...inputs, keeps: "nothing" } as const;
    await assert.rejects(removedSource.apply(wiped), /could not delete Kafka demo\/source-kafka/);
    assert.equal(api.kafka!.spec.halted, false);
    api.killed = false;
    await assert.rejects(removedSource.apply(wiped), /is not halted: .* nothing was deleted$/);
    api.kafka!.spec.halted = true;
    await removedSource.apply(wiped);
    assert.equal(api.kafka, null);
  });

  it("is waited for, and named where its operator does not let it go", async () => {
    api.lingers = Infinity;
    await assert.rejects(
      removedSource.apply({ ...inputs, seconds: 1 }),
      /is still there 1 s after it was deleted; .*kubectl describe/,
    );
  });

  it("may be gone already", async () => {
    api.kafka = null;
    assert.deepEqual(await removedSource.apply(inputs), { left: [] });
    assert.deepEqual((await removedSource.check!(inputs, {})).inputs.left, []);
  });

  it("is not deleted under another name than the one that was typed in", async () => {
    await assert.rejects(removedSource.apply({ ...inputs, confirmed: "demo/other" }), /nothing was deleted$/);
    assert.deepEqual(api.changes, []);
  });

  it("is named in the preview, with what stays of it", async () => {
    const line = console.log;
    const logged: string[] = [];
    console.log = (text: string) => void logged.push(text);
    try {
      assert.deepEqual((await removedSource.check!({ ...inputs, keeps: "nothing" }, {})).inputs.left, [
        "demo/source-kafka",
      ]);
    } finally {
      console.log = line;
    }
    assert.deepEqual(logged, ["source: demo/source-kafka is deleted; its volumes and Secrets are deleted for good"]);
  });

  it("is what Connect clusters, registries and proxies name, whose kinds need not be installed", async () => {
    const of = (name: string, kafkaRef: object) => ({ metadata: { name, namespace: "demo" }, spec: { kafkaRef } });
    api.lists.set("connectclusters", [
      of("theirs", { name: "source-kafka" }),
      of("ours", { name: "target-kafka" }),
      of("elsewhere", { name: "source-kafka", namespace: "other" }),
    ]);
    api.lists.set("schemaregistries", [of("schemas", { name: "source-kafka", namespace: "demo" })]);
    assert.deepEqual(await readDependents(inputs.kubernetes, inputs.cluster), [
      "ConnectCluster demo/theirs",
      "SchemaRegistry demo/schemas",
    ]);
  });
});

const confirmed = (edit: (input: StackInput) => void = () => undefined) =>
  stackConfig("dev", (input) => {
    edit(input);
    input.phase = "cleanup";
    if (kafkaObjectOf(input.source.cluster) !== null) input.cleanup = { confirm: "demo/source-kafka" };
  });

describe("the row cleanup", function () {
  this.timeout(60_000);

  it("is the last one of every table, in which nobody moves and nothing is there that retire had removed", () => {
    for (const table of tableNames) {
      const rows = rowsOf({ table, workloads: [], waves: [{ name: "w", workloads: [] }] });
      const [retire, cleanup] = rows.slice(-2);
      assert.deepEqual([retire!.source, cleanup!.source], ["halted", "removed"], table);
      const same = ({
        name: _n,
        purpose: _p,
        opensWhen: _o,
        wayBack: _w,
        source: _s,
        ...row
      }: typeof retire & object) => row;
      assert.deepEqual(same(cleanup!), same(retire!), table);
    }
  });

  const removed = async (config: ReturnType<typeof confirmed>) => {
    const { resources } = await register({ config, reached: { strategy: config.table, row: "retire" } });
    return resources.filter(({ name }) => name.startsWith("shop-source"));
  };

  it("deletes the object that was there, and no longer holds its halt", async () => {
    const found = await removed(confirmed((input) => (input.cleanup = { keep: "nothing" })));
    assert.deepEqual(
      found.map(({ name }) => name),
      ["shop-source", "shop-source-deleted"],
    );
    const { confirmed: typed, cluster, keeps } = found[1]!.inputs;
    assert.deepEqual(
      { typed, cluster, keeps },
      {
        typed: "demo/source-kafka",
        cluster: { kind: "kubedb-existing", name: "source-kafka" },
        keeps: "volumes",
      },
    );
  });

  it("deletes an object that the stack has made, which is protected only until it is halted", async () => {
    const made = confirmed((input) => {
      input.production = true;
      input.retire = { ...input.retire, soakHours: 24 };
      delete input.source.credentials?.mirror;
      input.source.cluster = {
        ...{ kind: "kubedb", name: "source-kafka", version: "3.9.0" },
        combined: { replicas: 3, storage: { size: "1Gi" } },
        tls: { issuer: { name: "lab-ca" } },
      };
    });
    assert.deepEqual(
      (await removed(made)).map(({ name }) => name),
      ["shop-source", "shop-source-deleted"],
    );
    for (const [phase, protect] of [
      ["validate", true],
      ["retire", false],
    ] as const) {
      const { resources } = await register({
        config: { ...made, phase },
        reached: { strategy: made.table, row: phase },
      });
      const kafka = resources.find(({ name }) => name === "shop-source-kafka")!;
      assert.deepEqual([kafka.protect, kafka.retainOnDelete], [protect, true], phase);
    }
  });

  it("leaves a cluster of somebody else's to its owners, and says so", async () => {
    const external = anyConfig("dev", (input) => {
      input.phase = "cleanup";
      input.source.cluster = { kind: "external" };
      input.source.bootstrap = ["source:9094"];
    });
    assert.deepEqual(
      (await removed(external as ReturnType<typeof confirmed>)).map(({ name }) => name),
      ["shop-source"],
    );
    assert.deepEqual(ownersLines(external, { source: "removed" }), [
      "source: the cluster at source:9094 is not this program's to delete; its owners do",
    ]);
    assert.deepEqual(ownersLines(external, { source: "halted" }), []);
  });
});
