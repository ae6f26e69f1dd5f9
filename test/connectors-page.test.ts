import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { connectsSchema } from "../config/connectors.ts";
import { isConnector, workloadSchema } from "../config/workloads.ts";
import { root } from "./support/stack.ts";

const page = readFileSync(join(root, "docs/connectors.md"), "utf8");
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => parse(text!) as object);

describe("the examples of docs/connectors.md", () => {
  it("are what a stack's config takes", () => {
    const [whole, ...single] = examples as [{ connects: unknown; workloads: unknown[] }, ...unknown[]];
    assert.deepEqual(Object.keys(connectsSchema.parse(whole.connects)), ["legacy", "vendor"]);
    const workloads = [...whole.workloads, ...single].map((one) => workloadSchema.parse(one));
    assert.ok(workloads.length >= 5, `${workloads.length} connectors`);
    assert.ok(workloads.every(isConnector));
  });

  it("move a source of each advice, and a sink to a REST interface and to an object store", () => {
    for (const name of ["io.debezium", "io.aiven.kafka.connect.http", "io.confluent.connect.s3"])
      assert.ok(page.includes(name), name);
  });
});
