/** The table of MirrorMaker 2's properties against Kafka's own classes, out of the jars that the lab runs on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectorProperties } from "../../components/connector-properties.ts";
import { clientSettings } from "../../config/mirror-properties/client-settings.ts";
import { propertyOf } from "../../config/mirror-properties/refusal.ts";
import { connectors, mirrorProperties } from "../../config/mirror-properties/table.ts";
import { kafkaVersions, type KafkaVersion } from "../../tools/definitions.ts";
import { ensureTools } from "../../tools/ensure.ts";
import type { Tools } from "../../tools/tools.ts";
import { guideProperties } from "../support/guide-properties.ts";
import { root, stackConfig } from "../support/stack.ts";

/** Names and texts by their owner: `source`, `producer`, `framework` and so on. */
type Known = Readonly<Record<string, ReadonlyMap<string, string>>>;

interface Answer {
  readonly defaults: Known;
  /** What MirrorMaker 2 reads from a stack's connectors. */
  readonly read: Known;
}

const kinds = ["producer", "consumer", "admin"] as const;

/** A stack with every property of the guide's table that it may set. */
const config = stackConfig("dev", (input) => {
  input.mirror = Object.fromEntries(
    connectors.map((connector) => {
      const own = guideProperties.filter(({ of, taken }) => of === connector && taken);
      return [connector, Object.fromEntries(own.map(({ name, value }) => [name, value]))];
    }),
  );
});

describe("the properties of MirrorMaker 2, as Kafka's classes know them", function () {
  this.timeout(2 * 60_000);
  const answers = new Map<KafkaVersion, Answer>();

  before("the jars", async function () {
    this.timeout(20 * 60_000);
    const tools = await ensureTools({ onProgress: (line) => console.log(line) });
    for (const version of kafkaVersions) answers.set(version, ask(tools, version));
  });

  /** Every answer about a name, of all releases. */
  const namesOf = (owner: string): string[] => {
    const all = [...answers.values()].flatMap(({ defaults }) => [...defaults[owner]!.keys()]);
    return [...new Set(all)].sort();
  };

  for (const kind of kinds) {
    it(`list every setting: ${kind}`, () => {
      assert.deepEqual([...clientSettings[kind]].sort(), namesOf(kind));
    });
  }

  for (const connector of connectors) {
    it(`list every property of the ${connector} connector`, () => {
      const names = [...namesOf(connector), ...namesOf("framework")];
      const logins = /^(ssl|sasl)\.|^security\.(protocol|providers)$/;
      const unlisted = names.filter((name) => !logins.test(name) && propertyOf(connector, name) === undefined);
      assert.deepEqual(connector === "source" ? unlisted : unlisted.filter((one) => !ofSources.has(one)), []);
    });

    it(`have the defaults of the ${connector} connector in 4.2`, () => {
      const defaults = answers.get("4.2.0")!.defaults[connector]!;
      const rows = mirrorProperties.filter(({ name, of }) => of.includes(connector) && defaults.has(name));
      assert.ok(rows.length > 20, `${rows.length} properties`);
      const said = rows.map(({ name, kafka }) => `${name} ${kafka ?? "none"}`);
      assert.deepEqual(
        said,
        rows.map(({ name }) => `${name} ${defaults.get(name)}`),
      );
    });
  }

  it("have the defaults of the clients in 4.2", () => {
    const { defaults } = answers.get("4.2.0")!;
    const settings = mirrorProperties.flatMap(({ name, kafka }) => {
      const [, prefix, setting] = /^(source\.consumer|consumer|producer\.override)\.(.+)$/.exec(name) ?? [];
      const found = defaults[prefix?.includes("consumer") ? "consumer" : "producer"]!.get(setting ?? "");
      return found === undefined || name === "consumer.poll.timeout.ms" ? [] : [[name, kafka, found]];
    });
    assert.ok(settings.length > 10, `${settings.length} settings`);
    // MirrorMaker 2 itself begins where a topic begins.
    const own = settings.filter(([name]) => !String(name).endsWith("auto.offset.reset"));
    assert.deepEqual(
      own.map(([name, kafka]) => [name, kafka]),
      own.map(([name, , found]) => [name, found]),
    );
  });

  it("reach MirrorMaker 2 with the values that a stack sets, in every release", () => {
    for (const { read } of answers.values())
      for (const { name, of, value, taken } of guideProperties)
        if (taken) assert.equal(read[of]!.get(name), value, `${of} ${name}`);
  });

  it("reach MirrorMaker 2 with the values of the program", () => {
    const { read } = answers.get("4.2.0")!;
    for (const connector of connectors) {
      const ours = connectorProperties(config)[connector];
      const compared = Object.keys(ours).filter((name) => read[connector]!.has(name) && !/^(topics|groups)/.test(name));
      assert.ok(compared.length > 10, `${compared.length} properties`);
      for (const name of compared) assert.equal(read[connector]!.get(name), ours[name], `${connector} ${name}`);
    }
  });
});

/** Of Connect's framework, what only a connector of records has a use for. */
const ofSources = new Set([
  ...["exactly.once.support", "offsets.storage.topic", "topic.creation.groups"],
  ...["transaction.boundary", "transaction.boundary.interval.ms"],
]);

function ask(tools: Tools, version: KafkaVersion): Answer {
  const directory = mkdtempSync(join(tmpdir(), "properties-"));
  try {
    for (const [connector, properties] of Object.entries(connectorProperties(config))) {
      const lines = Object.entries(properties).map(([name, value]) => `${name}=${value.replaceAll("\\", "\\\\")}\n`);
      writeFileSync(join(directory, `${connector}.properties`), [...lines, `name=${connector}\n`].join(""));
    }
    const classPath = `${tools.kafka[version].libs}/*`;
    const program = join(root, "test/lab/support/ConnectorProperties.java");
    const output = execFileSync(tools.java, ["-XX:TieredStopAtLevel=1", "-cp", classPath, program, directory], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { defaults: known(output, "default"), read: known(output, "read") };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function known(output: string, kind: string): Known {
  const all: Record<string, Map<string, string>> = {};
  for (const line of output.split("\n")) {
    const [what, owner = "", name = "", value = ""] = line.split("\t");
    if (what === kind) (all[owner] ??= new Map()).set(name, value);
  }
  return all;
}
