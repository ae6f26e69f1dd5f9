import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { allKeys, configPage, descriptionOf, plain } from "../scripts/stack-schema/config-page.ts";
import { exampleOf, hasKeys } from "../scripts/stack-schema/examples.ts";
import { configSchemas } from "../scripts/stack-schema/json-schema.ts";
import { root } from "./support/stack.ts";
import { ajv } from "./support/stack-schema.ts";

const { migration, pega } = allKeys();
const keys = [...migration, ...pega];

const named = (some: typeof keys): string[] => some.map(({ path, told }) => [path, ...told].join(" "));

describe("docs/config.md", () => {
  it("is what the schemas say; if not, run npm run golden", async () => {
    assert.equal(await configPage(), readFileSync(join(root, "docs/config.md"), "utf8"));
  });

  it("has the keys of both configs, at any depth and in any form", () => {
    assert.ok(keys.length > 250, `${keys.length} keys`);
    const paths = new Set(keys.map(({ path }) => path));
    for (const path of [
      ...["phase", "gates.sweepSeconds", "source.cluster.tls.issuer.name", "workloads[].bootstrap.configMap"],
      ...["kubernetes.<name>.namespace", "workloads[].secrets.<name>.login", "rights.roles[].allow[].operations"],
      ...["drain.flows.runs[].lastIds", "stream.credentials.storePasswords", "tiers[].role"],
    ])
      assert.ok(paths.has(path), path);
  });

  it("says of every key what it means, and its default unless it is required", () => {
    assert.deepEqual(named(keys.filter((key) => descriptionOf(key).meaning === "")), []);
    assert.deepEqual(named(keys.filter((key) => key.required === (descriptionOf(key).byDefault !== undefined))), []);
  });

  it("states the default that the program fills in", () => {
    const wrong = keys.filter((key) => {
      const { default: filled } = key.schema;
      const stated = descriptionOf(key).byDefault ?? "";
      if (typeof filled === "object" || filled === undefined) return false;
      return !stated.startsWith(plain(filled));
    });
    assert.deepEqual(named(wrong), []);
  });

  it("gives every key without keys of its own an example that the schema accepts", () => {
    const { $defs } = configSchemas();
    const leaves = keys.filter(({ schema }) => !hasKeys(schema));
    assert.deepEqual(named(leaves.filter((key) => exampleOf(key) === undefined)), []);
    // All as one, since a validator is written for each schema that it is given.
    ajv.validate(
      { $defs, properties: Object.fromEntries(leaves.map(({ schema }, at) => [at, schema])) },
      Object.fromEntries(leaves.map((key, at) => [at, exampleOf(key)])),
    );
    const refused = new Set((ajv.errors ?? []).map(({ instancePath }) => Number(instancePath.split("/")[1])));
    assert.deepEqual(named(leaves.filter((_, at) => refused.has(at))), []);
  });
});
