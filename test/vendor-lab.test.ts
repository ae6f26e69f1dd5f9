import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectName } from "../lab/vendor/addresses.ts";
import { readCatalogLog } from "../lab/vendor/catalog.ts";
import { writtenIds } from "../lab/vendor/decode-topic.ts";
import { appendLines, auditLines, isWhole, lineFiles } from "../lab/vendor/lines.ts";
import { connectCluster, registryDeployment } from "../lab/vendor/manifests.ts";
import { compareRights } from "../lab/vendor/rights.ts";
import { alteration } from "../lab/vendor/scram.ts";
import { trafficManifests } from "../lab/traffic/manifests.ts";
import { vendorTraffic } from "../lab/traffic/vendor-workloads.ts";
import { loginKeys, vendorUsers } from "../lab/vendor/users.ts";

function withDirectory(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "vendor-"));
  try {
    use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("the lines that go through two connectors", () => {
  const found = (change: (lines: string[]) => string[]) => {
    let result: ReturnType<typeof auditLines> | undefined;
    withDirectory((directory) => {
      const files = lineFiles({ data: directory });
      appendLines(files.read, 3);
      appendLines(files.read, 2);
      const lines = ["line 000001", "line 000002", "line 000003", "line 000004", "line 000005"];
      writeFileSync(
        files.written,
        change(lines)
          .map((line) => `${line}\n`)
          .join(""),
      );
      result = auditLines(files);
    });
    return result!;
  };
  const cases: [
    when: string,
    change: (lines: string[]) => string[],
    differs: Partial<ReturnType<typeof auditLines>>,
  ][] = [
    ["came through once each", (lines) => lines, {}],
    ["lost one", (lines) => lines.toSpliced(1, 1), { read: 4, lost: 1 }],
    ["came again from the second on", (lines) => [...lines, ...lines.slice(1)], { read: 9, repeated: 4 }],
    ["changed places", (lines) => [lines[1]!, lines[0]!, ...lines.slice(2)], { outOfOrder: 1 }],
    ["gained one", (lines) => [...lines, "line 000009"], { read: 6, unexpected: 1 }],
  ];
  for (const [when, change, differs] of cases)
    it(`${Object.keys(differs).length === 0 ? "are whole" : "are not whole"} when they ${when}`, () => {
      const clean = { written: 5, read: 5, lost: 0, repeated: 0, outOfOrder: 0, unexpected: 0 };
      const result = found(change);
      assert.deepEqual(result, { ...clean, ...differs });
      assert.equal(isWhole(result), Object.keys(differs).length === 0);
    });

  it("are not whole when nothing was written", () => {
    withDirectory((directory) => assert.equal(isWhole(auditLines(lineFiles({ data: directory }))), false));
  });
});

describe("the rights of the vendor's users", () => {
  const wanted = ["User:foo-producer ALLOW WRITE TOPIC LITERAL foo from *"];
  const others = ["User:shop-mirror ALLOW READ TOPIC LITERAL foo from *"];

  it("are equal where each has what it had, whatever other users have", () => {
    const { missing, extra } = compareRights(wanted, [...others, ...wanted]);
    assert.deepEqual([missing, extra], [[], []]);
  });

  it("differ by a right too few or too many", () => {
    const more = "User:foo-consumer ALLOW ALL CLUSTER LITERAL kafka-cluster from *";
    assert.deepEqual(compareRights(wanted, others).missing, wanted);
    assert.deepEqual(compareRights(wanted, [...wanted, more]).extra, [more]);
  });
});

describe("a request for SCRAM users", () => {
  it("names each user with mechanism, iterations, salt and salted password, and nothing in plain", () => {
    const request = alteration([{ name: "foo-producer", password: "open sesame" }]);
    // No deletions, one upsertion, the name with its length.
    assert.deepEqual([...request.subarray(0, 3)], [1, 2, "foo-producer".length + 1]);
    assert.equal(request.toString("latin1", 3, 15), "foo-producer");
    assert.deepEqual([request[15], request.readInt32BE(16), request[20], request[39]], [1, 4096, 19, 33]);
    assert.equal(request.length, 40 + 32 + 2);
    assert.equal(request.includes("open sesame"), false);
  });
});

describe("the log of an application that comes to the target too early", () => {
  const options = { logDir: "" } as Parameters<typeof readCatalogLog>[0];

  it("says how often it was refused, and when it recovered", () =>
    withDirectory((logDir) => {
      mkdirSync(join(logDir, "catalog-producer"));
      const refusal = "Error: the registry answers 42205: Subject catalog-value in context . is not in read-write mode";
      const lines = [
        "start\t10\tproducer\tcatalog-producer",
        "error\t15\tError: fetch failed",
        `error\t20\t${refusal}`,
        `error\t30\t${refusal}`,
        "ack\t70\tcatalog\t0\t0\tcatalog-1\t1\t12",
        "ack\t80\tcatalog\t0\t1\tcatalog-1\t2\t12",
      ];
      writeFileSync(join(logDir, "catalog-producer", "one.log"), lines.map((line) => `${line}\n`).join(""));
      assert.deepEqual(readCatalogLog({ ...options, logDir }), {
        refusals: 2,
        firstRefusal: refusal.replace("Error: ", ""),
        firstRefusalAt: 20,
        firstWriteAt: 70,
        schemaId: 12,
        records: 2,
      });
      assert.deepEqual(
        [...writtenIds(logDir, "catalog")],
        [
          ["catalog-1:1", 12],
          ["catalog-1:2", 12],
        ],
      );
    }));

  it("is empty before it began", () =>
    withDirectory((logDir) => {
      const { refusals, firstRefusal, records } = readCatalogLog({ ...options, logDir });
      assert.deepEqual([refusals, firstRefusal, records], [0, null, 0]);
    }));
});

describe("the traffic of a shop that moves to a vendor", () => {
  const options = {
    namespace: "demo",
    messagesPerSecond: 100,
    twins: false,
    logDir: "/logs",
    bootstrap: "source:9092",
    secret: "kafka-admin",
    caSecret: "ca",
    traffic: vendorTraffic,
    logins: { registry: "http://127.0.1.30:8081", keys: loginKeys },
  };

  it("logs every workload in as a user of its own, never as the superuser", () => {
    const text = JSON.stringify(trafficManifests(options));
    assert.equal(text.includes("kafka-admin"), false);
    for (const { name } of [...vendorTraffic.producers, ...vendorTraffic.consumers]) {
      assert.ok(text.includes(`"${name}-login"`), name);
      assert.ok(
        vendorUsers.some((user) => user.name === name),
        name,
      );
    }
  });

  it("tells the address of the registry to those that read and write Avro alone", () => {
    const withRegistry = trafficManifests(options).filter(({ data }) => Object.hasOwn(data ?? {}, "REGISTRY"));
    assert.deepEqual(
      withRegistry.map(({ metadata }) => metadata.name),
      ["sales-consumer-config", "sales-producer-config"],
    );
  });

  it("leaves the usual traffic without registry and users of its own", () => {
    const { traffic: _, logins: __, ...usual } = options;
    const text = JSON.stringify(trafficManifests(usual));
    assert.equal(/REGISTRY|MECHANISM|-login/.test(text), false);
  });
});

describe("what the lab adds for a move to a vendor", () => {
  it("keeps the registry's users out of the manifest, and its storage out of the pod", () => {
    const text = JSON.stringify(registryDeployment("target"));
    assert.ok(text.includes("$(LAB_DIR)/data/registry/target"));
    assert.ok(text.includes("$(APPS_NAME):$(APPS_PASSWORD),$(ADMIN_NAME):$(ADMIN_PASSWORD)"));
    assert.ok(text.includes("127.$(LAB_BLOCK).2.30"));
  });

  it("runs single workers distributed, each beside the brokers of its side", () => {
    const { metadata, spec } = connectCluster("target");
    assert.equal(metadata?.name, connectName("target"));
    assert.equal(spec.kafkaRef.name, "target-kafka");
    assert.equal(spec.podTemplate.spec.containers[0].env[0].value, "distributed");
  });
});
