import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { stackOf } from "../demo/applications/options.ts";
import { planned } from "../demo/applications/planned.ts";
import { configForLab } from "../demo/stack.ts";
import { choiceOf, tableNames } from "../phases/strategies/index.ts";
import type { JsonSchema } from "../scripts/stack-schema/json-schema.ts";
import { modeline, schemaFile, stackSchema, stackSchemaText } from "../scripts/stack-schema/stack-file.ts";
import type { BrokenConfig, Raw } from "./support/broken-configs/broken-config.ts";
import { connectionsAndSides } from "./support/broken-configs/connections-and-sides.ts";
import { connectorConfigs } from "./support/broken-configs/connectors.ts";
import { listsAndProperties } from "./support/broken-configs/lists-and-properties.ts";
import { mirrorAndTimes } from "./support/broken-configs/mirror-and-times.ts";
import { mirrorUsers } from "./support/broken-configs/mirror-users.ts";
import { monitoring, monitoringKeys } from "./support/broken-configs/monitoring.ts";
import { orders } from "./support/broken-configs/orders.ts";
import { programs } from "./support/broken-configs/programs.ts";
import { registries } from "./support/broken-configs/registries.ts";
import { selectionAndWorkloads } from "./support/broken-configs/selection-and-workloads.ts";
import { single } from "./support/broken-configs/single.ts";
import { clientProperties, tls } from "./support/broken-configs/tls.ts";
import { users } from "./support/broken-configs/users.ts";
import { root, stackInput } from "./support/stack.ts";
import { refusedIn, refusedPaths } from "./support/stack-schema.ts";

const stackFiles = globSync("Pulumi.*.yaml", { cwd: root }).sort();
const textOf = (file: string): string => readFileSync(join(root, file), "utf8");

/** A stack file of the repository, with its keys to be changed; they have no prefix. */
function edited(stack: string, edit: (raw: Raw) => unknown): object {
  const { config } = parse(textOf(`Pulumi.${stack}.yaml`)) as { config: object };
  const raw = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("kafka-migration:", ""), value as unknown]),
  );
  edit(raw);
  return raw;
}

describe("the JSON Schema of stack files", () => {
  it(`is ${schemaFile}; if not, run npm run golden`, async () => {
    assert.equal(await stackSchemaText(), textOf(schemaFile));
  });

  it("describes every property", () => {
    const without: string[] = [];
    let properties = 0;
    const visit = (schema: JsonSchema | boolean | undefined, path: string): void => {
      if (typeof schema !== "object") return;
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        properties += 1;
        if (typeof property === "object" && !property.description) without.push(`${path}.${key}`);
        visit(property, `${path}.${key}`);
      }
      // A condition describes nothing: what is under `if` is left out.
      const { additionalProperties, items, then, allOf = [], anyOf = [], $defs = {} } = schema;
      for (const inner of [additionalProperties, items, then, schema.else, ...allOf, ...anyOf, ...Object.values($defs)])
        visit(inner, path);
    };
    visit(stackSchema(), "");
    assert.ok(properties > 300, `${properties} properties`);
    assert.deepEqual(without, []);
  });

  describe("accepts", () => {
    for (const file of stackFiles) {
      it(`${file}, which names the schema in its first line`, () => {
        const text = textOf(file);
        assert.deepEqual(refusedPaths(parse(text)), []);
        assert.equal(text.split("\n")[0], modeline);
      });
    }

    for (const table of tableNames) {
      const choice = choiceOf(table);
      const stack = `Pulumi.${stackOf(choice)}.yaml`;
      it(`what the demo makes of ${stack} for ${Object.values(choice).join(", ")}, in every phase`, () => {
        const text = configForLab(textOf(stack), { block: 7, dir: "/tmp/lab" }, choice);
        for (const { name } of planned(text, choice).rows) {
          const file = parse(text);
          file.config["kafka-migration:phase"] = name;
          assert.deepEqual(refusedPaths(file), [], name);
        }
      });
    }

    for (const stack of ["vendor", "pega"]) {
      it(`what the demo makes of Pulumi.${stack}.yaml`, () => {
        const text = configForLab(textOf(`Pulumi.${stack}.yaml`), { block: 7, dir: "/tmp/lab" });
        assert.deepEqual(refusedPaths(parse(text)), []);
      });
    }

    it("a lossy release of Pega, and one whose operators attest what the demo attests", () => {
      const attested = { by: "the operator", at: "2026-11-21T14:05:00Z", words: "seen in Admin Studio" };
      const lossy = edited("pega", (raw) => {
        Object.assign(raw, { strategy: "pega-lossy", phase: "switch", lossy: { accept: "what is unread is lost" } });
        raw.drain = { queues: { attested }, flows: { attested }, producersStopped: attested };
        raw.resume = { producersStarted: attested };
      });
      assert.deepEqual(refusedIn(lossy), []);
    });

    it("what pulumi config set writes: text for a boolean, and secure: in the place of a text", () => {
      const written = edited("dev", (raw) => {
        raw.production = "true";
        raw.name = { secure: "v1:abc" };
        raw.source.credentials.runner.secret = { secure: "v1:abc" };
      });
      assert.deepEqual(refusedIn(written), []);
    });

    it("what Pulumi itself keeps in a stack file, and the config of other namespaces", () => {
      const file = parse(textOf("Pulumi.dev.yaml"));
      Object.assign(file, { secretsprovider: "awskms://alias/x", encryptedkey: "x", environment: ["shared"] });
      file.config["kubernetes:context"] = "dc1";
      file.config["pulumi:tags"] = { team: "kafka" };
      assert.deepEqual(refusedPaths(file), []);
    });
  });

  describe("refuses", () => {
    /** The schema names the key of an address; the program the address, with every form that it may have. */
    const deeper: Readonly<Record<string, string>> = {
      "an address of no known form": "workloads[0].bootstrap.key",
      "an address of two forms at once": "workloads[0].bootstrap.secret",
      "an env address without the container": "workloads[0].bootstrap.container",
    };

    for (const [what, edit, path] of single) {
      it(`${what}: ${deeper[what] ?? path}`, () => {
        const raw = stackInput("dev");
        edit(raw);
        assert.deepEqual(refusedIn(raw), [deeper[what] ?? path]);
      });
    }

    const others: readonly BrokenConfig[] = [
      ...[...listsAndProperties, ...clientProperties, ...monitoringKeys, ...connectionsAndSides, ...users],
      ...[
        ...registries,
        ...mirrorUsers,
        ...tls,
        ...mirrorAndTimes,
        ...selectionAndWorkloads,
        ...monitoring,
        ...programs,
      ],
      ...[...orders, ...connectorConfigs],
    ];
    /** The rest needs the inventory, a comparison of two keys, or a look at names of properties. */
    const visible = new Set([
      ...["a port that no socket has", "port 0", "several brokers in one entry", "a URL as a broker's address"],
      ...["a REST address with a user in it", "a password as a Secret's name", "an env address without the container"],
      ...["a Deployment's name with an underscore", "a key that no ConfigMap has", "milliseconds for seconds"],
      ...["a soak that never ends", "a name too long to derive others from", "a topic that is ignored without words"],
      ...["an issuer without its name", "alerts that no Prometheus selects", "an alert at no latency at all"],
      ...["a chart that does not come over the web", "both shapes of a cluster", "no shape of a cluster"],
      ...["a beginning in a row that the strategy does not have", "a kind of workload that is none"],
      ...["an address of an external workload", "an external producer without topics"],
      ...["a replication factor that is neither a number nor source"],
      "a row that the order does not have",
      "a request that may take longer than a day",
      "a beginning of a group that is neither end",
    ]);
    for (const [what, edit, path] of others.filter(([what]) => visible.has(what))) {
      it(`${what}: ${deeper[what] ?? path}`, () => {
        const raw = stackInput("dev");
        edit(raw);
        assert.deepEqual(refusedIn(raw), [deeper[what] ?? path]);
      });
    }

    it("nothing else of what the program refuses", () => {
      const seen = others.filter(([what, edit]) => {
        const raw = stackInput("dev");
        edit(raw);
        return !visible.has(what) && refusedIn(raw).length > 0;
      });
      assert.deepEqual(
        seen.map(([what]) => what),
        [],
      );
      assert.equal(others.filter(([what]) => visible.has(what)).length, visible.size);
    });

    const pega: readonly (readonly [what: string, edit: (raw: Raw) => unknown, path: string])[] = [
      ["a source, which Pega brings itself", (raw) => (raw.source = raw.target), "source"],
      ["a lag, which Pega's gates do not know", (raw) => (raw.gates.maxLag = 1), "gates.maxLag"],
      ["a phase of another strategy", (raw) => (raw.phase = "mirror"), "phase"],
      ["no release", (raw) => delete raw.release, "release"],
      ["a name pattern without a prefix", (raw) => (raw.stream.namePattern = "{stream.name}"), "stream.namePattern"],
      ["a user and a Secret at once", (raw) => (raw.stream.credentials.secret = "x"), "stream.credentials.secret"],
      ["a probe that is attested too", (raw) => (raw.drain.queues.attested = {}), "drain.queues.attested"],
      ["flows without their convention", (raw) => (raw.drain.flows = { runs: [flow] }), "drain.flows.convention"],
      [
        "a last ID as a number",
        (raw) => (raw.drain.flows = { ...flows, runs: [{ ...flow, lastIds: { 0: 3 } }] }),
        "drain.flows.runs[0].lastIds[0]",
      ],
      [
        "an attestation without a zone",
        (raw) => (raw.resume = { producersStarted: { ...attested, at: "2026-11-21T14:05:00" } }),
        "resume.producersStarted.at",
      ],
      ["a store of another type", (raw) => (raw.stream.trustStore = "truststore.p12"), "stream.trustStore"],
    ];
    const flow = { name: "DF-1", topic: "orders", lastIds: { "0": "3" } };
    const flows = { convention: "next" };
    const attested = { by: "Jane", at: "2026-11-21T14:05:00Z", words: "seen in the portal" };
    for (const [what, edit, path] of pega) {
      it(`in a stack of Pega, ${what}: ${path}`, () => {
        assert.deepEqual(refusedIn(edited("pega", edit)), [path]);
      });
    }

    const files: readonly (readonly [what: string, edit: (file: Raw) => unknown, path: string])[] = [
      ["a key that Pulumi does not know", (file) => (file.confg = {}), "confg"],
      ["no config", (file) => delete file.config, "config"],
      ["a key without its namespace", (file) => (file.config.phase = "prepare"), "config.phase"],
    ];
    for (const [what, edit, path] of files) {
      it(`${what}: ${path}`, () => {
        const file = parse(textOf("Pulumi.dev.yaml"));
        edit(file);
        assert.deepEqual(refusedPaths(file), [path]);
      });
    }
  });
});
