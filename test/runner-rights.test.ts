import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adminRights, runnerRights } from "../components/runner-rights.ts";
import { requests } from "../runtime/brokers/requests.ts";
import { operationsOf } from "../runtime/rights/access.ts";
import { root } from "./support/stack.ts";

const all = [...runnerRights, ...adminRights];

describe("the rights of the runner", () => {
  it("name every request that the program sends, and no other", () => {
    const named = new Set(all.flatMap((right) => right.requests));
    assert.deepEqual([...named].toSorted(), Object.keys(requests).toSorted());
  });

  it("are operations that Kafka has for the resource, each once", () => {
    for (const { operation, resource } of all) assert.ok(operationsOf[resource]!.includes(operation), operation);
    for (const rights of [runnerRights, adminRights]) {
      const names = rights.map(({ operation, resource, name }) => `${operation} ${resource} ${name}`);
      assert.equal(new Set(names).size, names.length);
    }
  });

  it("only read the clusters, but for the offsets of groups; what else is changed is the admin's", () => {
    const changing = runnerRights.filter(({ operation }) => !/^(Describe|DescribeConfigs|Read)$/.test(operation));
    assert.deepEqual(
      changing.map(({ operation, resource }) => `${operation} ${resource}`),
      ["Delete Group"],
    );
  });

  it("are on the page of rights, with the disks of the gates", () => {
    const page = readFileSync(join(root, "docs/rights.md"), "utf8").replaceAll(/\s+/g, " ");
    for (const { operation, resource, name, reason } of all) {
      assert.ok(page.includes(`| ${operation} | ${resource} | \`${name}\` | ${reason} |`), `${operation} ${name}`);
    }
    assert.match(page, /`target-capacity` does not open and `target-healthy` does not see disks \(DescribeLogDirs\)/);
  });
});
