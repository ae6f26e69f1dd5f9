import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reason } from "../runtime/kubernetes/http.ts";
import { apiCode, apiMessage, clients, jsonPatch, mergePatch } from "../runtime/kubernetes/kubernetes.ts";
import { labelledIn, objectIn, selectorTest } from "../runtime/kubernetes/listed.ts";

interface Reply {
  readonly status: number;
  readonly retryAfter?: string;
  readonly body?: unknown;
  /** Closes the connection instead. */
  readonly hangsUp?: true;
}

describe("requests to an API server", () => {
  let server: Server;
  let directory: string;
  let asked: string[];
  let reply: (path: string, number: number) => Reply;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      request.resume().on("end", () => {
        const { pathname, search } = new URL(request.url ?? "", "http://localhost");
        asked.push(`${request.method} ${pathname}${search}`);
        const { status, retryAfter, body = {}, hangsUp } = reply(pathname, asked.length);
        if (hangsUp) return void response.destroy();
        const headers = {
          "content-type": "application/json",
          ...(retryAfter !== undefined && { "retry-after": retryAfter }),
        };
        response.writeHead(status, headers).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    directory = mkdtempSync(join(tmpdir(), "requests-"));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const entries = {
      clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user: {} }],
    };
    const config = { apiVersion: "v1", kind: "Config", "current-context": "c", ...entries };
    writeFileSync(join(directory, "kubeconfig"), JSON.stringify(config));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });

  const api = (requestSeconds = 5) =>
    clients({ kubeconfig: join(directory, "kubeconfig"), namespace: "demo", requestSeconds });
  const at = { name: "settings", namespace: "demo" };

  it("that follow each other go over the same connections", async () => {
    reply = () => ({ status: 200 });
    let connections = 0;
    server.on("connection", () => connections++);
    const { core, apps } = await api();
    for (let number = 0; number < 3; number++) {
      await core.readNamespacedConfigMap(at);
      await apps.readNamespacedDeployment(at);
    }
    assert.equal(asked.length, 6);
    // A second one where the answer before has been read, but not yet to its end.
    assert.ok(connections <= 2, `${connections} connections`);
  });

  it("that are refused with a 429 are sent again after the time that it names", async () => {
    reply = (_path, number) => (number === 1 ? { status: 429, retryAfter: "1" } : { status: 200 });
    const startedAt = Date.now();
    await (await api()).core.readNamespacedConfigMap(at);
    assert.equal(asked.length, 2);
    assert.ok(Date.now() - startedAt >= 990, `${Date.now() - startedAt} ms`);
  });

  it("that fail with a 500, or whose connection breaks off, are sent again", async () => {
    reply = (_path, number) =>
      [{ status: 500 }, { status: 503 }, { status: 200, hangsUp: true as const }][number - 1] ?? { status: 200 };
    await (await api()).core.patchNamespacedConfigMap({ ...at, body: { data: { a: "b" } } }, mergePatch());
    assert.equal(asked.length, 4);
  });

  it("are given up once twice the time for one is over, with the last answer", async () => {
    reply = () => ({ status: 503 });
    const startedAt = Date.now();
    const refused = await (await api(1)).core.readNamespacedConfigMap(at).then(
      () => null,
      (error: unknown) => error,
    );
    assert.equal(apiCode(refused), 503);
    assert.ok(asked.length > 1 && Date.now() - startedAt < 4_000, `${asked.length} in ${Date.now() - startedAt} ms`);
  });

  it("are not sent again where that could do something twice, or where the answer stays", async () => {
    reply = () => ({ status: 500 });
    const patch = { ...at, body: [{ op: "add", path: "/list/-", value: "x" }] };
    await assert.rejects((await api()).core.patchNamespacedConfigMap(patch, jsonPatch()));
    assert.equal(asked.length, 1);
    reply = () => ({ status: 403 });
    await assert.rejects((await api()).core.readNamespacedConfigMap(at));
    assert.equal(asked.length, 2);
  });

  it("wait for a server that has answered before and starts again, whatever they are", async () => {
    reply = () => ({ status: 200 });
    const { core } = await api();
    await core.readNamespacedConfigMap(at);
    const { port } = server.address() as AddressInfo;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const patch = { ...at, body: [{ op: "add", path: "/list/-", value: "x" }] };
    const answer = core.patchNamespacedConfigMap(patch, jsonPatch());
    setTimeout(() => server.listen(port, "127.0.0.1"), 1_500);
    await answer;
    assert.equal(asked.length, 2, "what found nobody was not sent, so it is done once");
  });

  it("say at once that nobody is at an address which has never answered", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const startedAt = Date.now();
    const refused = await (await api()).core.readNamespacedConfigMap(at).catch((error: unknown) => error);
    assert.match(apiMessage(refused), /ECONNREFUSED/);
    assert.ok(Date.now() - startedAt < 1_000, `${Date.now() - startedAt} ms`);
  });

  it("that are refused by what repeats a password are told without it", async () => {
    const message = 'admission webhook "x" denied the request: env DB_PASS="hunter2" is not allowed';
    reply = () => ({ status: 403, body: { kind: "Status", message } });
    const refused = await (await api()).core.readNamespacedConfigMap(at).catch((error: unknown) => error);
    assert.equal(
      apiMessage(refused),
      'admission webhook "x" denied the request: env DB_PASS="(not shown)" is not allowed (HTTP status 403)',
    );
    assert.equal(reason(JSON.stringify({ message })), message.replace("hunter2", "(not shown)"));
  });

  describe("for objects of one namespace", () => {
    const kind = { group: "apps", version: "v1", plural: "deployments" };
    const path = "/apis/apps/v1/namespaces/demo/deployments";
    const object = (number: number) => ({ metadata: { name: `app-${number}`, labels: { app: `app-${number}` } } });
    const all = Array.from({ length: 10 }, (_, number) => object(number));
    const many = async (names: readonly string[]) => {
      const to = await api();
      return Promise.all(
        names.map((name) => objectIn(to, kind, { namespace: "demo", name }).catch((error: unknown) => apiCode(error))),
      );
    };
    const served = (listing: Reply) => (asked: string) => {
      if (asked === path) return listing;
      const found = all.find(({ metadata }) => asked === `${path}/${metadata.name}`);
      return found === undefined ? { status: 404 } : { status: 200, body: found };
    };

    it("are one list, however many ask at once; what it lacks is asked for by its name", async () => {
      reply = served({ status: 200, body: { items: all } });
      const found = await many([...all.map(({ metadata }) => metadata.name), "missing"]);
      assert.deepEqual(found, [...all, 404]);
      assert.deepEqual(asked, [`GET ${path}?limit=500`, `GET ${path}/missing`]);
    });

    it("are one each where few ask, or where they must not be listed", async () => {
      reply = served({ status: 403 });
      assert.deepEqual(await many(["app-1", "app-2"]), [object(1), object(2)]);
      assert.equal(asked.length, 2);
      assert.deepEqual(await many(all.map(({ metadata }) => metadata.name)), all);
      assert.equal(asked.length, 2 + 1 + 10);
    });

    it("are told apart by their labels, page by page", async () => {
      reply = () =>
        asked.at(-1)!.includes("continue=5")
          ? { status: 200, body: { items: all.slice(5) } }
          : { status: 200, body: { items: all.slice(0, 5), metadata: { continue: "5" } } };
      const to = await api();
      const found = await Promise.all(all.map((_, number) => labelledIn(to, kind, "demo", `app=app-${number}`)));
      assert.deepEqual(
        found,
        all.map((one) => [one]),
      );
      assert.equal(asked.length, 2);
    });
  });
});

describe("a label selector's text", () => {
  const labels = { app: "web", tier: "front", "a.b/c": "" };
  const cases: [text: string, matches: boolean | null][] = [
    ["", true],
    ["app=web", true],
    ["app==web,tier!=back", true],
    ["app=api", false],
    ["other!=web", true],
    ["app in (api,web), tier in (front)", true],
    ["app notin (api, web)", false],
    ["other notin (web)", true],
    ["a.b/c", true],
    ["a.b/c=", true],
    ["!other", true],
    ["!app", false],
    ["app > 3", null],
  ];
  for (const [text, matches] of cases) {
    it(`"${text}" ${matches === null ? "is left to the API server" : matches ? "matches" : "does not match"}`, () => {
      assert.equal(selectorTest(text)?.(labels) ?? null, matches);
    });
  }
});
