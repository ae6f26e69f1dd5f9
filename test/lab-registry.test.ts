import assert from "node:assert/strict";
import { record, withRegistry } from "./support/registry-calls.ts";

const versions = (subject: string) => `/subjects/${encodeURIComponent(subject)}/versions`;

describe("the lab's schema registry", () => {
  it("gives equal schemas one id and different ones ids that grow, in each context by itself", () =>
    withRegistry({}, async ({ call }) => {
      const first = await call("POST", versions("a"), { schema: record("A", "x") });
      assert.deepEqual(first, { status: 200, code: 0, body: { id: 1 } });
      assert.equal((await call("POST", versions("a"), { schema: record("A", "x") })).body.id, 1);
      assert.equal((await call("POST", versions("b"), { schema: record("A", "x") })).body.id, 1);
      assert.equal((await call("POST", versions("b2"), { schema: record("B", "x") })).body.id, 2);
      assert.equal((await call("POST", versions(":.old:b"), { schema: record("C", "x") })).body.id, 1);
      assert.deepEqual((await call("GET", "/subjects")).body, ["a", "b", "b2"]);
      assert.deepEqual((await call("GET", "/subjects?subjectPrefix=:*:")).body, [":.old:b", "a", "b", "b2"]);
      assert.deepEqual((await call("GET", "/subjects?subjectPrefix=:.old:")).body, [":.old:b"]);
      assert.deepEqual((await call("GET", "/subjects?subjectPrefix=b")).body, ["b", "b2"]);
      assert.deepEqual((await call("GET", "/subjects?offset=1&limit=1")).body, ["b"]);
      assert.deepEqual((await call("GET", "/contexts")).body, [".", ".old"]);
      assert.deepEqual((await call("GET", "/contexts/.old/subjects")).body, [":.old:b"]);
      assert.equal((await call("GET", "/schemas/ids/1?subject=:.old:")).body.schema, record("C", "x"));
      assert.equal((await call("GET", "/contexts/.old/schemas/ids/1")).body.schema, record("C", "x"));
    }));

  it("answers a version, all versions, and what an id stands for", () =>
    withRegistry({}, async ({ call }) => {
      await call("POST", versions("a"), { schema: '{ "type" : "string" }' });
      await call("PUT", "/config/a", { compatibility: "NONE" });
      await call("POST", versions("a"), { schema: '{"type":"object"}', schemaType: "JSON" });
      await call("POST", versions("b"), { schema: '{"type":"string"}' });
      const one = { subject: "a", version: 1, id: 1, schema: '{"type":"string"}' };
      const two = { subject: "a", version: 2, id: 2, schemaType: "JSON", schema: '{"type":"object"}' };
      assert.deepEqual((await call("GET", `${versions("a")}/1`)).body, one);
      assert.deepEqual((await call("GET", `${versions("a")}/latest`)).body, two);
      assert.deepEqual((await call("GET", versions("a"))).body, [1, 2]);
      assert.deepEqual((await call("GET", `${versions("a")}/1/schema`)).body, { type: "string" });
      assert.deepEqual((await call("GET", "/schemas?subjectPrefix=a")).body, [one, two]);
      assert.deepEqual((await call("GET", "/schemas?subjectPrefix=a&latestOnly=true")).body, [two]);
      assert.deepEqual((await call("GET", "/schemas/ids/1?fetchMaxId=true")).body, {
        schema: '{"type":"string"}',
        maxId: 2,
      });
      assert.deepEqual((await call("GET", "/schemas/ids/1/subjects")).body, ["a", "b"]);
      assert.deepEqual((await call("GET", "/schemas/ids/1/versions")).body, [
        { subject: "a", version: 1 },
        { subject: "b", version: 1 },
      ]);
      assert.deepEqual((await call("GET", "/schemas/types")).body, ["JSON", "PROTOBUF", "AVRO"]);
    }));

  it("finds a schema of a subject by its content", () =>
    withRegistry({}, async ({ call }) => {
      await call("POST", versions("a"), { schema: '"string"' });
      const found = await call("POST", "/subjects/a", { schema: '"string"' });
      assert.deepEqual(found.body, { subject: "a", version: 1, id: 1, schema: '"string"' });
      assert.equal((await call("POST", "/subjects/a", { schema: '"long"' })).code, 40403);
      assert.equal((await call("POST", "/subjects/b", { schema: '"string"' })).code, 40401);
    }));

  for (const subject of ["shop/orders-value", "a:b", "two words", ":.old:x/y z", "per%cent"]) {
    it(`keeps the subject "${subject}"`, () =>
      withRegistry({}, async ({ call }) => {
        await call("POST", versions(subject), { schema: '"string"' });
        assert.equal((await call("GET", `${versions(subject)}/1`)).body.subject, subject);
        assert.deepEqual((await call("GET", "/subjects?subjectPrefix=:*:")).body, [subject]);
        const mode = `/mode/${encodeURIComponent(subject)}`;
        assert.equal((await call("PUT", mode, { mode: "READONLY" })).status, 200);
        assert.equal((await call("GET", mode)).body.mode, "READONLY");
        assert.equal((await call("POST", versions(subject), { schema: '"long"' })).code, 42205);
      }));
  }

  it("takes references only to versions that exist, and reads types through them", () =>
    withRegistry({}, async ({ call }) => {
      const references = [{ name: "Money", subject: "money", version: 1 }];
      const order = { schema: record("Order", ["total", "Money"]), references };
      assert.equal((await call("POST", versions("order"), order)).code, 42201);
      await call("POST", versions("money"), { schema: record("Money", "currency") });
      assert.equal((await call("POST", versions("order"), { ...order, references: [] })).code, 42201);
      assert.equal((await call("POST", versions("order"), order)).body.id, 2);
      assert.deepEqual((await call("GET", `${versions("order")}/1`)).body.references, references);
      assert.deepEqual((await call("GET", `${versions("money")}/1/referencedby`)).body, [2]);
      const twice = record("Basket", ["first", "Order"], ["total", "Money"]);
      const both = [{ name: "Order", subject: "order", version: 1 }, ...references];
      assert.equal((await call("POST", versions("basket"), { schema: twice, references: both })).body.id, 3);
    }));

  it("deletes softly, then for good, and nothing that something live refers to", () =>
    withRegistry({}, async ({ call }) => {
      await call("POST", versions("money"), { schema: record("Money", "currency") });
      const references = [{ name: "Money", subject: "money", version: 1 }];
      await call("POST", versions("order"), { schema: record("Order", ["total", "Money"]), references });

      assert.equal((await call("DELETE", "/subjects/money")).code, 42206);
      assert.equal((await call("DELETE", `${versions("money")}/1`)).code, 42206);
      assert.equal((await call("DELETE", "/subjects/order?permanent=true")).code, 40405);
      assert.equal((await call("DELETE", `${versions("order")}/1?permanent=true`)).code, 40407);
      assert.deepEqual((await call("DELETE", "/subjects/order")).body, [1]);
      assert.equal((await call("DELETE", "/subjects/order")).code, 40404);
      assert.equal((await call("DELETE", `${versions("order")}/1`)).code, 40406);
      assert.equal((await call("GET", `${versions("order")}/1`)).code, 40401);
      assert.equal((await call("GET", `${versions("order")}/1?deleted=true`)).body.id, 2);
      assert.equal((await call("GET", "/schemas/ids/2")).status, 200);
      assert.deepEqual((await call("GET", "/subjects")).body, ["money"]);
      assert.deepEqual((await call("GET", "/subjects?deleted=true")).body, ["money", "order"]);
      assert.deepEqual((await call("GET", "/subjects?deletedOnly=true")).body, ["order"]);
      assert.equal((await call("GET", "/schemas?deleted=true")).body.length, 2);

      assert.equal((await call("DELETE", "/subjects/money")).status, 200);
      assert.deepEqual((await call("DELETE", "/subjects/order?permanent=true")).body, [1]);
      assert.equal((await call("DELETE", "/subjects/order?permanent=true")).code, 40401);
      assert.equal((await call("GET", "/schemas/ids/2")).code, 40403);
      assert.equal((await call("POST", versions("new"), { schema: '"string"' })).body.id, 3);
    }));

  it("counts versions on over soft-deleted ones, and drops an older one whose schema comes back", () =>
    withRegistry({}, async ({ call }) => {
      await call("PUT", "/config", { compatibility: "NONE" });
      for (const schema of ['"string"', '"long"']) await call("POST", versions("a"), { schema });
      await call("DELETE", `${versions("a")}/1`);
      assert.deepEqual((await call("GET", versions("a"))).body, [2]);
      assert.deepEqual((await call("GET", `${versions("a")}?deleted=true`)).body, [1, 2]);
      assert.equal((await call("POST", versions("a"), { schema: '"string"' })).body.id, 1);
      assert.deepEqual((await call("GET", `${versions("a")}?deleted=true`)).body, [2, 3]);
    }));

  it("forgets a subject's mode and config with its last version", () =>
    withRegistry({}, async ({ call }) => {
      await call("POST", versions("a"), { schema: '"string"' });
      await call("PUT", "/config/a", { compatibility: "FULL" });
      await call("PUT", "/mode/a", { mode: "READWRITE" });
      await call("DELETE", "/subjects/a");
      assert.equal((await call("GET", "/config/a")).status, 200);
      await call("DELETE", "/subjects/a?permanent=true");
      assert.equal((await call("GET", "/config/a")).code, 40408);
      assert.equal((await call("GET", "/mode/a")).code, 40409);
    }));

  const refusals: [what: string, method: string, path: string, body: unknown, status: number, code: number][] = [
    ["an unknown subject", "GET", "/subjects/x/versions", undefined, 404, 40401],
    ["an unknown version", "GET", "/subjects/a/versions/7", undefined, 404, 40402],
    ["an unknown id", "GET", "/schemas/ids/7", undefined, 404, 40403],
    ["what is no version", "GET", "/subjects/a/versions/0", undefined, 422, 42202],
    ["what is no schema", "POST", "/subjects/a/versions", { schema: "{" }, 422, 42201],
    ["an unknown type", "POST", "/subjects/a/versions", { schema: '"Nothing"' }, 422, 42201],
    ["an incompatible schema", "POST", "/subjects/a/versions", { schema: '"long"' }, 409, 409],
    ["an unknown level", "PUT", "/config", { compatibility: "SOME" }, 422, 42203],
    ["a mode that does not exist", "PUT", "/mode", { mode: "IMPORT_ONLY" }, 422, 42204],
    ["an unknown path", "GET", "/exporters", undefined, 404, 404],
    ["a method a path has not", "PATCH", "/subjects", undefined, 405, 405],
    ["a body that is no JSON", "POST", "/subjects/a/versions", "{", 400, 400],
  ];
  for (const [what, method, path, body, status, code] of refusals) {
    it(`refuses ${what} with ${code}`, () =>
      withRegistry({}, async ({ call }) => {
        await call("POST", versions("a"), { schema: '"string"' });
        const answer = await call(method, path, body);
        assert.deepEqual([answer.status, answer.code], [status, code]);
        assert.equal(typeof answer.body.message, "string");
      }));
  }

  it("asks for a password where it knows users", () =>
    withRegistry({ users: { copier: "secret" } }, async ({ call, server }) => {
      const asked = await call("GET", "/subjects");
      assert.deepEqual([asked.status, asked.code], [401, 401]);
      const login = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
      assert.equal((await call("GET", "/subjects", undefined, login("copier:wrong"))).status, 401);
      assert.equal((await call("GET", "/subjects", undefined, login("copier:secret"))).status, 200);
      assert.deepEqual(server.requests, ["GET /subjects", "GET /subjects", "GET /subjects"]);
    }));

  it("speaks its media type and takes plain JSON, and nothing that is no JSON", () =>
    withRegistry({}, async ({ call, server }) => {
      const response = await fetch(`${server.url}/subjects`);
      assert.equal(response.headers.get("content-type"), "application/vnd.schemaregistry.v1+json");
      const post = (type: string) => call("POST", versions("a"), { schema: '"string"' }, { "content-type": type });
      assert.equal((await post("application/json; charset=utf-8")).status, 200);
      assert.equal((await post("text/plain")).status, 415);
    }));
});
