import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { labFromEnvironment } from "../lab/layout.ts";
import { inspect } from "../lab/proc.ts";
import { endOrphans } from "../lab/providers.ts";

/** A `pulumi` that starts a provider with a process group of its own, as the real one does. */
const engine = `
  const { spawn } = require("child_process");
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "dynamic-" + "provider"], { detached: true });
  console.log(child.pid);
  setInterval(() => {}, 1000);`;

describe("what a killed pulumi leaves behind", () => {
  const folder = mkdtempSync(join(tmpdir(), "providers-"));
  const lab = labFromEnvironment({ LAB_DIR: join(folder, "lab") });
  const pids: number[] = [];
  before(() => symlinkSync(process.execPath, join(folder, "pulumi")));
  after(() => {
    for (const pid of pids) if (inspect(pid)) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
  });

  async function start(labDir: string) {
    const pulumi = spawn(join(folder, "pulumi"), ["-e", engine], {
      env: { PATH: process.env["PATH"], LAB_DIR: labDir },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(pulumi.stdout), "line")) as [string];
    pids.push(pulumi.pid!, Number(line));
    return { pulumi, provider: Number(line) };
  }

  it("is ended, but nothing of a pulumi that runs, and nothing of another lab", async () => {
    const { pulumi, provider } = await start(lab.dir);
    const other = await start(join(folder, "other"));
    assert.deepEqual(endOrphans(lab), []);
    for (const one of [pulumi, other.pulumi]) {
      one.kill("SIGKILL");
      await once(one, "exit");
    }
    assert.notEqual(inspect(provider), null, "it outlives its pulumi");
    assert.equal(endOrphans(lab).length, 1);
    for (let asked = 0; inspect(provider) !== null; asked++) {
      assert.ok(asked < 100);
      await sleep(20);
    }
    assert.notEqual(inspect(other.provider), null);
  });
});
