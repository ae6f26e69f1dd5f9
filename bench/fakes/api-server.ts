/**
 * A Kubernetes API server with Deployments whose pods follow their replicas after a while. Every so many requests it
 * answers with a 429 or a 500 instead, the latter after it has done what it was asked. Emulated.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Deployment {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    generation: number;
    annotations: Record<string, string>;
  };
  spec: { replicas: number; readonly selector: { readonly matchLabels: Record<string, string> } };
  /** When its replicas were changed, by `performance.now()`. */
  changedAt: number;
  former: number;
}

export interface FakeApiServerOptions {
  /** Deployments of two replicas, `app-0` and so on. */
  readonly deployments: number;
  /** Namespaces that they are spread over, `apps-0` and so on. @default 1 */
  readonly namespaces?: number;
  /** Milliseconds until pods are gone, or ready. @default 200 */
  readonly settles?: number;
  /** Every so many requests one is refused. @default none */
  readonly refusesEvery?: number;
  /** Whether it may be watched; who may not gets a 403. @default true */
  readonly watches?: boolean;
}

export interface FakeApiServer {
  /** Path of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  readonly deployments: ReadonlyMap<string, Deployment>;
  /** Requests so far, refused ones among them. */
  requests(): number;
  refused(): number;
  /** Lists so far, those of one object to begin a watch with left out. */
  lists(): number;
  /** Ends all watches, as a server does that restarts. */
  endWatches(): void;
  /** The most requests within any one second. */
  busiestSecond(): number;
  close(): void;
}

export async function fakeApiServer(options: FakeApiServerOptions): Promise<FakeApiServer> {
  const { deployments: count, namespaces = 1, settles = 200, refusesEvery, watches = true } = options;
  const deployments = new Map<string, Deployment>();
  for (let number = 0; number < count; number += 1) {
    const [name, namespace] = [`app-${number}`, `apps-${number % namespaces}`];
    deployments.set(`${namespace}/${name}`, {
      metadata: { name, namespace, generation: 1, annotations: {} },
      spec: { replicas: 2, selector: { matchLabels: { app: name } } },
      ...{ changedAt: Number.NEGATIVE_INFINITY, former: 2 },
    });
  }
  const times: number[] = [];
  let refused = 0;
  let lists = 0;
  const watching = new Map<ServerResponse, string>();
  const tell = (namespace: string): void => {
    for (const [response, of] of watching)
      if (of === namespace) response.write(`${JSON.stringify({ type: "MODIFIED", object: {} })}\n`);
  };
  const running = ({ spec, changedAt, former }: Deployment): number =>
    performance.now() - changedAt >= settles ? spec.replicas : former;
  const object = (one: Deployment) => {
    const { metadata, spec } = one;
    const replicas = running(one);
    const numbers = { replicas, updatedReplicas: replicas, availableReplicas: replicas };
    return { metadata, spec, status: { observedGeneration: metadata.generation, ...numbers } };
  };
  const podsOf = (one: Deployment) =>
    Array.from({ length: running(one) }, (_, number) => ({
      metadata: { name: `${one.metadata.name}-${number}`, labels: { app: one.metadata.name } },
      status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
    }));
  const patch = (one: Deployment, body: Partial<Deployment>): void => {
    const replicas = body.spec?.replicas;
    for (const [key, value] of Object.entries(body.metadata?.annotations ?? {})) {
      if (value === null) delete one.metadata.annotations[key];
      else one.metadata.annotations[key] = value;
    }
    if (replicas === undefined || replicas === one.spec.replicas) return;
    one.former = running(one);
    one.spec = { ...one.spec, replicas };
    one.changedAt = performance.now();
    one.metadata.generation += 1;
    setTimeout(() => tell(one.metadata.namespace), settles + 1).unref();
  };
  const answer = (method: string, url: URL, body: unknown): [number, unknown] => {
    const [, namespace = "", plural = "", name, sub] =
      /\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const here = [...deployments.values()].filter(({ metadata }) => metadata.namespace === namespace);
    if (name === undefined && url.searchParams.get("limit") !== "1") lists += 1;
    if (plural === "pods") {
      const wanted = /^app=(.*)$/.exec(url.searchParams.get("labelSelector") ?? "")?.[1];
      const of = wanted === undefined ? here : here.filter(({ metadata }) => metadata.name === wanted);
      return [200, page(of.flatMap(podsOf), url)];
    }
    if (plural !== "deployments") return [404, { kind: "Status", message: "not there" }];
    if (name === undefined) return [200, page(here.map(object), url)];
    const one = deployments.get(`${namespace}/${name}`);
    if (one === undefined) return [404, { kind: "Status", message: `deployments.apps "${name}" not found` }];
    if (method === "PATCH") patch(one, body as Partial<Deployment>);
    return [200, sub === "scale" ? { metadata: one.metadata, spec: { replicas: one.spec.replicas } } : object(one)];
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      times.push(performance.now());
      const body: unknown = chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
      const refuses = refusesEvery !== undefined && times.length % refusesEvery === 0;
      const busy = refuses && (times.length / refusesEvery) % 2 === 1;
      if (refuses) refused += 1;
      const url = new URL(request.url ?? "", "http://localhost");
      if (!refuses && url.searchParams.has("watch") && watches) {
        const [, namespace = ""] = /\/namespaces\/([^/]+)\//.exec(url.pathname) ?? [];
        watching.set(response, namespace);
        response.on("close", () => watching.delete(response));
        response.writeHead(200, { "content-type": "application/json" });
        response.flushHeaders();
        return;
      }
      const forbidden = url.searchParams.has("watch") && !watches;
      const [status, content] = busy
        ? [429, { kind: "Status", message: "too many requests" }]
        : forbidden
          ? [403, { kind: "Status", message: "forbidden" }]
          : answer(request.method ?? "", url, body);
      const [told, text] =
        refuses && !busy ? [500, { kind: "Status", message: "etcdserver: timeout" }] : [status, content];
      response.writeHead(told, { "content-type": "application/json", ...(busy && { "retry-after": "1" }) });
      response.end(JSON.stringify(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const directory = mkdtempSync(join(tmpdir(), "fake-api-server-"));
  const kubeconfig = join(directory, "kubeconfig");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const entries = {
    clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", ...entries }));
  return {
    ...{ kubeconfig, deployments },
    requests: () => times.length,
    refused: () => refused,
    lists: () => lists,
    endWatches: () => {
      for (const response of watching.keys()) response.end();
    },
    busiestSecond: () => {
      let [most, from] = [0, 0];
      for (const [to, time] of times.entries()) {
        while (time - times[from]! >= 1000) from += 1;
        most = Math.max(most, to - from + 1);
      }
      return most;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function page(items: readonly unknown[], url: URL) {
  const from = Number(url.searchParams.get("continue") ?? 0);
  const to = from + Number(url.searchParams.get("limit") ?? items.length);
  const more = to < items.length ? { continue: String(to) } : {};
  return { items: items.slice(from, to), metadata: { resourceVersion: "1", ...more } };
}
