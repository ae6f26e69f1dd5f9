import assert from "node:assert/strict";
import { podsOfTier, release, scaleTier, untilReady } from "../../lab/pega/release.ts";
import { inOrder } from "../support/in-order.ts";
import { pegaWalk, type PegaWalk } from "../lab/support/pega-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

describe("the way back from the drain of a Pega release", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "pega");
  let walk: PegaWalk;

  before(async () => {
    walk = await pegaWalk((config) => {
      config["gates"] = { holdSeconds: 1, timeoutSeconds: 60 };
    });
    // As an autoscaler might have left it: the values say nothing of it.
    await scaleTier(walk.api, "web", 2);
    await untilReady(walk.api, ["web"], 60);
    await walk.reaches("prepare");
  });

  const web = async () => {
    const { metadata, spec } = await walk.api.apps.readNamespacedDeployment({
      name: "pega-web",
      namespace: release.namespace,
    });
    return { replicas: spec?.replicas, noted: metadata?.annotations?.["kafka-migration/former-replicas"] };
  };
  const autoscalers = async () => {
    const { items } = await walk.api.objects.list("autoscaling/v2", "HorizontalPodAutoscaler", release.namespace);
    return items.map(({ metadata }) => metadata?.name);
  };

  it("leads to as many pods as before, with the autoscaler that the values ask for", async () => {
    assert.deepEqual(await web(), { replicas: 2, noted: undefined });
    await walk.reaches("drain");
    assert.deepEqual(await web(), { replicas: 0, noted: "2" });
    assert.deepEqual(await podsOfTier(walk.api, "web"), []);
    assert.ok(!(await autoscalers()).includes("pega-web-hpa"));
    await walk.reaches("prepare");
    assert.deepEqual(await web(), { replicas: 2, noted: undefined });
    assert.equal((await podsOfTier(walk.api, "web")).length, 2);
    assert.ok((await autoscalers()).includes("pega-web-hpa"));
  });

  it("is recorded only by what has brought it about, whatever the command leaves out", async () => {
    const yesterday = await walk.stack.state();
    await walk.reaches("drain");
    const revision = (await walk.newest()).revision;
    // Nobody has attested that what writes from outside has stopped, so the gates of the next row stay closed.
    await walk.stack.set("kafka-migration:phase", "switch");
    const urns = await drivenUrns();
    const guard = urns.find((urn) => urn.includes("dynamic/kafka:Gate::") && urn.endsWith("names-free"))!;
    const release = urns.find((urn) => urn.includes("helm.sh/v3:Release::"))!;
    for (const args of [
      ["up", "--yes", "--skip-preview", "--continue-on-error"],
      ["up", "--yes", "--skip-preview", "--target", guard],
      ["up", "--yes", "--skip-preview", "--exclude", release, "--exclude-dependents"],
      ["refresh", "--yes", "--skip-preview"],
      ["refresh", "--yes", "--skip-preview", "--run-program"],
    ]) {
      const { output } = await walk.stack.attempt(args);
      assert.equal(await walk.stack.reached(), "drain", `${args.join(" ")}\n${output}`);
    }
    assert.equal((await walk.newest()).revision, revision, "the release is as it was");
    // The state of yesterday says that nothing has been drained.
    await walk.stack.restore(yesterday);
    assert.equal(await walk.stack.reached(), "prepare");
    await walk.reaches("drain");
    assert.deepEqual(await web(), { replicas: 0, noted: "2" });
    await walk.reaches("prepare");
    assert.deepEqual(await web(), { replicas: 2, noted: undefined });
  });

  /** Every resource of the state. */
  async function drivenUrns(): Promise<string[]> {
    const { deployment } = JSON.parse(await walk.stack.state()) as { deployment: { resources: { urn: string }[] } };
    return deployment.resources.map(({ urn }) => urn);
  }

  it("leads on again", async () => {
    await walk.reaches("drain");
    assert.deepEqual(await web(), { replicas: 0, noted: "2" });
  });
});
