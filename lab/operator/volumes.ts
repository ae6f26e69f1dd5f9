import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { orNull, type AnyObject } from "../kubernetes.ts";
import type { Lab } from "../layout.ts";
import type { Context } from "./context.ts";
import { MissingReference, readConfigMap } from "./pod-environment.ts";

interface Item {
  readonly key: string;
  readonly path: string;
}

/** A ConfigMap or Secret whose keys become files. */
interface FileSource {
  readonly name: string;
  readonly optional?: boolean;
  readonly items?: readonly Item[];
}

interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly configMap?: FileSource;
  readonly secret?: Omit<FileSource, "name"> & { readonly secretName: string };
  readonly projected?: { readonly sources?: readonly { configMap?: FileSource; secret?: FileSource }[] };
  readonly emptyDir?: object;
}

/** Where the data of a PersistentVolumeClaim lies. */
export const claimDirectory = (lab: Lab, namespace: string, claim: string) =>
  join(lab.data, "volumes", namespace, claim);

/**
 * Makes the volumes that a pod's first container mounts, and returns their folders by mount path: processes of the lab
 * share one file system, so a mount path cannot be theirs alone.
 * @param directory The pod's own folder, gone with the pod.
 */
export async function mountedFolders(
  context: Context,
  pod: AnyObject,
  directory: string,
): Promise<Record<string, string>> {
  const namespace = pod.metadata?.namespace ?? "";
  const volumes = (pod["spec"].volumes ?? []) as Volume[];
  const mounts = (pod["spec"].containers[0].volumeMounts ?? []) as { name: string; mountPath: string }[];
  const folders: Record<string, string> = {};
  for (const { name, mountPath } of mounts) {
    const volume = volumes.find((each) => each.name === name);
    if (!volume) continue; // what an admission controller adds for itself
    folders[mountPath] = await folderOf(context, namespace, volume, join(directory, "volumes", name));
  }
  return folders;
}

async function folderOf(context: Context, namespace: string, volume: Volume, own: string): Promise<string> {
  const claim = volume.persistentVolumeClaim?.claimName;
  if (claim !== undefined) {
    const found = await orNull(context.api.core.readNamespacedPersistentVolumeClaim({ namespace, name: claim }));
    if (!found) throw new MissingReference(`persistentvolumeclaim "${claim}" not found`);
    const folder = claimDirectory(context.lab, namespace, claim);
    mkdirSync(folder, { recursive: true });
    return folder;
  }
  if (volume.emptyDir) {
    mkdirSync(own, { recursive: true });
    return own;
  }
  const { configMap, secret, projected } = volume;
  const sources = [
    ...(configMap ? [{ configMap }] : []),
    ...(secret ? [{ secret: { ...secret, name: secret.secretName } }] : []),
    ...(projected?.sources ?? []),
  ];
  if (sources.length === 0) throw new MissingReference(`the lab has no volumes such as ${JSON.stringify(volume)}`);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true, mode: 0o700 });
  for (const source of sources) await writeFiles(context, namespace, source, own);
  return own;
}

async function writeFiles(
  context: Context,
  namespace: string,
  source: { configMap?: FileSource; secret?: FileSource },
  folder: string,
): Promise<void> {
  const from = source.configMap ?? source.secret;
  if (!from) throw new MissingReference(`the lab projects no ${Object.keys(source).join(", ")}`);
  const values = source.configMap
    ? await readConfigMap(context.api, namespace, from.name)
    : await readBytes(context, namespace, from.name);
  const kind = source.configMap ? "configmap" : "secret";
  if (!values) {
    if (from.optional) return;
    throw new MissingReference(`${kind} "${from.name}" not found`);
  }
  for (const { key, path } of from.items ?? Object.keys(values).map((each) => ({ key: each, path: each }))) {
    const value = values[key];
    if (value === undefined && from.optional) continue;
    if (value === undefined) throw new MissingReference(`${kind} "${from.name}" has no key ${key}`);
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, value, { mode: 0o600 });
  }
}

/** Key stores are no text. */
async function readBytes(context: Context, namespace: string, name: string): Promise<Record<string, Buffer> | null> {
  const secret = await orNull(context.api.core.readNamespacedSecret({ namespace, name }));
  const entries = Object.entries(secret?.data ?? {});
  return secret && Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64")]));
}
