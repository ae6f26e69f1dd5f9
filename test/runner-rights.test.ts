import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adminRights, runnerNames, runnerRights } from "../components/runner-rights.ts";
import { requests } from "../runtime/brokers/requests.ts";
import { operationsOf } from "../runtime/rights/access.ts";
import { setTable } from "../demo/table-config.ts";
import type { TableChoice } from "../phases/strategies/index.ts";
import { setServices } from "./support/services.ts";
import { root, stackConfig, type StackInput } from "./support/stack.ts";

const placeholders = runnerRights({
  ...{ sourceAlias: "<name>-source", sharesHeartbeats: true },
  deletes: ["mm2-offset-syncs.<name>-source.internal", "<connect>-offsets"],
});
const all = [...placeholders, ...adminRights];

describe("the rights of the runner", () => {
  it("name every request that the program sends, and no other", () => {
    const named = new Set(all.flatMap((right) => right.requests));
    assert.deepEqual([...named].toSorted(), Object.keys(requests).toSorted());
  });

  it("are operations that Kafka has for the resource, each once", () => {
    for (const { operation, resource } of all) assert.ok(operationsOf[resource]!.includes(operation), operation);
    for (const rights of [placeholders, adminRights]) {
      const names = rights.map(({ operation, resource, name }) => `${operation} ${resource} ${name}`);
      assert.equal(new Set(names).size, names.length);
    }
  });

  it("only read the clusters, but for the offsets of groups; what else is changed is the admin's", () => {
    const changing = placeholders.filter(({ operation }) => !/^(Describe|DescribeConfigs|Read)$/.test(operation));
    assert.deepEqual(
      changing.map(({ operation, resource }) => `${operation} ${resource}`),
      ["Delete Group", "Delete Topic", "Delete Topic"],
    );
  });

  const named = (choice: TableChoice, edit: (input: StackInput) => void = () => undefined) => {
    const config = stackConfig("dev", (input) => {
      setTable(input, choice);
      if (choice.strategy !== "producers-first") setServices(input);
      edit(input);
    });
    const rights = runnerRights(runnerNames(config));
    const of = (operation: string) =>
      rights
        .filter((one) => one.operation === operation && !/^<|^kafka-cluster$/.test(one.name))
        .map(({ name }) => name);
    return { read: of("Read"), deletes: of("Delete") };
  };

  it("name the topics as the stack does: its migration's, or those of a stack of a former version", () => {
    const connects = ["migration-connect-configs", "migration-connect-offsets", "migration-connect-status"];
    const mirrors = ["mm2-offset-syncs.shop-source.internal", "shop-source.checkpoints.internal"];
    assert.deepEqual(named({ strategy: "waves" }), { read: mirrors, deletes: [...mirrors, ...connects] });
    const first = named({ strategy: "producers-first" });
    assert.deepEqual(first.read, [...mirrors, "heartbeats"]);
    assert.deepEqual(first.deletes, [...mirrors, "heartbeats", ...connects]);
    const former = runnerRights(runnerNames({ ...stackConfig("dev"), naming: "source" }));
    assert.ok(
      former.some(({ name, operation }) => name === "mm2-offset-syncs.source.internal" && operation === "Delete"),
    );
    assert.ok(!former.some(({ name, operation }) => name === "heartbeats" && operation === "Read"));
  });

  it("leave alone the topics of a Connect that others run", () => {
    const { deletes } = named({ strategy: "together" }, ({ connect }) => {
      Object.assign(connect, { kind: "kubedb-existing", offsetsTopic: "theirs" });
    });
    assert.deepEqual(deletes, ["mm2-offset-syncs.shop-source.internal", "shop-source.checkpoints.internal"]);
  });

  it("are on the page of rights, with the disks of the gates", () => {
    const page = readFileSync(join(root, "docs/rights.md"), "utf8").replaceAll(/\s+/g, " ");
    for (const { operation, resource, name, reason } of all) {
      assert.ok(page.includes(`| ${operation} | ${resource} | \`${name}\` | ${reason} |`), `${operation} ${name}`);
    }
    assert.match(page, /`target-capacity` does not open and `target-healthy` does not see disks \(DescribeLogDirs\)/);
  });
});
