import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { mergePatch, connect, type AnyObject } from "../../lab/kubernetes.ts";
import { lab } from "../../lab/lab.ts";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

/**
 * What Argo CD and Flux do to an object that drifts, imitated at their published marks and by their effect: the tracking id or
 * labels stand on the object, and each second its fields are put back to what Git says.
 */
class Reconciler {
  readonly #api = connect(lab.kubeconfig);
  readonly #wanted: AnyObject;
  readonly #ignored: ReadonlySet<string>;
  #running = true;
  readonly #loop: Promise<void>;
  /** How often it has put something back. */
  corrections = 0;

  /** @param ignored Keys of a ConfigMap's data, or `replicas`, that it leaves alone. */
  constructor(wanted: AnyObject, ignored: readonly string[] = []) {
    this.#wanted = wanted;
    this.#ignored = new Set(ignored);
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#running) {
      await this.#correct().catch((error: unknown) => console.log(String(error)));
      await sleep(1_000);
    }
  }

  async #correct(): Promise<void> {
    const { apiVersion, kind, metadata } = this.#wanted;
    const name = metadata!.name!;
    const at = { apiVersion: apiVersion!, kind: kind!, metadata: { name, namespace } };
    const found: AnyObject = await this.#api.objects.read(at);
    const data = Object.entries((this.#wanted["data"] ?? {}) as Record<string, string>).filter(
      ([key, value]) => !this.#ignored.has(key) && found["data"]?.[key] !== value,
    );
    const replicas = this.#wanted["spec"]?.replicas as number | undefined;
    const scaled = replicas !== undefined && !this.#ignored.has("replicas") && found["spec"].replicas !== replicas;
    if (data.length === 0 && !scaled) return;
    this.corrections += 1;
    if (kind === "ConfigMap") {
      await this.#api.core.patchNamespacedConfigMap(
        { name, namespace, body: { data: Object.fromEntries(data) } },
        mergePatch,
      );
    } else
      await this.#api.apps.patchNamespacedDeploymentScale(
        { name, namespace, body: { spec: { replicas } } },
        mergePatch,
      );
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }
}

describe("a migration of what GitOps tools keep as it is", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const reconcilers: Reconciler[] = [];
  const api = () => connect(lab.kubeconfig);

  before(async () => {
    walk = await labWalk(200, shortTimes);
    await walk.goes("prepare");
    await walk.goes("mirror");
  });
  afterEach(async () => {
    for (const one of reconcilers.splice(0)) await one.stop();
  });

  const configMap = async (name: string): Promise<AnyObject> => ({
    ...(await walk.core.readNamespacedConfigMap({ name, namespace })),
    ...{ apiVersion: "v1", kind: "ConfigMap" },
  });
  const deployment = async (name: string): Promise<AnyObject> => ({
    ...(await walk.apps.readNamespacedDeployment({ name, namespace })),
    ...{ apiVersion: "apps/v1", kind: "Deployment" },
  });
  const mark = (of: AnyObject, metadata: object) =>
    of.kind === "ConfigMap"
      ? api().core.patchNamespacedConfigMap({ name: of.metadata!.name!, namespace, body: { metadata } }, mergePatch)
      : api().apps.patchNamespacedDeployment({ name: of.metadata!.name!, namespace, body: { metadata } }, mergePatch);

  it("is refused in the preview, each object with its owner and the command that pauses it", async () => {
    const [config, web] = [await configMap("foo-producer-config"), await deployment("bar-producer")];
    await mark(config, {
      annotations: { "argocd.argoproj.io/tracking-id": "shop:/ConfigMap:demo/foo-producer-config" },
    });
    await mark(web, {
      labels: {
        "kustomize.toolkit.fluxcd.io/name": "apps",
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
      },
    });
    reconcilers.push(new Reconciler(config), new Reconciler(web));
    await walk.stack.set("kafka-migration:phase", "move-producers");
    const { code, output } = await walk.stack.attempt(["preview"]);
    assert.notEqual(code, 0, output);
    assert.match(
      output,
      /ConfigMap demo\/foo-producer-config is kept by Argo CD \(application shop\).*argocd app set shop --sync-policy none/,
    );
    assert.match(
      output,
      /Deployment demo\/bar-producer is kept by the Flux Kustomization flux-system\/apps.*flux suspend kustomization apps -n flux-system/,
    );
    const up = await walk.up("move-producers");
    assert.notEqual(up.code, 0);
    assert.doesNotMatch(up.output, /workloads at 0 pods/);
    assert.equal(await walk.stack.reached(), "mirror");
  });

  it("undoes a move when an owner without a mark puts back what it finds", async () => {
    await mark(await configMap("foo-producer-config"), { annotations: { "argocd.argoproj.io/tracking-id": null } });
    await mark(await deployment("bar-producer"), {
      labels: { "kustomize.toolkit.fluxcd.io/name": null, "kustomize.toolkit.fluxcd.io/namespace": null },
    });
    const hidden = new Reconciler(await deployment("bar-producer"));
    reconcilers.push(hidden);
    const before = walk.traffic.acknowledged();
    const { code, output } = await walk.up("move-producers");
    assert.notEqual(code, 0, output);
    assert.ok(hidden.corrections > 0);
    assert.match(output, /The producers are writing to the source again/);
    await sleep(5_000);
    assert.ok(walk.traffic.acknowledged() > before + 500);
    assert.equal(await walk.stack.reached(), "mirror");
  });

  it("passes with the fields ignored, as the object and the config say", async () => {
    const [config, web] = [await configMap("foo-producer-config"), await deployment("bar-producer")];
    await mark(config, {
      annotations: { "argocd.argoproj.io/tracking-id": "shop:/ConfigMap:demo/foo-producer-config" },
    });
    await mark(web, {
      labels: { "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" },
      annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" },
    });
    await walk.stack.set(
      "kafka-migration:workloads[0].gitops.reason",
      "application shop ignores the key BOOTSTRAP of the ConfigMap",
    );
    reconcilers.push(new Reconciler(config, ["BOOTSTRAP"]), new Reconciler(web, ["replicas"]));
    await walk.reaches("move-producers");
    await walk.reaches("move-consumers");
  });

  it("has lost nothing and repeated nothing", async () => {
    const audit = await auditOf(walk);
    assert.ok(audit.acknowledged > 5_000, `${audit.acknowledged} records`);
  });
});
