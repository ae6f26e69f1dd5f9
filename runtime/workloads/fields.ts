/** Points a workload at a side: writes the values that it reads at start into the objects that hold them. */
import { setTimeout as sleep } from "node:timers/promises";
import { apiCode, apiMessage, clients, fieldManager, jsonPatch } from "../kubernetes/kubernetes.ts";
import { objectIn } from "../kubernetes/listed.ts";
import { mayPass } from "../kubernetes/turns.ts";
import { kubernetesMilliseconds } from "../model/patience.ts";
import { settleAll } from "../model/settle-all.ts";
import type { KubernetesRef, SecretRef, SideName } from "../model/sides.ts";
import { workloadKinds } from "../model/workload-kinds/index.ts";
import type { FieldPlace, FieldValue, KubernetesWorkloadRef } from "../model/workloads.ts";
import { patchOf, type Operation, type PlacedField } from "./field-patch.ts";

interface Held {
  readonly title: string;
  readonly read: () => Promise<object>;
  readonly patch: (body: readonly Operation[], dryRun: boolean) => Promise<unknown>;
  readonly fields: readonly PlacedField[];
}

/** Whether a workload would read other values than those of a side if it were started now. */
export async function differs(workload: KubernetesWorkloadRef, side: SideName): Promise<boolean> {
  const found = await settleAll((await heldOn(workload, side)).map(async (held) => operations(held, false)));
  return found.some((body) => body.length > 0);
}

/**
 * Writes a workload's values of one side; one that is there already is left alone. With `dryRun` the API server and its
 * webhooks say what they would, and nothing changes.
 * Rejects with every object that refuses, and with every Secret or key that is missing; never with a value.
 */
export async function writeFields(workload: KubernetesWorkloadRef, side: SideName, dryRun = false): Promise<void> {
  const milliseconds = repeats * kubernetesMilliseconds(workload.kubernetes);
  await settleAll((await heldOn(workload, side)).map((held) => write(held, dryRun, milliseconds)));
}

/** The objects that hold a workload's values, with those of one side. */
async function heldOn(workload: KubernetesWorkloadRef, side: SideName): Promise<Held[]> {
  const fields = (workload.fields ?? []).flatMap(({ place, on }) => {
    const value = on[side];
    return value === undefined ? [] : [{ place, value }];
  });
  const known = await settleAll(fields.map(({ place, value }) => resolved(workload.kubernetes, place, value)));
  const objects = Map.groupBy(known, ({ place }) => objectOf(place));
  return [...objects.values()].map((of) => heldBy(workload, of));
}

/** Fields of one object have one name here. */
const objectOf = (place: FieldPlace): string =>
  "container" in place ? "" : "configMap" in place ? `ConfigMap ${place.configMap}` : `Secret ${place.secret}`;

/** A value as its place takes it: a container's variable points at the Secret, others get its text. */
async function resolved(kubernetes: KubernetesRef, place: FieldPlace, value: FieldValue): Promise<PlacedField> {
  if ("text" in value) return { place, value };
  if ("container" in place) {
    await keyIn({ kubernetes, name: value.secret.name }, value.key).catch((error: unknown) => {
      // The pods may read Secrets that this program is not allowed to.
      if (apiCode(error) !== 403) throw error;
    });
    return { place, value: { secretKeyRef: { name: value.secret.name, key: value.key } } };
  }
  return { place, value: { text: await keyIn(value.secret, value.key) } };
}

async function keyIn({ kubernetes, name }: SecretRef, key: string): Promise<string> {
  const { core, server } = await clients(kubernetes);
  const where = `Secret ${kubernetes.namespace}/${name}`;
  const { data = {} } = await core
    .readNamespacedSecret({ name, namespace: kubernetes.namespace })
    .catch((error: unknown) => {
      if (apiCode(error) === 403) throw error;
      throw new Error(`could not read ${where} at ${server}: ${apiMessage(error)}`, { cause: error });
    });
  if (!data[key])
    throw new Error(`${where} has no ${key}; its keys are ${Object.keys(data).sort().join(", ") || "none"}`);
  return Buffer.from(data[key], "base64").toString("utf8");
}

/** What gives an object its values; nothing where it has them. */
async function operations({ title, read, fields }: Held, dryRun: boolean): Promise<readonly Operation[]> {
  const found = await read().catch((error: unknown) => refused(title, dryRun, error));
  return patchOf(title, found, fields);
}

async function write(held: Held, dryRun: boolean, milliseconds: number): Promise<void> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const body = await operations(held, dryRun);
    if (body.length === 0) return;
    const failed = await held.patch(body, dryRun).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (failed === null) return;
    // It may have been done: what is still to do is worked out again from what is there.
    const { error } = failed;
    if (performance.now() >= until || !mayPass(apiCode(error), error)) return refused(held.title, dryRun, error);
    await sleep(pauseMilliseconds);
  }
}

function refused(title: string, dryRun: boolean, error: unknown): never {
  const would = dryRun ? "would not take its values of the other side" : "did not take its values";
  throw new Error(`${title} ${would}: ${apiMessage(error)}`, { cause: error });
}

/** Between two attempts of a patch that got an answer which passes by itself, or none. */
const pauseMilliseconds = 1_000;
/** Such a patch is tried again for so many times the length of one request. */
const repeats = 2;

function heldBy(workload: KubernetesWorkloadRef, fields: readonly PlacedField[]): Held {
  const { namespace } = workload.kubernetes;
  const api = () => clients(workload.kubernetes);
  const options = (dryRun: boolean) => ({ fieldManager, ...(dryRun && { dryRun: "All" }) });
  const place = fields[0]!.place;
  if ("configMap" in place) {
    const at = { name: place.configMap, namespace };
    return {
      title: `ConfigMap ${namespace}/${at.name}`,
      fields,
      read: async () => (await api()).core.readNamespacedConfigMap(at),
      patch: async (body, dryRun) =>
        (await api()).core.patchNamespacedConfigMap({ ...at, ...options(dryRun), body }, jsonPatch()),
    };
  }
  if ("secret" in place) {
    const at = { name: place.secret, namespace };
    return {
      title: `Secret ${namespace}/${at.name}`,
      fields,
      read: async () => (await api()).core.readNamespacedSecret(at),
      patch: async (body, dryRun) =>
        (await api()).core.patchNamespacedSecret({ ...at, ...options(dryRun), body }, jsonPatch()),
    };
  }
  const { apiVersion, plural, template } = workloadKinds[workload.kind];
  const [group = "", version = ""] = apiVersion.split("/");
  const at = { group, version, plural, name: workload.name, namespace };
  return {
    title: `${workload.kind} ${namespace}/${workload.name}`,
    fields: fields.map((field) => ({ ...field, template })),
    read: async () => (await objectIn(await api(), { group, version, plural }, at)) as object,
    patch: async (body, dryRun) =>
      (await api()).custom.patchNamespacedCustomObject({ ...at, ...options(dryRun), body }, jsonPatch()),
  };
}
