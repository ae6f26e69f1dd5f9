import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Hosts } from "../../lab/addresses.ts";
import type { JavaTools } from "../../lab/jvm.ts";
import { connect, mergePatch, orNull, type Api } from "../../lab/kubernetes.ts";
import { lab } from "../../lab/lab.ts";
import { ClaimController } from "../../lab/operator/claims.ts";
import { PodController, runLabel } from "../../lab/operator/pods.ts";
import { StatefulSetController } from "../../lab/operator/stateful-set.ts";
import { Supervisor } from "../../lab/operator/supervisor.ts";
import { claimDirectory } from "../../lab/operator/volumes.ts";
import { eventually } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const namespace = "volumes";
const name = "pega-stream";
const claim = "pega-stream-pega-stream-0";
const labels = { app: name, [runLabel]: "true" };
/** Adds a line to its volume, says what a mounted Secret holds, and stays. */
const program = `
  const { appendFileSync, readFileSync, writeFileSync } = require("fs");
  const mounts = JSON.parse(process.env.LAB_MOUNTS);
  appendFileSync(mounts["/data"] + "/starts", process.env.POD_NAME + " " + readFileSync(mounts["/certs"] + "/store").length + "\\n");
  writeFileSync(process.env.READY_FILE, "");
  setInterval(() => {}, 1000);`;

/** The lab's own controllers over an API server; no Kafka. */
describe("volumes of the lab", function () {
  this.timeout(3 * 60_000);
  usesLab(this, "control-plane");
  let api: Api;
  let running = true;
  let controllers: Promise<void> = Promise.resolve();

  before(async () => {
    api = connect(lab.kubeconfig);
    await api.core.createNamespace({ body: { metadata: { name: namespace } } });
    const tools = JSON.parse(readFileSync(join(lab.dir, "tools.json"), "utf8")) as JavaTools;
    const context = { lab, api, tools, hosts: new Hosts(lab), supervisor: new Supervisor(lab) };
    const [sets, pods, claims] = [
      new StatefulSetController(context),
      new PodController(context),
      new ClaimController(context),
    ];
    controllers = (async () => {
      for (; running; await sleep(50)) {
        await sets.reconcile(`${namespace}/${name}`);
        for (const { metadata } of (await api.core.listNamespacedPod({ namespace })).items)
          await pods.reconcile(`${namespace}/${metadata!.name}`);
        for (const { metadata } of (await api.core.listNamespacedPersistentVolumeClaim({ namespace })).items)
          await claims.reconcile(`${namespace}/${metadata!.name}`);
      }
    })();
  });
  after(async () => {
    running = false;
    await controllers;
  });

  const readClaim = () => orNull(api.core.readNamespacedPersistentVolumeClaim({ namespace, name: claim }));
  const readPod = () => orNull(api.core.readNamespacedPod({ namespace, name: `${name}-0` }));
  const starts = () =>
    readFileSync(join(claimDirectory(lab, namespace, claim), "starts"), "utf8")
      .trim()
      .split("\n");

  const create = () => {
    const container = {
      name: "pega-web-tomcat",
      image: "app",
      command: ["node", "-e", program],
      env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
      volumeMounts: [
        { name, mountPath: "/data" },
        { name: "certificates", mountPath: "/certs" },
      ],
    };
    const volumes = [{ name: "certificates", projected: { sources: [{ secret: { name: "certificates" } }] } }];
    const spec = { terminationGracePeriodSeconds: 5, containers: [container], volumes };
    const requests = { storage: "5Gi" };
    return api.apps.createNamespacedStatefulSet({
      namespace,
      body: {
        metadata: { name, labels },
        spec: {
          replicas: 1,
          serviceName: name,
          selector: { matchLabels: { app: name } },
          template: { metadata: { labels }, spec },
          volumeClaimTemplates: [
            { metadata: { name }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests } } },
          ],
        },
      },
    });
  };

  it("hold a pod back until a Secret that it mounts is there", async () => {
    await create();
    const message = 'secret "certificates" not found';
    await eventually("the pod waits", 30, async () => {
      const state = (await readPod())?.status?.containerStatuses?.[0]?.state?.waiting;
      return state?.message === message;
    });
    // Bytes that are no text stay as they are.
    const data = { store: Buffer.from([0xfe, 0xed, 0xfe, 0xed]).toString("base64") };
    await api.core.createNamespacedSecret({ namespace, body: { metadata: { name: "certificates" }, data } });
    await eventually("the pod is ready", 30, async () =>
      Boolean((await readPod())?.status?.containerStatuses?.[0]?.ready),
    );
    assert.deepEqual(starts(), [`${name}-0 4`]);
    assert.equal((await readClaim())?.status?.phase, "Bound");
  });

  it("stay when their StatefulSet goes, and are there again when it comes back", async () => {
    await api.apps.deleteNamespacedStatefulSet({ namespace, name });
    await eventually("the pod is gone", 30, async () => (await readPod()) === null);
    assert.equal((await readClaim())?.metadata?.labels?.["app"], name);
    assert.equal(starts().length, 1);
    await create();
    await eventually("the pod wrote again", 30, async () => starts().length === 2);
  });

  it("stay while a pod uses them, and go with their data once none does", async () => {
    await api.core.deleteNamespacedPersistentVolumeClaim({ namespace, name: claim });
    await sleep(700);
    assert.notEqual((await readClaim())?.metadata?.deletionTimestamp, undefined);
    assert.ok(existsSync(claimDirectory(lab, namespace, claim)));
    const body = { spec: { replicas: 0 } };
    await api.apps.patchNamespacedStatefulSetScale({ namespace, name, body }, mergePatch);
    await eventually("the claim is gone", 30, async () => (await readClaim()) === null);
    assert.deepEqual(readdirSync(join(lab.data, "volumes", namespace)), []);
  });
});
