import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "./support/stack.ts";

/** A host of dynamic providers as Pulumi's: what is not caught it reports on its own output. 8 is its code if it did. */
const host = (imported: string): string => `
  let reports = 0;
  process.on("uncaughtException", (error) => { reports++; console.error(error.message); });
  ${imported}
  let beats = 0;
  setInterval(() => { console.log("beat"); if (++beats > 5) process.exit(reports > 0 ? 8 : 7); }, 50);
`;

/** Exit code of a host whose output is closed under it. */
async function orphaned(imported: string): Promise<number | null> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", host(imported)], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  await once(child.stdout, "data");
  child.stdout.destroy();
  child.stderr.destroy();
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

describe("a host whose pulumi was killed", function () {
  this.timeout(20_000);

  it("goes on quietly where nobody reads what it prints", async () => {
    assert.equal(await orphaned(`await import(${JSON.stringify(join(root, "kafka/interrupts.ts"))});`), 7);
  });

  it("would report each failed write by another one without that", async () => {
    assert.equal(await orphaned(""), 8);
  });
});
