import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./support/stack.ts";

const files = globSync("test/{lab,lab-more}/*.test.ts", { cwd: root }).sort();
const bringsUp = /\b(labUp|labDown|controlPlaneUp|labReset)\b/;
/** A part of `lab/lab.ts` that only a lab that is up can give. */
const usesPart = /\b(labEnv|labProcesses|labKill|labWalk|pegaWalk|createTarget|PlacementLab\.start)\(/;

describe("a test file of the lab", () => {
  it("leaves the lab's bring-up to usesLab, so that one lab serves all of a shape", () => {
    assert.ok(files.length > 20, `only ${files.length} files`);
    const alone = files.filter((file) => bringsUp.test(readFileSync(join(root, file), "utf8")));
    assert.deepEqual(alone, []);
  });

  it("says in each suite that needs a lab which one", () => {
    const silent = files.filter((file) => {
      const text = readFileSync(join(root, file), "utf8");
      const suites = text.match(/^describe\(/gm)?.length ?? 0;
      const asked = text.match(/^  usesLab\(this, "[a-z-]+"\);$/gm)?.length ?? 0;
      return asked > 0 ? asked !== suites : usesPart.test(text);
    });
    assert.deepEqual(silent, []);
  });
});
