import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mirrorRights } from "../components/mirror-rights.ts";
import { rightName } from "../components/right.ts";
import type { MirroredConfig } from "../config/migration-config.ts";
import { rightsPage } from "./support/rights-page.ts";
import { root, stackConfig, type StackInput } from "./support/stack.ts";

/** The lab's stack with two topics and a group of awkward names. */
function small(edit: (input: StackInput) => void = () => {}): MirroredConfig {
  const config = stackConfig("dev", edit);
  return { ...config, topics: ["a.b", "foo"], groups: [{ name: "foo reader", topics: ["foo"] }] };
}

const lines = (config: MirroredConfig, side: "source" | "target"): string[] =>
  mirrorRights(config, side).map(
    ({ operation, resource, name, pattern }) => `${operation} ${resource} ${name}${pattern === "Prefixed" ? "*" : ""}`,
  );

describe("the rights of MM2's user", () => {
  it("on the source are to read what is migrated, nothing else", () => {
    assert.deepEqual(lines(small(), "source"), ["Read Topic a.b", "Read Topic foo", "Describe Group foo reader"]);
  });

  it("on the target are to write the copies, and what MM2 and Connect keep for themselves", () => {
    assert.deepEqual(lines(small(), "target"), [
      "Write Topic a.b",
      "Write Topic foo",
      "Create Topic mm2-offset-syncs.shop-source.internal",
      "Write Topic mm2-offset-syncs.shop-source.internal",
      "Read Topic mm2-offset-syncs.shop-source.internal",
      "Create Topic shop-source.checkpoints.internal",
      "Write Topic shop-source.checkpoints.internal",
      "Read Topic shop-source.checkpoints.internal",
      "Create Topic heartbeats",
      "Write Topic heartbeats",
      "Create Topic migration-connect-configs",
      "Write Topic migration-connect-configs",
      "Read Topic migration-connect-configs",
      "Create Topic migration-connect-offsets",
      "Write Topic migration-connect-offsets",
      "Read Topic migration-connect-offsets",
      "Create Topic migration-connect-status",
      "Write Topic migration-connect-status",
      "Read Topic migration-connect-status",
      "Read Group migration-connect",
      "Write TransactionalID connect-cluster-migration-connect",
      "Write TransactionalID migration-connect-shop-source-all-*",
      "Write TransactionalID migration-connect-shop-checkpoint-*",
      "Write TransactionalID migration-connect-shop-heartbeat-*",
    ]);
  });

  it("hold no transactions where the mirror is at least once", () => {
    const config = small((input) => (input.mirror = { exactlyOnce: false }));
    assert.deepEqual(
      lines(config, "target").filter((line) => line.includes("TransactionalID")),
      [],
    );
  });

  it("follow the name of the Connect cluster", () => {
    const found = lines(
      small((input) => (input.connect.name = "own")),
      "target",
    );
    for (const line of [
      "Read Group own",
      "Write TransactionalID connect-cluster-own",
      "Write TransactionalID own-shop-source-all-*",
      "Read Topic own-offsets",
    ]) {
      assert.ok(found.includes(line), line);
    }
    assert.ok(!found.some((line) => line.includes("migration-connect-offsets")), found.join("\n"));
  });

  it("leave out what a ConnectCluster that stands already does as its own user", () => {
    const config = small((input) => (input.connect.kind = "kubedb-existing"));
    assert.deepEqual(lines(config, "target"), [
      "Describe Topic a.b",
      "Describe Topic foo",
      "Create Topic mm2-offset-syncs.shop-source.internal",
      "Write Topic mm2-offset-syncs.shop-source.internal",
      "Read Topic mm2-offset-syncs.shop-source.internal",
      "Create Topic shop-source.checkpoints.internal",
      "Read Topic shop-source.checkpoints.internal",
      "Create Topic heartbeats",
    ]);
  });

  for (const stack of ["dev", "prod"] as const) {
    it(`change no config, no partition and nothing of the cluster, in Pulumi.${stack}.yaml`, () => {
      const config = stackConfig(stack);
      for (const side of ["source", "target"] as const) {
        const rights = mirrorRights(config, side);
        const allowed = side === "source" ? ["Read", "Describe"] : ["Create", "Read", "Write"];
        for (const { operation, resource } of rights) {
          assert.ok(allowed.includes(operation), operation);
          assert.ok(["Topic", "Group", "TransactionalID"].includes(resource), resource);
        }
      }
    });

    it(`have each a name of its own and a reason, in Pulumi.${stack}.yaml`, () => {
      for (const side of ["source", "target"] as const) {
        const rights = mirrorRights(stackConfig(stack), side);
        assert.equal(new Set(rights.map(rightName)).size, rights.length);
        for (const { reason } of rights) assert.match(reason, /\w/);
      }
    });
  }

  it("keep a topic's capitals in their names, since Kafka does", () => {
    const config = { ...small(), topics: ["Orders", "orders"] };
    assert.deepEqual(mirrorRights(config, "source").slice(0, 2).map(rightName), [
      "read-topic-Orders",
      "read-topic-orders",
    ]);
  });

  it("are what docs/rights.md says; npm run golden writes it again", async () => {
    assert.equal(await rightsPage(), readFileSync(join(root, "docs/rights.md"), "utf8"));
  });
});
