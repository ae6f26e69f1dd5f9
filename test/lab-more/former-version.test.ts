import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import path from "node:path";
import { lab } from "../../lab/lab.ts";
import type { Stack } from "../../demo/stack.ts";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { stackSteps, type StackSteps } from "../lab/support/stack-steps.ts";

/** The commit that stacks of version 0.1 were made by: its providers' texts lie in their states. */
const formerVersion = "22e1a21";

/** What `pulumi preview --json` says of each resource that it would touch. */
interface Step {
  readonly op: string;
  readonly urn: string;
}

describe("a stack of the former version", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  let former: Stack;
  let byFormer: StackSteps;

  before(async () => {
    const folder = path.join(lab.dir, "former");
    checkOut(folder);
    walk = await labWalk(150, shortTimes, { strategy: "producers-first", ownUsers: true });
    former = walk.stack.drivenBy(folder);
    byFormer = stackSteps(former);
  });
  after(() => rmSync(path.join(lab.dir, "former"), { recursive: true, force: true }));

  /** The former version beside this one, with the packages of this one: both ask for the same versions of Pulumi. */
  function checkOut(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const archive = execFileSync("git", ["archive", formerVersion], { cwd: lab.root, maxBuffer: 1 << 28 });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    const modules = path.join(folder, "node_modules");
    cpSync(path.join(lab.root, "node_modules"), modules, { recursive: true, verbatimSymlinks: true });
    const own = path.join(modules, "@kafka-migration/kafka");
    unlinkSync(own);
    symlinkSync("../../kafka", own);
  }

  const updated = (part: string): string => `update shop-${part}`;

  async function steps(): Promise<Step[]> {
    const { code, stdout, output } = await walk.stack.attempt(["preview", "--json"]);
    assert.equal(code, 0, output);
    return (JSON.parse(stdout) as { steps: Step[] }).steps;
  }

  it("comes up by the former code, up to the mirror", async () => {
    await byFormer.reaches("prepare");
    await byFormer.reaches("mirror");
  });

  it("is taken over by this version, which replaces and deletes nothing, and asks each act for a receipt", async () => {
    // The stack reads its own outputs in every preview.
    const touched = (await steps()).filter(({ op }) => op !== "same" && op !== "read");
    assert.deepEqual(
      touched.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`).sort(),
      [
        "create shop-reached",
        "create shop-source-running",
        // Gates and a check that the former version did not have; they do not measure a row that is reached.
        ...["mirror-target-capacity", "mirror-target-defaults", "prerequisites"].map((part) => `create shop-${part}`),
        // Each connector's own consumer waits for more than a byte.
        ...["source", "checkpoint", "heartbeat"].map((connector) => updated(`mirror-${connector}-config`)),
        ...["ledger", "mirror-state", "mirror-topics", "start-consumers", "start-producers"].map(updated),
      ].sort(),
    );
    await walk.reaches("mirror");
    await walk.stack.expectNoChanges();
  });

  it("goes on by this version, and what the former one made is deleted in the end", async () => {
    await walk.reaches("move-producers");
    await walk.reaches("move-consumers");
    await walk.reaches("validate");
    const { code, output } = await walk.stack.attempt(["destroy", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    const { items } = await walk.core.listNamespacedSecret({ namespace: "demo" });
    const left = items.map(({ metadata }) => metadata!.name!).filter((name) => name.startsWith("shop-mirror"));
    assert.deepEqual(left, [], "Secrets that the former version's text deletes");
  });

  it("has lost nothing and repeated nothing", async () => {
    const audit = await auditOf(walk);
    assert.ok(audit.acknowledged > 5_000, `${audit.acknowledged} records`);
  });
});
