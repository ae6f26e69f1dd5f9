import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Admin } from "kafkajs";
import { Authority } from "../lab/authority.ts";
import { auditTiers } from "../lab/pega/audit.ts";
import { jaasOption } from "../lab/pega/connection.ts";
import { readControl, setControl } from "../lab/pega/control.ts";
import { mountedPath } from "../lab/pega/mounts.ts";
import { queues, topicOf } from "../lab/pega/queues.ts";
import { readTierSettings } from "../lab/pega/settings.ts";
import { positionsOf, waiting } from "../lab/pega/streams.ts";
import { readTrustStore, writeTrustStore } from "../lab/pega/trust-store.ts";
import { TrafficLog } from "../lab/traffic/log-lines.ts";

describe("a trust store of the lab", () => {
  const certificates = [Authority.create("one").certificate, Authority.create("two").certificate];

  it("gives back the certificates that it was made of", () => {
    const read = readTrustStore(writeTrustStore(certificates, "geheim"), "geheim");
    assert.deepEqual(
      read.map((pem) => pem.replaceAll(/\s/g, "")),
      certificates.map((pem) => pem.replaceAll(/\s/g, "")),
    );
  });

  it("refuses a wrong password and what is no trust store", () => {
    assert.throws(() => readTrustStore(writeTrustStore(certificates, "geheim"), "Geheim"), /password .* is wrong/);
    assert.throws(() => readTrustStore(Buffer.from(certificates.join("")), "geheim"), /no JKS file/);
  });
});

describe("a tier of the lab", () => {
  const environment = { NODE_TYPE: "WebUser", NODE_TIER: "web", POD_NAME: "pega-web-1", LAB_DIR: "/tmp/lab" };

  it("does what its node types say", () => {
    const does = (NODE_TYPE: string, NODE_TIER: string) => {
      const { produces, consumes, streams } = readTierSettings({ ...environment, NODE_TYPE, NODE_TIER });
      return { produces, consumes, streams };
    };
    assert.deepEqual(does("WebUser", "web"), { produces: true, consumes: false, streams: false });
    assert.deepEqual(does("BackgroundProcessing,Custom3", "util"), { produces: true, consumes: true, streams: false });
    assert.deepEqual(does("Search,RealTime", "batch"), { produces: false, consumes: true, streams: false });
    assert.deepEqual(does("Stream", "stream"), { produces: false, consumes: false, streams: true });
  });

  it("works on the embedded stream unless it is told of another", () => {
    const { external, replicationFactor, namePattern } = readTierSettings(environment);
    assert.deepEqual([external, replicationFactor, namePattern], [null, 1, "pega-{stream.name}"]);
  });

  it("takes the external stream from what the chart renders", () => {
    const read = readTierSettings({
      ...environment,
      EXTERNAL_STREAM: "true",
      STREAM_BOOTSTRAP_SERVERS: "a:9092, b:9092",
      STREAM_SECURITY_PROTOCOL: "SASL_SSL",
      STREAM_SASL_MECHANISM: "SCRAM-SHA-256",
      STREAM_JAAS_CONFIG: "x",
      STREAM_TRUSTSTORE: "/opt/pega/certs/truststore.jks",
      STREAM_TRUSTSTORE_PASSWORD: "p",
      STREAM_NAME_PATTERN: "prod-{stream.name}",
      STREAM_REPLICATION_FACTOR: "3",
      LAB_MOUNTS: JSON.stringify({ "/opt/pega/certs": "/tmp/pod/certs" }),
    });
    assert.deepEqual(read.external, {
      bootstrap: ["a:9092", "b:9092"],
      protocol: "SASL_SSL",
      mechanism: "SCRAM-SHA-256",
      jaas: "x",
      trustStore: "/tmp/pod/certs/truststore.jks",
      trustStorePassword: "p",
    });
    assert.equal(read.replicationFactor, 3);
    assert.deepEqual(
      queues.map((queue) => topicOf(read.namePattern, queue)),
      ["prod-orders", "prod-clicks", "prod-mails"],
    );
  });

  it("does not start without the credentials or the trust store that it is told to use", () => {
    const external = { ...environment, EXTERNAL_STREAM: "true", STREAM_BOOTSTRAP_SERVERS: "a:9092" };
    const sasl = { STREAM_SECURITY_PROTOCOL: "SASL_SSL", STREAM_SASL_MECHANISM: "PLAIN" };
    assert.throws(() => readTierSettings({ ...external, ...sasl }), /STREAM_JAAS_CONFIG is not set/);
    assert.throws(
      () => readTierSettings({ ...external, STREAM_TRUSTSTORE: "/opt/pega/certs/a.jks" }),
      /nothing is mounted there; see global.certificatesSecrets/,
    );
    assert.throws(
      () => readTierSettings({ ...external, STREAM_SECURITY_PROTOCOL: "TLS" }),
      /"TLS"; allowed: PLAINTEXT/,
    );
  });

  it("finds what is mounted below the longest path", () => {
    const LAB_MOUNTS = JSON.stringify({ "/opt/pega": "/a", "/opt/pega/certs": "/b" });
    assert.equal(mountedPath("/opt/pega/certs/x", { LAB_MOUNTS }), "/b/x");
    assert.equal(mountedPath("/opt/pega/kafkadata", { LAB_MOUNTS }), "/a/kafkadata");
    assert.equal(mountedPath("/opt/pegasus", { LAB_MOUNTS }), null);
  });

  it("reads options of a JAAS line with quotes in them", () => {
    const jaas = 'org.x.ScramLoginModule required username="pega" password="a\\"b\\\\c;";';
    assert.equal(jaasOption(jaas, "username"), "pega");
    assert.equal(jaasOption(jaas, "password"), 'a"b\\c;');
    assert.throws(() => jaasOption(jaas, "token"), /has no token=/);
  });

  it("does what an operator told all its pods, also those that come later", () => {
    const logs = mkdtempSync(path.join(tmpdir(), "pega-"));
    assert.deepEqual(readControl(logs, "util"), { producing: true, terminationSeconds: 0 });
    setControl(logs, "util", { producing: false });
    setControl(logs, "util", { terminationSeconds: 5 });
    assert.deepEqual(readControl(logs, "util"), { producing: false, terminationSeconds: 5 });
    assert.equal(readControl(logs, "web").producing, true);
    rmSync(logs, { recursive: true });
  });
});

describe("records that wait in a stream", () => {
  const admin = (committed: readonly string[], ends: readonly [low: string, high: string][]) =>
    ({
      fetchOffsets: async () => [
        { topic: "pega-orders", partitions: committed.map((offset, partition) => ({ partition, offset })) },
      ],
      fetchTopicOffsets: async () => ends.map(([low, high], partition) => ({ partition, low, high, offset: high })),
    }) as unknown as Admin;

  it("are those between the committed offset, or else the first record, and the end", async () => {
    const positions = await positionsOf(
      admin(
        ["7", "-1", "4"],
        [
          ["0", "9"],
          ["2", "5"],
          ["4", "4"],
        ],
      ),
      "pega-{stream.name}",
      queues[0]!,
    );
    assert.deepEqual(
      positions.map(({ committed, end }) => [committed, end]),
      [
        [7n, 9n],
        [2n, 5n],
        [4n, 4n],
      ],
    );
    assert.equal(waiting(positions), 5);
  });
});

describe("the audit of tiers", () => {
  it("takes a record that only its writer knows for lost, also where its group left no log", () => {
    const logs = mkdtempSync(path.join(tmpdir(), "pega-"));
    const web = new TrafficLog(path.join(logs, "web"), "web-1-producer");
    web.write([
      ["start", 1, "producer", "web", "web-1", "embedded", "", "pega-orders"],
      ["ack", 2, "pega-orders", 0, "0", "web-1/k", 1],
      ["ack", 3, "pega-orders", 0, "1", "web-1/k", 2],
    ]);
    assert.equal(auditTiers(logs).lost, 2);
    const batch = new TrafficLog(path.join(logs, "batch"), "batch-1-orders");
    batch.write([
      ["start", 1, "consumer", "batch", "batch-1", "embedded", "pega-orders", "pega-orders"],
      ["read", 4, "pega-orders", 0, "0", "web-1/k", 1, "ok"],
    ]);
    const { lost, processed, groups } = auditTiers(logs);
    assert.equal(lost, 1);
    assert.equal(processed["pega-orders"], 1);
    assert.deepEqual(groups.map(({ group }) => group).sort(), ["pega-clicks", "pega-mails", "pega-orders"]);
    rmSync(logs, { recursive: true });
  });
});
