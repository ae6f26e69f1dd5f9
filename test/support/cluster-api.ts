/** As much of a Kubernetes API as a switch asks besides its workloads: Leases, ConfigMaps and Secrets, made, read, patched and replaced; lists of what scales them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Stored {
  metadata: {
    name: string;
    labels?: Record<string, string>;
    creationTimestamp?: string;
    resourceVersion?: string;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

export interface ClusterApi {
  /** Path of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  /** Objects by `leases/<name>`, `configmaps/<name>`, `secrets/<name>`, `kafkas/<name>`, `pods/<name>`, `deployments/<name>` and `applications/<name>`; those of autoscalers are only listed. */
  readonly objects: Map<string, Stored>;
  /** Status that every request gets. @default none: they are answered */
  fails?: number;
  /** Called before each request with its method and the object's key; a status that it returns is the answer. */
  before?: (method: string, key: string) => number | undefined;
  close(): void;
}

/** A JSON merge patch (RFC 7386). */
function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const fields = { ...(typeof before === "object" ? before : {}) } as Record<string, unknown>;
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete fields[field];
    else fields[field] = merged(fields[field], value);
  }
  return fields;
}

export async function clusterApi(): Promise<ClusterApi> {
  const objects = new Map<string, Stored>();
  let version = 0;
  const told: Pick<ClusterApi, "fails" | "before"> = {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [, scaler] = /\/(horizontalpodautoscalers|scaledobjects)(?:\?|$)/.exec(request.url ?? "") ?? [];
      const [, kind = "", name] =
        /\/(leases|configmaps|secrets|kafkas|pods|deployments|applications)(?:\/([^/?]+))?/.exec(request.url ?? "") ??
        [];
      const body = chunks.length === 0 ? null : (JSON.parse(Buffer.concat(chunks).toString()) as Stored);
      const reply = (status: number, content: unknown) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
      if (told.fails !== undefined) return reply(told.fails, { kind: "Status", message: "not now" });
      if (scaler !== undefined) {
        const listed = [...objects].filter(([key]) => key.startsWith(`${scaler}/`));
        return reply(200, { items: listed.map(([, object]) => object) });
      }
      const key = `${kind}/${name ?? body?.metadata.name ?? ""}`;
      const refused = told.before?.(request.method ?? "", key);
      if (refused !== undefined) return reply(refused, { kind: "Status", message: "not now" });
      if (request.method === "DELETE") return reply(objects.delete(key) ? 200 : 404, { kind: "Status" });
      if (body !== null && request.method === "PATCH") {
        const before = objects.get(key);
        if (before === undefined) return reply(404, { kind: "Status", message: "not there" });
        const stored = merged(before, body) as Stored;
        stored.metadata = { ...stored.metadata, resourceVersion: String(++version) };
        objects.set(key, stored);
        return reply(200, stored);
      }
      if (body !== null) {
        const existing = objects.get(key);
        const stale = body.metadata.resourceVersion !== existing?.metadata.resourceVersion;
        const taken = request.method === "POST" ? existing !== undefined : body.metadata.resourceVersion && stale;
        if (taken) return reply(409, { kind: "Status", message: "not so" });
      }
      if (body === null && name === undefined) {
        const selector = new URL(request.url ?? "", "http://any").searchParams.get("labelSelector") ?? "";
        const wanted = selector.split(",").filter(Boolean);
        const items = [...objects].filter(([each, { metadata }]) => {
          const labels = Object.entries(metadata.labels ?? {}).map((pair) => pair.join("="));
          return each.startsWith(`${kind}/`) && wanted.every((one) => labels.includes(one));
        });
        return reply(200, { items: items.map(([, object]) => object) });
      }
      if (body !== null) {
        const stored = { ...body, metadata: { ...body.metadata, resourceVersion: String(++version) } };
        objects.set(key, stored);
        return reply(request.method === "POST" ? 201 : 200, stored);
      }
      const found = objects.get(`${kind}/${name}`);
      return reply(found ? 200 : 404, found ?? { kind: "Status", message: "not there" });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const directory = mkdtempSync(join(tmpdir(), "cluster-api-"));
  const kubeconfig = join(directory, "kubeconfig");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const entries = {
    clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", ...entries }));
  return Object.assign(told, {
    kubeconfig,
    objects,
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true });
    },
  });
}
