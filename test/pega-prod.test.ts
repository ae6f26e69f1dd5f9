import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePega } from "../config/pega/load.ts";
import { pegaTables } from "../phases/pega/tables.ts";
import { pegaProd, pegaProdInput, pegaProdRows, pegaProdText } from "./support/pega/prod.ts";
import { ofType } from "./support/rows.ts";
import { root } from "./support/stack.ts";

describe("Pulumi.pega-prod.yaml", function () {
  this.timeout(60_000);

  it("drains first, on a stack that is production", () => {
    const { strategy, production, retire, target, stream } = pegaProd();
    assert.deepEqual([strategy, production, retire.soakHours], ["pega-drained", true, 168]);
    assert.deepEqual([target.security.protocol, stream.replicationFactor], ["SASL_SSL", 3]);
  });

  it("is refused with the strategy that loses what is unread, even where somebody accepts that", () => {
    const parsed = parsePega({
      ...pegaProdInput(),
      ...{ strategy: "pega-lossy", lossy: { accept: "queues of the sandbox, by the team" } },
    });
    assert.ok("problems" in parsed);
    assert.deepEqual(
      parsed.problems.map(({ path }) => path),
      ["strategy"],
    );
  });

  it("names every Secret and holds no password", () => {
    const text = readFileSync(join(root, "Pulumi.pega-prod.yaml"), "utf8");
    assert.doesNotMatch(text, /password:|secure:|encryptionsalt/i);
  });

  it("protects the cluster that it makes, and keeps release and user when it is destroyed, in every row", async () => {
    const rows = await pegaProdRows();
    assert.deepEqual(
      rows.map(({ phase }) => phase),
      pegaTables["pega-drained"].map(({ name }) => name),
    );
    for (const { phase, resources } of rows) {
      const [cluster, ...more] = ofType(resources, /:Kafka$/);
      assert.deepEqual([cluster!.protect, cluster!.retainOnDelete, more], [true, true, []], phase);
      for (const { name, retainOnDelete } of ofType(resources, /:Release$|:Acl$|:UserScramCredential$|:StreamSecret$/))
        assert.ok(retainOnDelete, `${phase}: ${name}`);
    }
  });

  it("declares what the golden text says; npm run golden writes it again", async () => {
    assert.equal(await pegaProdText(), readFileSync(join(root, "test/golden/pega-prod.txt"), "utf8"));
  });
});
