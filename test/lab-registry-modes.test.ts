import assert from "node:assert/strict";
import { record, withRegistry } from "./support/registry-calls.ts";

const schema = '"string"';
const versions = (subject: string) => `/subjects/${encodeURIComponent(subject)}/versions`;

describe("modes of the lab's schema registry", () => {
  const lookups: [who: string, set: readonly (readonly [string, string])[], subject: string, mode: string][] = [
    ["nobody's, so the default", [], "a", "READWRITE"],
    ["that of every context", [["/:.__GLOBAL:", "READONLY"]], "a", "READONLY"],
    ["that of every context", [["/:.__GLOBAL:", "READONLY"]], ":.old:a", "READONLY"],
    [
      "the global one before that of every context",
      [
        ["/:.__GLOBAL:", "READONLY"],
        ["", "IMPORT"],
      ],
      "a",
      "IMPORT",
    ],
    ["not the global one in another context", [["", "IMPORT"]], ":.old:a", "READWRITE"],
    [
      "its context's",
      [
        ["", "IMPORT"],
        ["/:.old:", "READONLY"],
      ],
      ":.old:a",
      "READONLY",
    ],
    [
      "its own before its context's",
      [
        ["/:.old:", "READONLY"],
        ["/:.old:a", "IMPORT"],
      ],
      ":.old:a",
      "IMPORT",
    ],
    [
      "its own after the global one was changed",
      [
        ["/a", "IMPORT"],
        ["", "READWRITE"],
      ],
      "a",
      "IMPORT",
    ],
    [
      "a global override before its own",
      [
        ["/a", "READWRITE"],
        ["", "READONLY_OVERRIDE"],
      ],
      "a",
      "READONLY_OVERRIDE",
    ],
  ];
  for (const [who, set, subject, mode] of lookups) {
    it(`follow ${who}: ${set.map(([scope, one]) => `${scope || "/"} ${one}`).join(", ")} makes ${subject} ${mode}`, () =>
      withRegistry({}, async ({ call }) => {
        for (const [scope, one] of set) assert.equal((await call("PUT", `/mode${scope}`, { mode: one })).status, 200);
        assert.deepEqual((await call("GET", `/mode/${subject}?defaultToGlobal=true`)).body, { mode });
      }));
  }

  it("are a subject's own only where they were set, until they are deleted", () =>
    withRegistry({}, async ({ call }) => {
      assert.deepEqual((await call("GET", "/mode")).body, { mode: "READWRITE" });
      assert.equal((await call("GET", "/mode/a")).code, 40409);
      assert.equal((await call("DELETE", "/mode/a")).code, 40409);
      assert.deepEqual((await call("PUT", "/mode/a", { mode: "import" })).body, { mode: "IMPORT" });
      assert.deepEqual((await call("DELETE", "/mode/a")).body, { mode: "IMPORT" });
      assert.equal((await call("GET", "/mode/a")).code, 40409);
    }));

  it("of every subject of a context go at once when they are deleted recursively", () =>
    withRegistry({}, async ({ call }) => {
      for (const scope of ["", "/a", "/b", "/:.old:a"]) await call("PUT", `/mode${scope}`, { mode: "IMPORT" });
      assert.equal((await call("DELETE", "/mode?recursive=true")).status, 200);
      assert.equal((await call("GET", "/mode/a")).code, 40409);
      assert.deepEqual((await call("GET", "/mode")).body, { mode: "READWRITE" });
      assert.deepEqual((await call("GET", "/mode/:.old:a")).body, { mode: "IMPORT" });
    }));

  it("cannot be changed where the server forbids it", () =>
    withRegistry({ modeMutability: false }, async ({ call }) => {
      const answer = await call("PUT", "/mode", { mode: "IMPORT" });
      assert.deepEqual([answer.status, answer.code], [422, 42205]);
      assert.equal(answer.body.message, "Mode changes are not allowed");
      assert.equal((await call("DELETE", "/mode")).code, 42205);
    }));

  const permissions: [mode: string, body: object, code: number][] = [
    ["READWRITE", { schema }, 0],
    ["READWRITE", { schema, id: -1 }, 0],
    ["READWRITE", { schema, id: 7 }, 42205],
    ["READONLY", { schema }, 42205],
    ["READONLY", { schema, id: 7 }, 42205],
    ["IMPORT", { schema }, 42205],
    ["IMPORT", { schema, id: 7 }, 0],
    ["FORWARD", { schema, id: 7 }, 0],
  ];
  for (const [mode, body, code] of permissions) {
    it(`${code === 0 ? "let" : "keep"} ${"id" in body ? `the id ${String(body.id)}` : "no id"} ${code === 0 ? "in" : "out"} under ${mode}`, () =>
      withRegistry({}, async ({ call }) => {
        await call("PUT", "/mode", { mode });
        assert.equal((await call("POST", versions("a"), body)).code, code);
      }));
  }

  it("answer a schema that the subject has already, whatever the mode", () =>
    withRegistry({}, async ({ call }) => {
      await call("POST", versions("a"), { schema });
      await call("PUT", "/mode", { mode: "READONLY" });
      assert.deepEqual((await call("POST", versions("a"), { schema })).body, { id: 1 });
      const refused = await call("POST", versions("b"), { schema });
      assert.equal(refused.body.message, "Subject b in context . is not in read-write mode");
      assert.equal((await call("DELETE", "/subjects/a")).code, 42205);
      assert.equal((await call("PUT", "/config/a", { compatibility: "NONE" })).code, 42205);
    }));

  it("enter IMPORT only over a scope without subjects", () =>
    withRegistry({}, async ({ call }) => {
      await call("POST", versions("a"), { schema });
      const refused = await call("PUT", "/mode", { mode: "IMPORT" });
      assert.deepEqual([refused.status, refused.code], [422, 42205]);
      assert.equal(refused.body.message, "Cannot import since found existing subjects");
      assert.equal((await call("PUT", "/mode/a", { mode: "IMPORT" })).code, 42205);
      assert.equal((await call("PUT", "/mode/b", { mode: "IMPORT" })).status, 200);
      assert.equal((await call("PUT", "/mode/:.old:", { mode: "IMPORT" })).status, 200);
      assert.equal((await call("PUT", "/mode/:.__GLOBAL:", { mode: "IMPORT" })).code, 42205);
      assert.equal((await call("PUT", "/mode?force=true", { mode: "IMPORT" })).status, 200);
      assert.deepEqual((await call("GET", "/subjects")).body, ["a"]);
      assert.equal((await call("PUT", "/mode", { mode: "IMPORT" })).status, 200);
      assert.equal((await call("PUT", "/mode/a", { mode: "IMPORT" })).status, 200);
    }));

  it("purge soft-deleted versions of the scope on entering IMPORT, and of that scope only", () =>
    withRegistry({}, async ({ call }) => {
      for (const subject of ["a", "b", ":.old:a"]) {
        await call("POST", versions(subject), { schema });
        await call("DELETE", `/subjects/${subject}`);
      }
      const all = async () => (await call("GET", "/subjects?deleted=true&subjectPrefix=:*:")).body as string[];
      await call("PUT", "/mode/a", { mode: "IMPORT" });
      assert.deepEqual(await all(), [":.old:a", "b"]);
      await call("PUT", "/mode?force=true", { mode: "IMPORT" });
      assert.deepEqual(await all(), [":.old:a", "b"]);
      await call("PUT", "/mode", { mode: "READWRITE" });
      await call("PUT", "/mode", { mode: "IMPORT" });
      assert.deepEqual(await all(), [":.old:a"]);
    }));

  it("refuse IMPORT while something refers to a soft-deleted version", () =>
    withRegistry({}, async ({ call }) => {
      await call("POST", versions("money"), { schema: record("Money", "currency") });
      await call("DELETE", "/subjects/money");
      const references = [{ name: "Money", subject: "money", version: 1 }];
      const order = { schema: record("Order", ["total", "Money"]), references };
      assert.equal((await call("POST", versions("order"), order)).status, 200);
      assert.equal((await call("PUT", "/mode/money", { mode: "IMPORT" })).code, 42206);
      assert.equal((await call("GET", `${versions("money")}/1?deleted=true`)).status, 200);
      await call("DELETE", "/subjects/order");
      assert.equal((await call("PUT", "/mode", { mode: "IMPORT" })).status, 200);
      assert.deepEqual((await call("GET", "/subjects?deleted=true")).body, []);
    }));
});

describe("importing into the lab's schema registry", () => {
  const importing = (test: Parameters<typeof withRegistry>[1]) =>
    withRegistry({}, async (registry) => {
      await registry.call("PUT", "/mode", { mode: "IMPORT" });
      await test(registry);
    });

  it("keeps ids and versions with their gaps, and takes the same thing twice", () =>
    importing(async ({ call }) => {
      for (let i = 0; i < 2; i++) {
        assert.deepEqual((await call("POST", versions("a"), { schema, id: 40, version: 3 })).body, { id: 40 });
      }
      assert.equal((await call("POST", versions("a"), { schema: '"long"', id: 12, version: 9 })).body.id, 12);
      assert.deepEqual((await call("GET", versions("a"))).body, [3, 9]);
      assert.equal((await call("GET", `${versions("a")}/3`)).body.id, 40);
    }));

  it("refuses an id that stands for another schema, and takes one that stands for the same", () =>
    importing(async ({ call }) => {
      await call("POST", versions("a"), { schema, id: 5, version: 1 });
      const refused = await call("POST", versions("b"), { schema: '"long"', id: 5, version: 1 });
      assert.deepEqual([refused.status, refused.code], [422, 42205]);
      assert.match(refused.body.message as string, /Overwrite new schema with id 5 is not permitted/);
      assert.equal((await call("POST", versions("b"), { schema, id: 5, version: 1 })).body.id, 5);
      assert.equal((await call("POST", versions(":.old:b"), { schema, id: 5, version: 1 })).code, 42205);
    }));

  it("asks for references first, and for nothing else about a schema", () =>
    importing(async ({ call }) => {
      const references = [{ name: "Money", subject: "money", version: 4 }];
      const order = { schema: record("Order", ["total", "Money"]), references, id: 2, version: 1 };
      assert.equal((await call("POST", versions("order"), order)).code, 42201);
      await call("POST", versions("money"), { schema: record("Money", "currency"), id: 1, version: 4 });
      await call("DELETE", "/subjects/money");
      assert.equal((await call("POST", versions("order"), order)).status, 200);
      assert.equal((await call("POST", versions("order"), { schema: '"Nothing"', id: 3, version: 2 })).status, 200);
    }));

  it("lets ids go on from the largest one seen, also one that is gone", () =>
    importing(async ({ call, restart }) => {
      await call("POST", versions("a"), { schema, id: 40, version: 1 });
      await call("POST", versions("probe"), { schema: '"long"', id: 900, version: 1 });
      await call("DELETE", "/subjects/probe");
      await call("DELETE", "/subjects/probe?permanent=true");
      await restart();
      await call("PUT", "/mode", { mode: "READWRITE" });
      assert.equal((await call("POST", versions("b"), { schema: '"int"' })).body.id, 901);
      assert.equal((await call("POST", versions(":.old:b"), { schema: '"int"' })).body.id, 1);
    }));
});
