import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { configMapJournal } from "../runtime/connectors/journal.ts";
import { announceConnector, connectorPending } from "../runtime/connectors/preview.ts";
import { readProperties } from "../runtime/kubernetes/property-secrets.ts";
import type { ConnectorRef } from "../runtime/model/connector-refs.ts";
import type { KubernetesRef } from "../runtime/model/sides.ts";
import { MoveWorld } from "./support/connectors/move.ts";

/** ConfigMaps and Secrets of one namespace, as much of them as the journal and the properties need. */
class Cluster {
  readonly configMaps = new Map<string, Record<string, string>>();
  readonly secrets = new Map<string, Record<string, string>>();
  readonly calls: string[] = [];
  /** Somebody else makes the ConfigMap between a patch that found none and the creation. */
  beaten = false;
  #server: Server | undefined;

  async start(directory: string): Promise<KubernetesRef> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const [status, body] = this.#answer(request.method!, request.url!, Buffer.concat(chunks).toString());
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => this.#server!.once("listening", resolve));
    // A file of its own: clients read one again only after a second.
    const kubeconfig = path.join(directory, `kubeconfig-${(this.#server!.address() as AddressInfo).port}`);
    const server = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const entries = {
      clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user: {} }],
    };
    writeFileSync(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", ...entries }));
    return { kubeconfig, namespace: "demo" };
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #answer(method: string, url: string, text: string): [number, object] {
    this.calls.push(`${method} ${url.split("?")[0]}`);
    const [, kind, name] = /\/namespaces\/demo\/(\w+)(?:\/([^/?]+))?/.exec(url) ?? [];
    const missing: [number, object] = [404, { message: `${kind} "${name}" not found` }];
    if (kind === "secrets") {
      const data = this.secrets.get(name!);
      const encoded = Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
      return data ? [200, { data: Object.fromEntries(encoded) as object }] : missing;
    }
    const body = (text === "" ? {} : JSON.parse(text)) as {
      metadata?: { name: string };
      data?: Record<string, string>;
    };
    if (method === "POST") {
      if (this.beaten) this.configMaps.set(body.metadata!.name, { other: "{}" });
      if (this.configMaps.has(body.metadata!.name)) return [409, { message: "already exists" }];
      this.configMaps.set(body.metadata!.name, body.data!);
      return [201, body];
    }
    const found = this.configMaps.get(name!);
    if (found === undefined) return missing;
    if (method === "PATCH") Object.assign(found, body.data);
    return [200, { metadata: { name }, data: found }];
  }
}

describe("what is known of a connector", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "connectors-"));
  let cluster: Cluster;
  let kubernetes: KubernetesRef;
  beforeEach(async () => {
    cluster = new Cluster();
    kubernetes = await cluster.start(directory);
  });
  afterEach(() => cluster.stop());
  after(() => rmSync(directory, { recursive: true }));

  const named = (name: string): ConnectorRef =>
    ({ name, journal: { kubernetes, configMap: "guide-connectors" } }) as unknown as ConnectorRef;

  it("is nothing before the first word, and each connector's own afterwards", async () => {
    assert.equal(await configMapJournal.read(named("a")), null);
    await Promise.all(
      ["a", "b", "with space/and:more"].map((name) =>
        configMapJournal.write(named(name), { side: "source", former: "RUNNING" }),
      ),
    );
    await configMapJournal.write(named("a"), { side: "target" });
    assert.deepEqual(await configMapJournal.read(named("a")), { side: "target" });
    assert.deepEqual(await configMapJournal.read(named("b")), { side: "source", former: "RUNNING" });
    assert.deepEqual(await configMapJournal.read(named("with space/and:more")), { side: "source", former: "RUNNING" });
    for (const key of Object.keys(cluster.configMaps.get("guide-connectors")!))
      assert.match(key, /^[-._a-zA-Z0-9]{1,253}$/);
  });

  it("is written beside what somebody else wrote at the same time", async () => {
    cluster.beaten = true;
    await configMapJournal.write(named("a"), { side: "target" });
    assert.deepEqual(Object.keys(cluster.configMaps.get("guide-connectors")!).sort(), ["a", "other"]);
  });

  it("is an error that names the ConfigMap if Kubernetes gives no answer", async () => {
    cluster.stop();
    await assert.rejects(
      configMapJournal.read(named("a")),
      /^Error: could not read ConfigMap demo\/guide-connectors: /,
    );
    await assert.rejects(
      configMapJournal.write(named("a"), { side: "source" }),
      /could not write ConfigMap demo\/guide-connectors: /,
    );
  });

  it("comes from Secrets as a key, as a JAAS line and as a user of HTTP", async () => {
    cluster.secrets.set("user", { username: "sink", password: 'a"b\\c' });
    cluster.secrets.set("keys", { token: "t" });
    const secret = { kubernetes, name: "user" };
    const found = await readProperties([
      { property: "token", secret: { kubernetes, name: "keys" }, key: "token" },
      { property: "consumer.override.sasl.jaas.config", secret, login: "SCRAM-SHA-512" },
      { property: "producer.override.sasl.jaas.config", secret, login: "PLAIN" },
      { property: "value.converter.basic.auth.user.info", secret, login: "basic" },
    ]);
    assert.deepEqual(found, {
      token: "t",
      "consumer.override.sasl.jaas.config":
        'org.apache.kafka.common.security.scram.ScramLoginModule required username="sink" password="a\\"b\\\\c";',
      "producer.override.sasl.jaas.config":
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="sink" password="a\\"b\\\\c";',
      "value.converter.basic.auth.user.info": 'sink:a"b\\c',
    });
    await assert.rejects(
      readProperties([{ property: "p", secret: { kubernetes, name: "keys" }, key: "other" }]),
      /^Error: Secret demo\/keys has no key other \(its keys: token\); set it$/,
    );
  });
});

describe("the preview of a connector", () => {
  let world: MoveWorld;
  beforeEach(async () => {
    world = new MoveWorld();
    const secret = { kubernetes: { namespace: "demo" }, name: "user" };
    await world.start("consumer", {
      rewrites: { file: "/new" },
      secrets: [{ property: "consumer.override.sasl.jaas.config", secret, login: "PLAIN" }],
    });
    world.source.add("orders-sink", {
      topics: "orders",
      file: "/old",
      "consumer.override.bootstrap.servers": "old-kafka:9092",
      "consumer.override.sasl.jaas.config": 'x password="hunter2"',
      "value.converter.basic.auth.user.info": "user:hunter2",
    });
  });
  afterEach(() => world.stop());

  it("tells each property that changes, what is taken along, and no password", async () => {
    const lines = await announceConnector(world.inputs("target"));
    assert.deepEqual(lines, [
      'connector orders-sink: stays on Connect "legacy", stopped; on Connect "vendor" it gets 3 changed values',
      "connector orders-sink: consumer.override.bootstrap.servers: old-kafka:9092 -> new-kafka:9092",
      "connector orders-sink: consumer.override.sasl.jaas.config: (not shown) -> from its Secret",
      "connector orders-sink: file: /old -> /new",
      "connector orders-sink: value.converter.basic.auth.user.info is copied as it is; if that user differs at the target, name it under secrets",
    ]);
    assert.doesNotMatch(lines.join(), /hunter2/);
    assert.deepEqual([world.source.changes, world.target.changes], [[], []]);
  });

  it("tells what will be refused, a connector that is not there, and that it goes back", async () => {
    world.source.connectors.get("orders-sink")!.config.hook = "old-kafka:9092/x";
    assert.match(
      (await announceConnector(world.inputs("target"))).at(-1)!,
      /^connector orders-sink: REFUSED: hook contains the source's old-kafka:9092/,
    );
    assert.deepEqual(await announceConnector(world.inputs("source")), [
      'connector orders-sink: goes back to Connect "legacy", as it was there',
    ]);
    world.source.connectors.clear();
    assert.match((await announceConnector(world.inputs("target"))).join(), /does not exist$/);
  });

  it("goes on where Connect gives no answer, and says so", async function () {
    this.timeout(10_000);
    world.source.hangUp();
    assert.match(
      (await announceConnector(world.inputs("target"))).join(),
      /its rewrites could not be worked out: Connect: GET/,
    );
  });

  it("sees a move that was not finished, and settings that have changed", async () => {
    const pending = (side: "source" | "target", settings?: string) =>
      connectorPending(world.inputs(side, settings), world.journal);
    assert.deepEqual([await pending("source"), await pending("target")], [[], ["it is on the source"]]);
    world.entries.set("orders-sink", { side: "target", settings: "settings" });
    assert.deepEqual([await pending("target"), await pending("source")], [[], ["it is on the target"]]);
    assert.deepEqual(await pending("target", "others"), ["its config has changed"]);
    world.source.dead = true;
    assert.deepEqual(await pending("target", "others"), [], "a Kubernetes that is away is no reason to stop a preview");
  });
});
