import assert from "node:assert/strict";
import { withRegistry } from "./support/registry-calls.ts";

const schema = '"string"';

describe("dialects of the lab's schema registry", () => {
  it("karapace: no way to set a mode, and a chosen id is dropped without a word", () =>
    withRegistry({ dialect: "karapace" }, async ({ call }) => {
      assert.deepEqual((await call("GET", "/mode")).body, { mode: "READWRITE" });
      assert.deepEqual((await call("GET", "/mode/a")).body, { mode: "READWRITE" });
      assert.equal((await call("PUT", "/mode", { mode: "IMPORT" })).status, 405);
      assert.equal((await call("PUT", "/mode/a", { mode: "IMPORT" })).status, 405);
      const answer = await call("POST", "/subjects/a/versions", { schema, id: 4711, version: 8 });
      assert.deepEqual([answer.status, answer.body], [200, { id: 1 }]);
      assert.deepEqual((await call("GET", "/subjects/a/versions")).body, [1]);
      assert.equal((await call("GET", "/contexts")).status, 404);
    }));

  it("apicurio-2: questions about modes are refused, a chosen id is dropped without a word", () =>
    withRegistry({ dialect: "apicurio-2" }, async ({ call, server }) => {
      assert.ok(server.url.endsWith("/apis/ccompat/v7"));
      for (const [method, path] of [
        ["GET", "/mode"],
        ["PUT", "/mode"],
        ["PUT", "/mode/a"],
      ] as const) {
        const answer = await call(method, path, method === "PUT" ? { mode: "IMPORT" } : undefined);
        assert.ok(answer.status >= 400, `${method} ${path}`);
        assert.match(answer.body.message as string, /not supported/);
      }
      assert.deepEqual((await call("POST", "/subjects/a/versions", { schema, id: 4711 })).body, { id: 1 });
    }));

  it("apicurio-3: a mode is kept and answered, and nothing follows from it", () =>
    withRegistry({ dialect: "apicurio-3" }, async ({ call, server }) => {
      assert.ok(server.url.endsWith("/apis/ccompat/v7"));
      await call("POST", "/subjects/a/versions", { schema });
      assert.deepEqual((await call("PUT", "/mode", { mode: "IMPORT" })).body, { mode: "IMPORT" });
      assert.deepEqual((await call("GET", "/mode")).body, { mode: "IMPORT" });
      const answer = await call("POST", "/subjects/b/versions", { schema: '"long"', id: 4711, version: 8 });
      assert.deepEqual([answer.status, answer.body], [200, { id: 2 }]);
      await call("PUT", "/mode/b", { mode: "READONLY" });
      assert.deepEqual((await call("GET", "/mode/b")).body, { mode: "READONLY" });
      assert.equal((await call("DELETE", "/subjects/b")).status, 200);
      assert.deepEqual((await call("GET", "/contexts")).body, ["."]);
      assert.deepEqual((await call("GET", "/exporters")).body, []);
    }));

  it("apicurio-3: nothing is purged when a mode is set", () =>
    withRegistry({ dialect: "apicurio-3" }, async ({ call }) => {
      await call("POST", "/subjects/a/versions", { schema });
      await call("DELETE", "/subjects/a");
      await call("PUT", "/mode", { mode: "IMPORT" });
      assert.deepEqual((await call("GET", "/subjects?deleted=true")).body, ["a"]);
    }));
});
