import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { overlay, overlayProblems, type OverlayInputs, type ReleaseColumns } from "../components/pega/overlay.ts";
import { streamPrefix } from "../components/pega/stream-section.ts";
import { isStream, runsStream, tiersOf } from "../components/pega/tiers.ts";
import { differencesOf } from "../components/pega/rendered.ts";
import { valueAt, type Values } from "../components/pega/values.ts";
import { rolesIn, rows, settings, shapes, valuesOf, type Shape } from "./support/pega/shapes.ts";

const inputsOf = (shape: Shape): OverlayInputs => ({ roles: rolesIn(shape), former: shape.former, stream: settings });
const older = shapes[3]!;
const at = (producers: ReleaseColumns["producers"], stream: ReleaseColumns["stream"]) => ({ producers, stream });
const withoutTiers = (values: Values) => {
  const { tier: _, certificatesSecrets: __, ...global } = values["global"] as Record<string, unknown>;
  const { stream: ___, ...others } = values;
  return { ...others, global };
};

describe("the values of a row", () => {
  for (const shape of shapes) {
    const values = valuesOf(shape);
    const inputs = inputsOf(shape);

    it(`are the user's own where nothing changes: ${shape.name}`, () => {
      assert.equal(overlay(values, at("running", "embedded"), inputs), values);
    });

    for (const columns of rows) {
      it(`stop no tier under an autoscaler and leave no broker beside the target: ${shape.name}, ${columns.row}`, () => {
        const result = overlay(values, columns, inputs);
        const before = tiersOf(values);
        const after = tiersOf(result);
        assert.deepEqual(
          after.filter((tier) => tier.replicas === 0 && !tier.writesReplicas),
          [],
        );
        const external = columns.stream === "external";
        assert.equal(valueAt(result, "stream", "enabled"), external);
        assert.deepEqual(external ? after.filter(runsStream) : [], []);
        assert.deepEqual(
          after.map(({ name }) => name),
          before.filter((tier) => !external || !isStream(tier)).map(({ name }) => name),
        );
        assert.deepEqual(withoutTiers(result), withoutTiers(values));
        for (const tier of after) {
          const old = before.find(({ name }) => name === tier.name)!;
          const replicas = { running: old.replicas, stopped: 0, restored: shape.former[tier.name] };
          const isProducer = inputs.roles[tier.name] === "producer";
          assert.deepEqual(
            { ...tier, nodeTypes: [] },
            {
              ...old,
              nodeTypes: [],
              ...(isProducer && { replicas: replicas[columns.producers] }),
              ...(isProducer && columns.producers !== "running" && { autoscaled: false, writesReplicas: true }),
            },
          );
        }
      });
    }
  }

  it("drain by replicas 0 and no autoscaler, and keep its bounds for later", () => {
    const result = overlay(valuesOf(shapes[0]!), at("stopped", "embedded"), inputsOf(shapes[0]!));
    assert.deepEqual(
      differencesOf(valuesOf(shapes[0]!), result).map(({ path, after }) => [path, after]),
      [
        ["global.tier[web].hpa.enabled", false],
        ["global.tier[web].replicas", 0],
      ],
    );
  });

  it("take the brokers out of a tier that does other things too", () => {
    const result = overlay(valuesOf(shapes[5]!), at("running", "external"), inputsOf(shapes[5]!));
    assert.deepEqual(tiersOf(result)[0]!.nodeTypes, ["BackgroundProcessing", "WebUser", "Search"]);
    assert.equal(
      (valueAt(result, "global", "tier") as Values[])[0]!["nodeType"],
      "BackgroundProcessing,WebUser,Search",
    );
  });

  it("hold the stream as config has it, and what else the values say of it", () => {
    const values = {
      ...valuesOf(older),
      stream: { enabled: false, jaasConfig: "old", trustStorePassword: "old", provider: "ExternalKafka" },
    };
    const result = overlay(values, at("running", "external"), inputsOf(older));
    assert.deepEqual(result["stream"], {
      enabled: true,
      provider: "ExternalKafka",
      bootstrapServer: "kafka-0.kafka.pega.svc:9092,kafka-1.kafka.pega.svc:9092",
      securityProtocol: "SASL_SSL",
      saslMechanism: "SCRAM-SHA-512",
      trustStore: "truststore.jks",
      trustStoreType: "JKS",
      streamNamePattern: "pega-{stream.name}",
      replicationFactor: "3",
      external_secret_name: "pega-stream-user",
    });
    assert.deepEqual(valueAt(result, "global", "certificatesSecrets"), ["kafka-truststore"]);
  });

  it("hand secrets through untouched, and name no Secret beside them", () => {
    const { externalSecretName: _, ...others } = settings;
    const jaasConfig = pulumi.secret("jaas");
    const inputs = { ...inputsOf(older), stream: { ...others, jaasConfig } };
    const stream = overlay(valuesOf(older), at("running", "external"), inputs)["stream"] as Values;
    assert.equal(stream["jaasConfig"], jaasConfig);
    assert.equal(stream["external_secret_name"], "");
  });

  it("name each Secret with certificates once", () => {
    const inputs = { ...inputsOf(shapes[0]!), stream: { ...settings, certificatesSecrets: ["corporate-ca", "b"] } };
    const result = overlay(valuesOf(shapes[0]!), at("running", "external"), inputs);
    assert.deepEqual(valueAt(result, "global", "certificatesSecrets"), ["corporate-ca", "b"]);
  });

  it("take the chart's own tiers where the user's values name none, and turn its stream off", () => {
    const defaults = {
      stream: { enabled: true },
      global: { tier: [{ name: "web", nodeType: "WebUser", replicas: 1, hpa: { enabled: true } }] },
    };
    const inputs = { roles: { web: "producer" as const }, former: {}, stream: settings, defaults };
    assert.deepEqual(overlay({}, at("stopped", "embedded"), inputs), {
      global: { tier: [{ name: "web", nodeType: "WebUser", replicas: 0, hpa: { enabled: false } }] },
      stream: { enabled: false },
    });
    assert.deepEqual(overlay({}, at("running", "embedded"), inputs), { stream: { enabled: false } });
  });

  it("are refused while former replicas are unknown, all tiers named at once", () => {
    const inputs = { ...inputsOf(shapes[1]!), former: {} };
    assert.throws(
      () => overlay(valuesOf(shapes[1]!), at("restored", "external"), inputs),
      /^Error: how many replicas web, portal had before the drain is known nowhere/,
    );
    const restored = { ...inputsOf(shapes[1]!), former: { web: 0, portal: 3 } };
    assert.equal(tiersOf(overlay(valuesOf(shapes[1]!), at("restored", "external"), restored))[0]!.replicas, 0);
  });

  const { externalSecretName: _, trustStore: __, ...bare } = settings;
  const wrong: [string, OverlayInputs["stream"], Values, RegExp][] = [
    ["no brokers", { ...settings, bootstrap: [] }, {}, /bootstrapServer would be empty/],
    ["one topic for all streams", { ...settings, namePattern: "pega" }, {}, /"pega" lacks \{stream\.name\}/],
    [
      "two sources of passwords",
      { ...settings, jaasConfig: "x" },
      {},
      /names the Secret pega-stream-user and jaasConfig/,
    ],
    [
      "a trust store that is in no Secret",
      { ...bare, trustStore: "t.jks", certificatesSecrets: [] },
      {},
      /^t\.jks would be in no Secret/,
    ],
    ["a store that is no JKS", { ...settings, trustStoreType: "PKCS12" }, {}, /store type PKCS12; allowed: JKS/],
    [
      "certificates in the values, which the chart would leave out",
      settings,
      { global: { certificates: { "a.cer": "…" } } },
      /global\.certificates holds files in the values/,
    ],
  ];
  for (const [what, stream, values, message] of wrong) {
    it(`are refused with ${what}`, () => {
      const inputs = { roles: {}, former: {}, stream };
      assert.match(overlayProblems(values, at("running", "external"), inputs).join("\n"), message);
      assert.deepEqual(overlayProblems(values, at("running", "embedded"), inputs), []);
    });
  }

  it("name the prefix that rights and topics share", () => {
    assert.deepEqual(["pega-{stream.name}", "{stream.name}", "plain"].map(streamPrefix), ["pega-", "", "plain"]);
  });
});
