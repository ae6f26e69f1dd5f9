import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { labFromEnvironment, pulumiHomeOf, type Lab } from "../lab/layout.ts";
import { adopt, find, start as startPart, stopAll, stopPulumis } from "../lab/processes.ts";

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

describe("the records of a lab's processes", () => {
  let lab: Lab;
  beforeEach(() => (lab = labFromEnvironment({ LAB_DIR: mkdtempSync(join(tmpdir(), "lab-")) })));
  afterEach(async () => {
    await stopAll(lab, () => 0, 0);
    rmSync(lab.dir, { recursive: true });
  });

  /** A part that does what an operator does when it begins. */
  function operator(): number {
    const module = new URL("../lab/processes.ts", import.meta.url).href;
    const layout = new URL("../lab/layout.ts", import.meta.url).href;
    const code = `
      const [{ adopt }, { labFromEnvironment }] = await Promise.all([import("${module}"), import("${layout}")]);
      adopt(labFromEnvironment());
      console.log("adopted");
      setInterval(() => {}, 1000);`;
    const command = [process.execPath, "--input-type=module", "-e", code];
    return startPart(lab, {
      ...{ part: "operator", command, workingDirectory: lab.dir },
      environment: { LAB_DIR: lab.dir },
    }).pid;
  }

  const untilAdopted = async (times: number): Promise<void> => {
    const log = join(lab.logs, "operator.log");
    for (let left = 200; left > 0; left -= 1) {
      if (existsSync(log) && readFileSync(log, "utf8").split("adopted").length > times) return;
      await sleep(50);
    }
    throw new Error("the operator did not begin");
  };

  it("keep an operator that brings them in line itself, so that no second one is started", async () => {
    const pid = operator();
    await untilAdopted(1);
    assert.equal(find(lab, "operator")?.pid, pid);
  });

  it("end one of two operators", async () => {
    operator();
    await untilAdopted(1);
    const second = operator();
    await untilAdopted(2);
    adopt(lab);
    await sleep(200);
    assert.equal(find(lab, "operator")?.pid, second, "the one on record stays");
  });
});
