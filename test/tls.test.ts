import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { parse } from "dot-properties";
import { clientsOf } from "../components/mirror-maker.ts";
import { scopeOf } from "../components/scope.ts";
import { Authority } from "../lab/authority.ts";
import { withCluster } from "../runtime/brokers/connection.ts";
import { glance } from "../runtime/resources/gate.ts";
import { clientProperties, propertiesText } from "../runtime/kubernetes/secrets.ts";
import type { ConnectorClient } from "../runtime/model/inputs.ts";
import type { KafkaEndpoint, SecretRef } from "../runtime/model/sides.ts";
import { stackConfig } from "./support/stack.ts";

const authority = Authority.create("one");
// Of the same name: only its key tells it apart.
const stranger = Authority.create("one");
const client = authority.issue({ commonName: "shop" });
const sec1 = createPrivateKey(client.key).export({ type: "sec1", format: "pem" }) as string;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const encrypted = createPrivateKey(client.key).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "hunter2",
}) as string;

const secrets: Record<string, Record<string, string>> = {
  authority: { "ca.crt": authority.certificate },
  stranger: { "ca.crt": stranger.certificate },
  public: { "tls.crt": client.certificate },
  broken: { "ca.crt": "hunter2" },
  client: { "tls.crt": client.certificate, "tls.key": client.key },
  "client-sec1": { "tls.crt": client.certificate, "tls.key": sec1 },
  "client-pkcs1": { "tls.crt": client.certificate, "tls.key": rsa.export({ type: "pkcs1", format: "pem" }) as string },
  "client-encrypted": { "tls.crt": client.certificate, "tls.key": encrypted },
  user: { username: "shop", password: 'p"a\\s;s=#w ' },
};

const here = { names: ["localhost"], addresses: ["127.0.0.1"] };
const directory = mkdtempSync(join(tmpdir(), "tls-test-"));
const kubeconfig = join(directory, "kubeconfig");
const secret = (name: string): SecretRef => ({ kubernetes: { kubeconfig, namespace: "demo" }, name });
const opened: Server[] = [];
const sockets = new Set<Socket>();

/** Listens and returns the port; everything is closed after the tests. */
async function listen(server: Server): Promise<number> {
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    sockets.add(socket);
  });
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

before(async () => {
  const served = authority.issue({ commonName: "api", ...here });
  const api = createHttpsServer({ cert: served.certificate, key: served.key }, (request, response) => {
    const found = secrets[request.url?.split("/").at(-1) ?? ""];
    const data = Object.entries(found ?? {}).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(
      JSON.stringify(found ? { kind: "Secret", apiVersion: "v1", data: Object.fromEntries(data) } : { message: "no" }),
    );
  });
  const server = `https://127.0.0.1:${await listen(api)}`;
  const trusted = Buffer.from(authority.certificate).toString("base64");
  const named = {
    clusters: [{ name: "c", cluster: { server, "certificate-authority-data": trusted } }],
    users: [{ name: "u", user: {} }],
  };
  const contexts = [{ name: "c", context: { cluster: "c", user: "u" } }];
  writeFileSync(kubeconfig, JSON.stringify({ ...named, contexts, "current-context": "c" }));
});
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of opened) server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The port of a listener that ends every connection once TLS is established, as a broker that dislikes the client. */
async function tlsBroker(wish: { names?: string[]; addresses?: string[]; days?: number }, clients = false) {
  const { certificate, key, ca } = authority.issue({ commonName: "broker", ...wish });
  const server = createTlsServer({ cert: certificate, key, ca, requestCert: clients, rejectUnauthorized: clients });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    socket.destroy();
  });
  server.on("tlsClientError", () => {});
  return listen(server);
}

async function refusal(port: number, more: Partial<KafkaEndpoint>, host = "127.0.0.1"): Promise<string> {
  const endpoint: KafkaEndpoint = { side: "source", bootstrap: [`${host}:${port}`], protocol: "SSL", ...more };
  const failed: unknown = await withCluster(endpoint, async () => undefined).catch((error: unknown) => error);
  assert.ok(failed instanceof Error);
  return failed.message.replaceAll(`:${port}`, "");
}

describe("a connection to brokers", () => {
  it("trusts a certificate of its authority by address and by name", async () => {
    const port = await tlsBroker(here);
    for (const host of ["127.0.0.1", "localhost"]) {
      // The listener speaks no Kafka: what matters is that TLS is not what fails.
      assert.doesNotMatch(await refusal(port, { ca: secret("authority") }, host), /certificate|TLS/, host);
    }
  });

  it("refuses the certificate of another authority, even one of the same name", async () => {
    const port = await tlsBroker(here);
    assert.equal(
      await refusal(port, { ca: secret("stranger") }),
      "the source at 127.0.0.1 cannot be reached: its certificate is not signed by the authority in Secret demo/stranger (key ca.crt); " +
        "name the Secret of the brokers' authority as source.security.caSecret",
    );
    assert.equal(
      await refusal(port, { side: "target" }),
      "the target at 127.0.0.1 cannot be reached: its certificate is signed by no authority in this machine's trust store; " +
        "name a Secret with the authority as target.security.caSecret",
    );
  });

  it("refuses a certificate that has expired", async () => {
    assert.equal(
      await refusal(await tlsBroker({ ...here, days: -1 }), { ca: secret("authority") }),
      "the source at 127.0.0.1 cannot be reached: its certificate has expired; renew it on the brokers",
    );
  });

  it("tells the reason of each address apart", async () => {
    const bootstrap = [`127.0.0.1:${await tlsBroker({ ...here, days: -1 })}`, "127.0.0.1:1"];
    assert.match(
      await refusal(0, { bootstrap, ca: secret("authority") }),
      /cannot be reached: its certificate has expired; renew it on the brokers; connect ECONNREFUSED 127\.0\.0\.1:1$/,
    );
  });

  it("refuses a certificate that names another address or another host", async () => {
    const port = await tlsBroker({ names: ["kafka.example.internal"], addresses: ["127.0.0.2"] });
    for (const host of ["127.0.0.1", "localhost"]) {
      assert.equal(
        await refusal(port, { ca: secret("authority") }, host),
        `the source at ${host} cannot be reached: its certificate does not name ${host}; ` +
          "list an address that it names as source.runnerBootstrap, or have the certificate issued for this one too",
      );
    }
  });

  it("says that a listener asks for a client's certificate, and shows the one it has", async () => {
    const port = await tlsBroker(here, true);
    assert.equal(
      await refusal(port, { ca: secret("authority") }),
      "the source at 127.0.0.1 cannot be reached: it asks for a client certificate; " +
        "name a Secret with tls.crt and tls.key as source.security.clientSecret",
    );
    assert.doesNotMatch(
      await refusal(port, { ca: secret("authority"), certificate: secret("client-sec1") }),
      /certificate|TLS/,
    );
  });

  it("says that a listener speaks no TLS", async () => {
    // A broker ends what does not begin like a request of its own.
    const port = await listen(createPlainServer((socket) => socket.once("data", () => socket.destroy())));
    assert.equal(
      await refusal(port, { ca: secret("authority"), protocol: "SASL_SSL", credentials: secret("user") }),
      "the source at 127.0.0.1 cannot be reached: it ended the TLS handshake, as a listener without TLS does, and " +
        "source.security.protocol is SASL_SSL; set it to SASL_PLAINTEXT, or list a listener with TLS",
    );
  });

  it("says that a listener speaks TLS only", async () => {
    assert.equal(
      await refusal(await tlsBroker(here), { protocol: "PLAINTEXT" }),
      "the source at 127.0.0.1 cannot be reached: it speaks TLS and source.security.protocol is PLAINTEXT; " +
        "set it to SSL, or list a listener without TLS",
    );
  });

  it("keeps a gate closed while the Secret of an authority is not there, as before the cluster's first day", async () => {
    const scope = scopeOf(stackConfig("dev"));
    const { target } = scope;
    const ca = secret(target.ca!.name);
    const away = { ...scope, source: { ...target, side: "source" as const, ca, credentials: secret("user") } };
    const { open, sentence } = await glance({
      ...{ scope: away, row: "retire", condition: { kind: "source-confirmed", clusterId: "x" } },
      ...{ holdSeconds: 0, timeoutSeconds: 1, readingSeconds: 20, sweepSeconds: 5, sealed: false },
    });
    assert.equal(open, false);
    assert.match(sentence, /^could not be measured: could not read Secret demo\/target-kafka-client-cert at /);
  });

  for (const [what, more, sentence] of [
    [
      "no authority",
      { ca: secret("public") },
      "Secret demo/public has no key ca.crt; set it, or name no Secret where a public authority signs",
    ],
    ["an authority that is none", { ca: secret("broken") }, "Secret demo/broken: ca.crt is not a certificate in PEM"],
    ["no key", { certificate: secret("public") }, "Secret demo/public has no tls.key; mutual TLS needs both keys"],
    [
      "a key with a password",
      { certificate: secret("client-encrypted") },
      "Secret demo/client-encrypted: tls.key is not a private key in PEM without a password",
    ],
  ] as const) {
    it(`says that a Secret holds ${what}`, async () => assert.equal(await refusal(1, more), sentence));
  }
});

describe("the connectors' connection", () => {
  const base: ConnectorClient = { prefix: "source.cluster.", protocol: "SSL", properties: {} };

  it("trusts the authority and shows the certificate in PEM, the key as PKCS 8 whatever its Secret holds", async () => {
    const keys = {
      client: client.key,
      "client-sec1": client.key,
      "client-pkcs1": rsa.export({ type: "pkcs8", format: "pem" }) as string,
    };
    for (const [name, key] of Object.entries(keys)) {
      const properties = await clientProperties({ ...base, ca: secret("authority"), certificate: secret(name) });
      const read = parse(propertiesText(properties)) as Record<string, string>;
      assert.deepEqual(
        { ...read },
        {
          "source.cluster.security.protocol": "SSL",
          "source.cluster.ssl.truststore.type": "PEM",
          "source.cluster.ssl.truststore.certificates": authority.certificate,
          "source.cluster.ssl.keystore.type": "PEM",
          "source.cluster.ssl.keystore.certificate.chain": client.certificate,
          "source.cluster.ssl.keystore.key": key,
        },
      );
    }
  });

  it("keeps the JVM's trust store where no authority is named, and none of TLS where there is none", async () => {
    assert.deepEqual(await clientProperties(base), { "source.cluster.security.protocol": "SSL" });
    const plain = await clientProperties({ ...base, protocol: "PLAINTEXT", ca: secret("authority") });
    assert.deepEqual(plain, { "source.cluster.security.protocol": "PLAINTEXT" });
  });

  it("passes further properties through under the side's prefix", async () => {
    const config = stackConfig("dev", (input) => {
      input.source.security!.properties = { "ssl.endpoint.identification.algorithm": "", "ssl.protocol": "TLSv1.3" };
    });
    const source = clientsOf(config).find(({ prefix }) => prefix === "source.cluster.")!;
    const properties = await clientProperties({ ...source, ca: secret("authority"), credentials: secret("user") });
    assert.equal(properties["source.cluster.ssl.endpoint.identification.algorithm"], "");
    assert.equal(properties["source.cluster.ssl.protocol"], "TLSv1.3");
    assert.equal(properties["source.cluster.security.protocol"], "SASL_SSL");
  });

  it("trusts the Secret that KubeDB makes with a cluster of ours, and the named one everywhere else", () => {
    const scope = scopeOf(stackConfig("dev", (input) => (input.source.security!.clientSecret = "shop-client")));
    assert.equal(scope.target.ca?.name, "target-kafka-client-cert");
    assert.equal(scope.source.ca?.name, "source-kafka-client-cert");
    assert.equal(scope.source.certificate?.name, "shop-client");
    const named = scopeOf(stackConfig("dev", (input) => (input.target.security!.caSecret = "company-ca")));
    assert.equal(named.target.ca?.name, "company-ca");
    const unnamed = scopeOf(stackConfig("dev", (input) => delete input.source.security!.caSecret));
    assert.equal(unnamed.source.ca, undefined);
  });
});
