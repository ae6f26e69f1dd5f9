import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gatePages, withGateTable } from "../scripts/gates-page.ts";

describe("the pages about gates", () => {
  for (const [file, gates] of Object.entries(gatePages)) {
    it(`have every gate's line as its file says it: ${file}`, async () => {
      const page = readFileSync(file, "utf8");
      assert.equal(await withGateTable(page, gates), page, "run npm run golden");
      for (const { name } of gates)
        assert.equal(page.split(`\n| ${name === "any" ? name : `\`${name}\``} `).length, 2, name);
    });
  }
});
