import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./support/stack.ts";
import { seedRegistry } from "../lab/vendor/seed-registry.ts";
import { withRegistry } from "./support/registry-calls.ts";

describe("the storage of the lab's schema registry", () => {
  it("gives everything back after a restart", () =>
    withRegistry({}, async ({ call, restart }) => {
      await call("POST", "/subjects/a/versions", { schema: '"string"' });
      await call("POST", "/subjects/b/versions", { schema: '"long"' });
      await call("DELETE", "/subjects/b");
      await call("PUT", "/config/a", { compatibility: "NONE" });
      await call("PUT", "/mode/a", { mode: "READONLY" });
      const everything = async () =>
        Promise.all(
          ["/schemas?deleted=true", "/subjects", "/config/a", "/mode/a"].map(
            async (path) => (await call("GET", path)).body,
          ),
        );
      const before = await everything();
      await restart();
      assert.deepEqual(await everything(), before);
    }));

  it("holds what the lab gives the source's registry once: a soft-deleted version and a config", () =>
    withRegistry({}, async ({ call, server }) => {
      for (let i = 0; i < 2; i++) await seedRegistry(server.url, { username: "admin", password: "secret" });
      const path = encodeURIComponent("legacy/returns-value");
      assert.deepEqual((await call("GET", `/subjects/${path}/versions`)).body, [2]);
      assert.deepEqual((await call("GET", `/subjects/${path}/versions?deleted=true`)).body, [1, 2]);
      assert.deepEqual((await call("GET", `/config/${path}`)).body, { compatibilityLevel: "FULL" });
    }));

  it("drops a last line that was cut off, and goes on after it", () =>
    withRegistry({}, async ({ call, restart, directory }) => {
      await call("POST", "/subjects/a/versions", { schema: '"string"' });
      appendFileSync(join(directory, "registry.jsonl"), '[{"kind":"mode","scope":"a"');
      await restart();
      await call("POST", "/subjects/b/versions", { schema: '"long"' });
      await restart();
      assert.deepEqual((await call("GET", "/subjects")).body, ["a", "b"]);
      assert.equal(readFileSync(join(directory, "registry.jsonl"), "utf8").trim().split("\n").length, 2);
    }));

  it("has everything that was answered before a kill", async () => {
    const directory = mkdtempSync(join(tmpdir(), "registry-"));
    const environment = {
      REGISTRY_HOST: "127.0.0.1",
      REGISTRY_DIRECTORY: directory,
      REGISTRY_LOGINS: "other:one,copier:secret",
    };
    let server: ChildProcess | undefined;
    const start = async (): Promise<string> => {
      server = spawn(process.execPath, [join(root, "lab/registry/main.ts")], {
        env: { ...environment, REGISTRY_PORT: "0" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(server.stdout!, "data")) as [Buffer];
      return /http:\S+/.exec(line.toString())![0];
    };
    const headers = {
      authorization: `Basic ${Buffer.from("copier:secret").toString("base64")}`,
      "content-type": "application/json",
    };
    try {
      let url = await start();
      let answered = 0;
      const copying = (async () => {
        for (;;) {
          const body = JSON.stringify({ schema: JSON.stringify({ type: "fixed", name: "F", size: answered + 1 }) });
          const answer = await fetch(`${url}/subjects/s${answered}/versions`, { method: "POST", headers, body });
          assert.deepEqual(await answer.json(), { id: answered + 1 });
          answered += 1;
          if (answered === 20) server!.kill("SIGKILL");
        }
      })();
      await assert.rejects(copying, TypeError);
      url = await start();
      const kept = (await (await fetch(`${url}/subjects`, { headers })).json()) as string[];
      assert.ok(answered >= 20 && kept.length >= answered, `${answered} answered, ${kept.length} kept`);
    } finally {
      server?.kill("SIGKILL");
      rmSync(directory, { recursive: true });
    }
  });
});
