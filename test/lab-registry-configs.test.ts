import assert from "node:assert/strict";
import { record, withRegistry } from "./support/registry-calls.ts";

describe("configs of the lab's schema registry", () => {
  it("are asked for as compatibilityLevel and set as compatibility", () =>
    withRegistry({}, async ({ call }) => {
      assert.deepEqual((await call("GET", "/config")).body, { compatibilityLevel: "BACKWARD" });
      assert.equal((await call("PUT", "/config", { compatibilityLevel: "NONE" })).status, 200);
      assert.deepEqual((await call("GET", "/config")).body, { compatibilityLevel: "BACKWARD" });
      assert.deepEqual((await call("PUT", "/config", { compatibility: "full" })).body, { compatibility: "FULL" });
      assert.deepEqual((await call("GET", "/config")).body, { compatibilityLevel: "FULL" });
    }));

  it("are a subject's own only where they were set, and keep their other fields", () =>
    withRegistry({}, async ({ call }) => {
      assert.equal((await call("GET", "/config/a")).code, 40408);
      assert.deepEqual((await call("GET", "/config/a?defaultToGlobal=true")).body, { compatibilityLevel: "BACKWARD" });
      await call("PUT", "/config/a", { normalize: true, alias: "b" });
      await call("PUT", "/config/a", { compatibility: "NONE" });
      const own = { normalize: true, alias: "b", compatibilityLevel: "NONE" };
      assert.deepEqual((await call("GET", "/config/a")).body, own);
      assert.deepEqual((await call("DELETE", "/config/a")).body, own);
      assert.equal((await call("DELETE", "/config/a")).code, 40408);
    }));

  it("of a context hold for its subjects, not for others", () =>
    withRegistry({}, async ({ call }) => {
      await call("PUT", "/config/:.old:", { compatibility: "NONE" });
      const level = async (subject: string) =>
        (await call("GET", `/config/${subject}?defaultToGlobal=true`)).body.compatibilityLevel as string;
      assert.equal(await level(":.old:a"), "NONE");
      assert.equal(await level("a"), "BACKWARD");
    }));

  const before = record("Order", "id", "note");
  const withDefault = JSON.stringify({
    ...(JSON.parse(before) as object),
    fields: [
      { name: "id", type: "string" },
      { name: "note", type: "string" },
      { name: "extra", type: "string", default: "" },
    ],
  });
  const changes: [what: string, schema: string, allowed: readonly string[]][] = [
    ["a field with a default more", withDefault, ["NONE", "BACKWARD", "FORWARD", "FULL"]],
    ["a field without a default more", record("Order", "id", "note", "extra"), ["NONE", "FORWARD"]],
    ["a field less", record("Order", "id"), ["NONE", "BACKWARD"]],
    ["another type of a field", record("Order", "id", ["note", "long"]), ["NONE"]],
  ];
  for (const [what, schema, allowed] of changes) {
    it(`let ${what} follow under ${allowed.join(", ")} only`, () =>
      withRegistry({}, async ({ call }) => {
        await call("POST", "/subjects/a/versions", { schema: before });
        for (const level of ["NONE", "BACKWARD", "FORWARD", "FULL"]) {
          await call("PUT", "/config", { compatibility: level });
          const answer = await call("POST", "/compatibility/subjects/a/versions/latest", { schema });
          assert.equal(answer.body.is_compatible, allowed.includes(level), level);
        }
        await call("PUT", "/config", { compatibility: "FULL" });
        const registered = await call("POST", "/subjects/a/versions", { schema });
        assert.equal(registered.code, allowed.includes("FULL") ? 0 : 409);
      }));
  }

  it("look at every version where the level is transitive", () =>
    withRegistry({}, async ({ call }) => {
      await call("PUT", "/config", { compatibility: "NONE" });
      for (const schema of ['"string"', '"long"']) await call("POST", "/subjects/a/versions", { schema });
      const ask = async () =>
        (await call("POST", "/compatibility/subjects/a/versions?verbose=true", { schema: '"double"' })).body as {
          is_compatible: boolean;
          messages: string[];
        };
      await call("PUT", "/config", { compatibility: "BACKWARD" });
      assert.deepEqual(await ask(), { is_compatible: true, messages: [] });
      await call("PUT", "/config", { compatibility: "BACKWARD_TRANSITIVE" });
      assert.equal((await ask()).messages.length, 1);
    }));
});
