import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { KafkaConnection } from "../components/kafka-connection.ts";
import { Credentials } from "../components/resources.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { providerOf } from "./support/provider.ts";
import { settled } from "./support/rows.ts";
import { stackConfig } from "./support/stack.ts";

type Made = Map<string, Record<string, unknown>>;

/** The resources of the target's connection, by type. */
async function connect(config: MigrationConfig): Promise<Made> {
  const made: Made = new Map();
  const secrets = { username: "u", password: "pw", ca: "CA", clientCert: "CERT", clientKey: "KEY" };
  await pulumi.runtime.setMocks({
    newResource({ type, name, inputs }) {
      made.set(type, inputs as Record<string, unknown>);
      const credentials = type.endsWith(":Credentials");
      return { id: name, state: credentials ? { ...(inputs as object), ...secrets } : inputs };
    },
    call: () => ({}),
  });
  const connection = new KafkaConnection("shop-target-kafka-admin", config, "target", {});
  await settled(pulumi.all(connection.parts.map(({ urn }) => urn)));
  await pulumi.runtime.disconnect();
  return made;
}

const providerType = "pulumi:providers:kafka";
const credentialsType = "pulumi-nodejs:dynamic/kafka:Credentials";

describe("the Kafka provider of a side", function () {
  this.timeout(30_000);

  it("logs in as the side's admin, whose password is read at run time", async () => {
    const made = await connect(
      stackConfig("dev", (input) => {
        input.target.credentials = { runner: { secret: "runner" }, admin: { secret: "topic-admin" } };
      }),
    );
    const { __provider: _, ...inputs } = made.get(credentialsType)!;
    assert.deepEqual(Object.keys(inputs).sort(), ["caSecret", "userSecret"]);
    assert.equal((inputs["userSecret"] as { name: string }).name, "topic-admin");
    const { bootstrapServers, tlsEnabled, saslMechanism, saslUsername, saslPassword } = made.get(providerType)!;
    assert.deepEqual(JSON.parse(bootstrapServers as string), ["127.0.2.1:9094", "127.0.2.2:9094", "127.0.2.3:9094"]);
    assert.deepEqual({ tlsEnabled, saslMechanism }, { tlsEnabled: "true", saslMechanism: "plain" });
    assert.deepEqual([saslUsername, saslPassword].map(String), ["u", "pw"]);
  });

  it("is the runner where the config names no admin", async () => {
    const made = await connect(stackConfig("dev"));
    assert.equal((made.get(credentialsType)!["userSecret"] as { name: string }).name, "kafka-admin");
  });

  it("trusts the side's authority and shows its own certificate where the config names them", async () => {
    const config = stackConfig("dev");
    const security = { protocol: "SSL", caSecret: "authority", clientSecret: "me", properties: {} } as const;
    const made = await connect({ ...config, target: { ...config.target, security } });
    const { __provider: _, ...inputs } = made.get(credentialsType)!;
    assert.deepEqual(Object.keys(inputs).sort(), ["caSecret", "clientSecret"]);
    const { tlsEnabled, saslUsername, caCert, clientCert, clientKey } = made.get(providerType)!;
    assert.deepEqual(
      { tlsEnabled, saslUsername, caCert, clientCert, clientKey },
      { tlsEnabled: "true", saslUsername: undefined, caCert: "CA", clientCert: "CERT", clientKey: "KEY" },
    );
  });

  it("reads no Secret where none is needed", async () => {
    const config = stackConfig("dev");
    const made = await connect({
      ...config,
      target: { ...config.target, security: { protocol: "PLAINTEXT", properties: {} } },
    });
    assert.deepEqual([...made.keys()], [providerType]);
  });

  it("reads a Secret again when it was rotated or another is named, and never otherwise", async () => {
    const inputs = (await connect(stackConfig("dev"))).get(credentialsType)!;
    const provider = providerOf(inputs)!;
    const olds = { ...inputs, versions: { userSecret: "7" }, username: "u", password: "pw" };
    const changes = async (news: object) => (await provider.diff!("id", olds, { ...inputs, ...news })).changes;
    assert.equal(await changes({ versions: { userSecret: "7" }, __provider: "another version" }), false);
    assert.equal(await changes({ versions: { userSecret: "8" } }), true);
    assert.equal(await changes({ versions: { userSecret: "7" }, userSecret: { name: "other" } }), true);
    assert.equal(await changes({ versions: { userSecret: "7" }, userKeys: ["client-id"] }), true);
  });

  it("keeps what was read before when Kubernetes is away, and says so", async () => {
    const inputs = (await connect(stackConfig("dev"))).get(credentialsType)!;
    const away = JSON.parse(
      JSON.stringify(inputs).replaceAll(".lab/kubeconfig", "test/support/no-such-kubeconfig"),
    ) as Record<string, unknown>;
    const lines: string[] = [];
    const log = console.log;
    console.log = (line: string) => lines.push(line);
    try {
      const checked = await providerOf(inputs)!.check!({ versions: { userSecret: "7" } }, away);
      assert.deepEqual(checked.failures, []);
      assert.deepEqual((checked.inputs as Record<string, unknown>)["versions"], { userSecret: "7" });
    } finally {
      console.log = log;
    }
    assert.match(lines.join("\n"), /^credentials: .*no-such-kubeconfig.*; what was read before stays in use$/);
  });

  it("gives each key that a mechanism has in place of username and password", async () => {
    const texts = { "client-id": "ID", "client-secret": "hidden" };
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: { ...(inputs as object), ...texts } }),
      call: () => ({}),
    });
    const userSecret = { kubernetes: { namespace: "apps" }, name: "shop" };
    const read = new Credentials("shop", { userSecret, userKeys: Object.keys(texts) });
    const found = await settled(pulumi.all([read.user("client-id"), read.user("client-secret")]));
    await pulumi.runtime.disconnect();
    assert.deepEqual(found, ["ID", "hidden"]);
  });

  it("marks everything it reads as secret", async () => {
    const config = stackConfig("dev");
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: () => ({}),
    });
    const monitor = pulumi.runtime.getMonitor() as unknown as {
      registerResource(request: { getAdditionalsecretoutputsList(): string[]; getType(): string }, done: unknown): void;
    };
    const engine = monitor.registerResource.bind(monitor);
    const marked: string[][] = [];
    monitor.registerResource = (request, done) => {
      if (request.getType() === credentialsType) marked.push(request.getAdditionalsecretoutputsList());
      engine(request, done);
    };
    const connection = new KafkaConnection("shop-target-kafka-admin", config, "target", {});
    await settled(pulumi.all(connection.parts.map(({ urn }) => urn)));
    await pulumi.runtime.disconnect();
    assert.deepEqual(marked, [["username", "password", "ca", "clientCert", "clientKey"]]);
  });
});
