import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fromProc, fromPs } from "../runtime/ledger/process-parents.ts";
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
    assert.equal(await orphaned(`await import(${JSON.stringify(join(root, "runtime/ledger/interrupts.ts"))});`), 7);
  });

  it("would report each failed write by another one without that", async () => {
    assert.equal(await orphaned(""), 8);
  });
});

describe("the process that wanted a gate", function () {
  this.timeout(20_000);

  for (const [how, read] of Object.entries({ "/proc": fromProc, ps: fromPs })) {
    it(`is read from ${how}`, async () => {
      const child = spawn("sh", ["-c", "read line; true"], { stdio: ["pipe", "ignore", "ignore"] });
      await once(child, "spawn");
      assert.deepEqual(read(child.pid!), { command: "sh", parent: process.pid });
      child.stdin.end();
      await once(child, "exit");
    });

    it(`is found to be gone by ${how}`, async () => {
      const child = spawn("true");
      await once(child, "exit");
      assert.equal(read(child.pid!), null);
    });
  }

  // The host, started through a shell as Pulumi does it; the process that started the shell is killed.
  const watching = (proc: boolean): string => `
    ${
      proc
        ? ""
        : `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
    const read = fs.readFileSync;
    fs.readFileSync = (file, ...rest) => { if (String(file).startsWith("/proc/")) throw new Error("no /proc"); return read(file, ...rest); };
    syncBuiltinESMExports();`
    }
    const { watchInterrupts } = await import(${JSON.stringify(join(root, "runtime/ledger/interrupts.ts"))});
    const interrupts = watchInterrupts();
    if (interrupts.reason() !== null) process.exit(1);
    console.log("watching");
    // Not left behind where the test fails.
    setTimeout(() => process.exit(2), 10_000);
    setInterval(() => { const reason = interrupts.reason(); if (reason !== null) { console.log(reason); process.exit(0); } }, 100);
  `;
  for (const proc of [true, false])
    it(`is missed by its host ${proc ? "on Linux" : "where there is no /proc"}`, async () => {
      const shell = ["sh", "-c", '"$@"; true', "sh", process.execPath, "--input-type=module", "--eval", watching(proc)];
      // Stands for pulumi: it starts the shell and waits.
      const starter = `require("child_process").spawn(${JSON.stringify(shell[0])}, ${JSON.stringify(shell.slice(1))}, { stdio: "inherit" })`;
      const pulumi = spawn(process.execPath, ["--eval", starter], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
      let printed = "";
      for await (const chunk of pulumi.stdout) {
        printed += String(chunk);
        if (printed === "watching\n") pulumi.kill("SIGKILL");
      }
      assert.equal(printed, "watching\nthe pulumi command that started it is gone\n");
    });
});
