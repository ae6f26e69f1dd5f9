import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { everythingBroken } from "./support/broken-configs/everything.ts";
import { refusal } from "./support/refusal.ts";
import { root, stackInput } from "./support/stack.ts";

describe("a stack that is refused", () => {
  it("is told all its problems in one error, by section, each once", async () => {
    const text = await refusal(everythingBroken());
    assert.equal(`${text}\n`, readFileSync(join(root, "test/golden/broken-config.txt"), "utf8"));
    const lines = text.split("\n").slice(1);
    assert.ok(lines.length >= 25, `${lines.length} problems`);
    assert.equal(new Set(lines).size, lines.length);
    assert.doesNotMatch(text, /hunter2|\bat .*:\d+:\d+|node_modules|file:\/\//);
  });

  it("is told of one problem in one line", async () => {
    const raw = { ...stackInput("dev"), inventory: "test/support/inventory/dev.json", phsae: "mirror" };
    assert.match(
      await refusal(raw),
      /^Pulumi\.dev\.yaml has 1 problem; nothing was changed\.\n {2}phsae: not known here/,
    );
  });

  it("is told of the inventory's problems and its own at once", async () => {
    const text = await refusal({ ...stackInput("dev"), inventory: "no/such/file.json", strategy: "big-bang" });
    assert.deepEqual(text.split("\n"), [
      "Pulumi.dev.yaml has 2 problems; nothing was changed.",
      '  strategy: found "big-bang"; allowed: producers-first, consumers-first, dual-consume, together, waves, pega-drained, pega-lossy',
      "  no/such/file.json: it does not exist; run npm run assess -- --stack <stack> and commit the file it writes",
    ]);
  });
});
