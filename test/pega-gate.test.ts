import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hold } from "../runtime/measure/hold.ts";
import { glance } from "../runtime/resources/gate.ts";
import type { PegaGateInputs } from "../gates/inputs.ts";
import type { PegaCondition } from "../gates/pega/index.ts";
import type { PegaScope } from "../runtime/model/pega.ts";
import { readRelease } from "../runtime/pega/release.ts";
import { forgottenNow, rememberReplicas, scaleToFormer } from "../runtime/pega/replicas.ts";
import { readVolumes, removeVolumes } from "../runtime/pega/volumes.ts";
import { helmSecret, scope as words, values } from "./support/pega-readings.ts";

/** A Kubernetes API that holds what it is told, by path; lists are what lies under them and has the label asked for. */
class Kubernetes {
  readonly objects = new Map<string, Record<string, unknown>>();
  readonly requests: string[] = [];
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://kubernetes");
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const partial = request.headers.accept?.includes("PartialObjectMetadataList") ?? false;
      const answer = this.#answer(request.method ?? "", url, body, partial);
      response.writeHead(answer === null ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { kind: "Status", message: "not found", code: 404 }));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(method: string, { pathname, searchParams }: URL, body: string, partial: boolean): object | null {
    const path = pathname.replace(/\/scale$/, "");
    const found = this.objects.get(path);
    if (method === "GET" && found !== undefined) return found;
    if (method === "DELETE" && found !== undefined) return this.objects.delete(path) ? {} : null;
    if (method === "PATCH" && found !== undefined) return merged(found, JSON.parse(body) as object);
    if (method !== "GET" || !/\/(secrets|pods|persistentvolumeclaims|horizontalpodautoscalers)$/.test(path))
      return null;
    const labels = (searchParams.get("labelSelector") ?? "").split(",").filter((one) => one !== "");
    const items = [...this.objects]
      .filter(([where]) => where.startsWith(`${path}/`))
      .map(([, object]) => object as { metadata?: { labels?: Record<string, string> } })
      .filter(({ metadata }) =>
        labels.every((one) => one === `${one.split("=")[0]}=${metadata?.labels?.[one.split("=")[0]!]}`),
      )
      .map((object) => (partial ? { metadata: object.metadata } : object));
    return { items };
  }
}

/** What a merge patch makes of an object, in place. */
function merged(object: Record<string, unknown>, patch: object): Record<string, unknown> {
  for (const [key, value] of Object.entries(patch) as [string, unknown][]) {
    if (value === null) Reflect.deleteProperty(object, key);
    else if (typeof value === "object") merged((object[key] ??= {}) as Record<string, unknown>, value);
    else object[key] = value;
  }
  return object;
}

describe("a gate of Pega at a Kubernetes API", function () {
  this.timeout(30_000);
  const kubernetes = new Kubernetes();
  const folder = mkdtempSync(join(tmpdir(), "pega-gate-"));
  const kubeconfig = join(folder, "kubeconfig");
  let scope: PegaScope = { ...words, release: { kubernetes: { namespace: "pega", kubeconfig }, name: "shop" } };
  const gate = (condition: PegaCondition, more: Partial<PegaGateInputs> = {}): PegaGateInputs => ({
    ...{
      pega: scope,
      row: "switch",
      condition,
      holdSeconds: 0,
      timeoutSeconds: 1,
      readingSeconds: 20,
      sweepSeconds: 600,
      sealed: false,
    },
    ...more,
  });

  const deployments = "/apis/apps/v1/namespaces/pega/deployments";
  const core = "/api/v1/namespaces/pega";
  const deployment = (name: string, replicas: number) =>
    kubernetes.objects.set(`${deployments}/${name}`, {
      metadata: { name, generation: 2 },
      spec: { replicas },
      status: { observedGeneration: 2, replicas, updatedReplicas: replicas, readyReplicas: replicas },
    });
  const pod = (name: string, app: string, more: object = {}) =>
    kubernetes.objects.set(`${core}/pods/${name}`, {
      metadata: { name, labels: { app }, ...more },
      status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
    });
  const revision = (number: number, status: string, config: object) => {
    const name = `sh.helm.release.v1.shop.v${number}`;
    const info = { status, last_deployed: new Date(Date.now() - 60_000).toISOString() };
    kubernetes.objects.set(`${core}/secrets/${name}`, {
      metadata: { name, uid: `u${number}`, resourceVersion: status, labels: { owner: "helm", name: "shop" } },
      data: { release: helmSecret({ name: "shop", version: number, info, config, chart: { metadata: {} } }) },
    });
  };

  before(async () => {
    const server = await kubernetes.start();
    const config = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
      clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
      users: [{ name: "c", user: {} }],
      contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
  });
  let number = 0;
  beforeEach(() => {
    // Gates of one process share what was measured within a second.
    scope = { ...scope, migration: `queues-${number++}` };
    kubernetes.objects.clear();
    kubernetes.requests.length = 0;
    for (const name of ["pega-web", "pega-batch", "pega-util"]) deployment(name, 0);
    revision(1, "superseded", values.running);
    revision(2, "deployed", values.drained);
    kubernetes.objects.set(`${core}/secrets/other`, {
      metadata: { name: "other", labels: { owner: "helm", name: "x" } },
    });
  });
  after(() => {
    kubernetes.stop();
    rmSync(folder, { recursive: true });
  });

  it("opens on what is there, and leaves when it was measured", async () => {
    const held = await hold(gate({ kind: "tiers-stopped" }));
    assert.equal(held.sentence, "0 replicas, 0 pods and no autoscaler of web");
    assert.equal(held.readings, 1);
  });

  it("stays closed while a pod terminates and an autoscaler is left, and says what to do", async () => {
    pod("pega-web-1", "pega-web", { deletionTimestamp: "2026-11-21T12:00:00Z" });
    pod("pega-batch-1", "pega-batch");
    kubernetes.objects.set("/apis/autoscaling/v2/namespaces/pega/horizontalpodautoscalers/pega-web-hpa", {
      metadata: { name: "pega-web-hpa" },
      spec: { scaleTargetRef: { kind: "Deployment", name: "pega-web" } },
    });
    await assert.rejects(hold(gate({ kind: "tiers-stopped" })), {
      message:
        'phase "switch" stays closed: HorizontalPodAutoscaler pega-web-hpa scales tier web, none allowed, ' +
        "pod pega-web-1 of tier web is terminating. Nothing behind this gate was changed; see why they have not " +
        "stopped (kubectl describe pod), then run pulumi up again; set the phase back to prepare to start them",
    });
  });

  it("opens as soon as the last pod is gone, and has then held for as long as is asked", async () => {
    pod("pega-web-1", "pega-web", { deletionTimestamp: "2026-11-21T12:00:00Z" });
    setTimeout(() => kubernetes.objects.delete(`${core}/pods/pega-web-1`), 1_000);
    const held = await hold(gate({ kind: "tiers-stopped" }, { holdSeconds: 1, timeoutSeconds: 20 }));
    assert.ok(held.readings >= 2, `${held.readings} readings`);
    const secrets = kubernetes.requests.filter((one) => /secrets\/sh.helm/.test(one));
    assert.ok(secrets.length <= 2, `a revision that was read is not read again: ${secrets.join(", ")}`);
  });

  it("asks for more time, and for nothing else, where the condition has not held for long enough", async () => {
    await assert.rejects(hold(gate({ kind: "tiers-stopped" }, { holdSeconds: 5 })), {
      message:
        'phase "switch" stays closed: 0 replicas, 0 pods and no autoscaler of web for only 0 s, 5 s required. ' +
        "Nothing behind this gate was changed; run pulumi up again; if the gate opens too late again, raise gates.timeoutSeconds",
    });
  });

  it("glances without rejecting, also where the API server is away", async () => {
    const away = join(folder, "away");
    const cluster = { name: "c", cluster: { server: "http://127.0.0.1:1", "insecure-skip-tls-verify": true } };
    const config = { clusters: [cluster], contexts: [{ name: "c", context: { cluster: "c", user: "c" } }] };
    writeFileSync(away, JSON.stringify({ ...config, users: [{ name: "c", user: {} }], "current-context": "c" }));
    const release = { ...scope.release, kubernetes: { namespace: "pega", kubeconfig: away } };
    const verdict = await glance(gate({ kind: "tiers-ready" }, { pega: { ...scope, release } }));
    assert.equal(verdict.open, false);
    // Tiers and their pods are read at once; whichever fails first is named.
    assert.match(
      verdict.sentence,
      /^could not be measured: .*could not (read|list the pods of) Deployment pega\/pega-web at http:\/\/127/,
    );
  });

  it("reads a release from Helm's Secrets of that name only", async () => {
    assert.equal((await readRelease(scope.release))?.revision, 2);
    revision(3, "pending-upgrade", values.external);
    const found = await readRelease(scope.release);
    assert.deepEqual([found?.revision, found?.newest.revision], [2, 3]);
    assert.match(found?.problem ?? "", /helm -n pega rollback shop 2$/);
  });

  it("notes replicas on the workload, and gives them back by its scale", async () => {
    deployment("pega-web", 3);
    const remember = { scope, row: "drain" };
    assert.deepEqual(await forgottenNow(remember), ["web"]);
    await rememberReplicas(remember);
    assert.deepEqual(await forgottenNow(remember), []);
    const web = kubernetes.objects.get(`${deployments}/pega-web`) as { metadata: object; spec: { replicas: number } };
    assert.deepEqual(web.metadata, {
      ...{ name: "pega-web", generation: 2 },
      annotations: { "kafka-migration/former-replicas": "3" },
    });
    web.spec.replicas = 1;
    for (const at of [0, 1, 2]) pod(`pega-web-${at}`, "pega-web");
    await scaleToFormer({ scope, row: "settle", release: "hash", readySeconds: 5, forget: true });
    assert.equal(web.spec.replicas, 3);
    assert.deepEqual(web.metadata, { name: "pega-web", generation: 2, annotations: {} });
    assert.ok(kubernetes.requests.includes(`PATCH ${deployments}/pega-web/scale`));
  });

  it("finds the volumes of the stream tier and who uses them, and deletes what is named", async () => {
    const claims = `${core}/persistentvolumeclaims`;
    const names = ["pega-stream-pega-stream-0", "pega-stream-pega-stream-1"];
    for (const name of [...names, "data-0"]) kubernetes.objects.set(`${claims}/${name}`, { metadata: { name } });
    kubernetes.objects.set(`${core}/pods/debug`, {
      metadata: { name: "debug" },
      spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: names[1] } }, { name: "w" }] },
    });
    assert.deepEqual(await readVolumes(scope), {
      volumes: [
        { name: names[0], terminating: false, usedBy: [] },
        { name: names[1], terminating: false, usedBy: ["debug"] },
      ],
      sets: [],
    });
    await removeVolumes({ scope, names: [names[0]!] });
    assert.deepEqual(
      [...kubernetes.objects.keys()].filter((path) => path.startsWith(claims)),
      [`${claims}/${names[1]}`, `${claims}/data-0`],
    );
  });
});
