import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labFromEnvironment, pulumiHomeOf, type Lab } from "../lab/layout.ts";
import { stopAll, stopPulumis } from "../lab/processes.ts";

describe("what a killed Pulumi CLI leaves behind", () => {
  let lab: Lab;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    lab = labFromEnvironment({ LAB_DIR: mkdtempSync(join(tmpdir(), "lab-")) });
    mkdirSync(pulumiHomeOf(lab));
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
    rmSync(lab.dir, { recursive: true });
  });

  /** A file that can be run under a name: this Node, or a shell script. */
  function program(name: string, script?: string): string {
    const file = join(lab.dir, name);
    mkdirSync(join(file, ".."), { recursive: true });
    if (script === undefined) symlinkSync(process.execPath, file);
    else {
      writeFileSync(file, script);
      chmodSync(file, 0o755);
    }
    return file;
  }

  async function start(home: string, command: string, ...args: string[]): Promise<ChildProcess> {
    const child = spawn(command, args, {
      env: { ...process.env, PULUMI_HOME: home },
      stdio: ["ignore", "pipe", "ignore"],
    });
    started.push(child);
    await once(child.stdout, "data");
    return child;
  }

  const waits = ["-e", 'console.log("up"); setInterval(() => {}, 1000)'];
  const isUp = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

  it("ends with the lab: providers, their shells and the host of dynamic ones", async () => {
    const host = program("node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js", waits[1]);
    const shell = program("pulumi-resource-pulumi-nodejs", "#!/bin/sh\necho up\nwhile sleep 1; do :; done\n");
    const home = pulumiHomeOf(lab);
    const all = [
      await start(home, program("pulumi-resource-kafka"), ...waits),
      await start(home, process.execPath, host),
      await start(home, shell),
    ];
    const ended = all.map((child) => once(child, "exit"));
    await stopAll(lab, () => 0, 1);
    await Promise.all(ended);
    assert.deepEqual(all.map(isUp), [false, false, false]);
  });

  it("ends alone where the lab stays", async () => {
    const provider = await start(pulumiHomeOf(lab), program("pulumi-resource-kafka"), ...waits);
    const ended = once(provider, "exit");
    await stopPulumis(lab);
    await ended;
    assert.equal(isUp(provider), false);
  });

  it("leaves another lab's, and what was merely started from a shell with the lab's environment", async () => {
    const others = [
      await start("/elsewhere", program("pulumi-resource-kafka"), ...waits),
      await start(pulumiHomeOf(lab), program("editor"), ...waits),
    ];
    await stopAll(lab, () => 0, 1);
    assert.deepEqual(others.map(isUp), [true, true]);
  });
});
