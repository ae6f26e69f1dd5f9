import assert from "node:assert/strict";
import { lab } from "../../lab/lab.ts";
import { certificatesSecret, helm, release, untilReady } from "../../lab/pega/release.ts";
import { inOrder } from "../support/in-order.ts";
import { killHosts } from "../lab/support/lab-parts.ts";
import { pegaWalk, type PegaWalk } from "../lab/support/pega-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

/** What docs/pega.md says about upgrades of the release that fail or are killed. */
describe("an upgrade of a Pega release", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "pega");
  let walk: PegaWalk;

  before(async () => {
    walk = await pegaWalk((config) => {
      config["strategy"] = "pega-lossy";
      config["lossy"] = { accept: "the test accepts that unread records are lost" };
      config["release"] = { ...(config["release"] as object), timeoutSeconds: 45 };
      config["gates"] = { holdSeconds: 1, timeoutSeconds: 60 };
    });
    await walk.reaches("prepare");
  });

  /** Pods that are made from now on wait for a Secret that is not there, or find it again. */
  let kept: Record<string, string> | undefined;
  async function secretAway(away: boolean): Promise<void> {
    const at = { name: certificatesSecret, namespace: release.namespace };
    if (away) {
      kept = (await walk.api.core.readNamespacedSecret(at)).data;
      await walk.api.core.deleteNamespacedSecret(at);
      return;
    }
    const body = { metadata: { name: at.name }, data: kept ?? {} };
    await walk.api.core.createNamespacedSecret({ namespace: at.namespace, body });
  }

  it("takes over the release that runs without a changed object", async () => {
    const { status, revision } = await walk.newest();
    assert.deepEqual([status, revision > 1], ["deployed", true]);
    const manifest = (of: number) => helm(lab, ["get", "manifest", release.name, "--revision", String(of)]);
    assert.equal(await manifest(revision), await manifest(1));
    await untilReady(walk.api, ["stream", "web", "batch", "util"], 30);
  });

  it("leaves the row unreached and the way forward open where it fails", async () => {
    await secretAway(true);
    const { code, output } = await walk.up("switch");
    assert.notEqual(code, 0);
    assert.equal((await walk.newest()).status, "failed", output);
    assert.doesNotMatch(output, /reached : "switch"/);
    const preview = await walk.stack.attempt(["preview"]);
    assert.match(preview.output, /is failed in revision \d+ .*; Helm compares the next upgrade with revision \d+/);
  });

  it("is refused with what to do where it was killed", async () => {
    const { output } = await walk.up("switch", {
      onStart: (id) => void (group = id),
      onLine: (line) => {
        if (!/Release .*updating/.test(line)) return;
        setTimeout(() => {
          killHosts("pulumi-resource-kubernetes");
          killHosts();
          process.kill(-group, "SIGKILL");
        }, 10_000);
      },
    });
    assert.match(output, /Release .*updating/);
    await walk.stack.cancel();
    assert.equal((await walk.newest()).status, "pending-upgrade");
    const { code, output: refused } = await walk.up("switch");
    assert.notEqual(code, 0);
    assert.match(refused, /is pending-upgrade in revision \d+ since .*helm .*-n pega rollback pega \d+/);
    command = /rollback pega (\d+)/.exec(refused)![0];
  });
  let group = 0;
  let command = "";

  it("goes on once Helm has rolled it back as the sentence says", async () => {
    await secretAway(false);
    await helm(lab, command.split(" "));
    assert.equal((await walk.newest()).status, "deployed");
    const output = await walk.reaches("switch");
    assert.match(output, /"switch"/);
    await untilReady(walk.api, ["web", "batch", "util"], 60);
  });
});
