import path from "node:path";

/** The folder or file of this machine that a path in a pod's container stands for; null where nothing is mounted. */
export function mountedPath(inContainer: string, env: NodeJS.ProcessEnv = process.env): string | null {
  const folders = JSON.parse(env["LAB_MOUNTS"] ?? "{}") as Record<string, string>;
  const mounts = Object.keys(folders).filter(
    (mount) => inContainer === mount || inContainer.startsWith(`${mount.replace(/\/$/, "")}/`),
  );
  const mount = mounts.sort((a, b) => b.length - a.length)[0];
  return mount === undefined ? null : path.join(folders[mount]!, path.relative(mount, inContainer));
}
