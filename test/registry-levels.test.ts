import assert from "node:assert/strict";
import { readLevels } from "../runtime/registry/levels.ts";
import { RegistryModel } from "./support/registry-model.ts";
import { shop } from "./support/registries.ts";

const levels = (model: RegistryModel) =>
  readLevels({ side: "source", urls: [model.url("source")] }, { send: model.send, deadlineMilliseconds: 0 });
const schema = JSON.stringify({ type: "record", name: "A", fields: [] });

describe("compatibility levels of a registry", () => {
  const cases: readonly [when: string, set: Record<string, string>, unchecked: string[]][] = [
    ["nothing is set, which is BACKWARD", {}, []],
    ["the global level is NONE", { "": "NONE" }, ["a", "b"]],
    ["a subject has a level of its own", { "": "NONE", a: "FULL" }, ["b"]],
    ["a subject is let go", { b: "NONE" }, ["b"]],
    ["a context is let go, whose subjects they are not", { ":.other:": "NONE" }, []],
  ];
  for (const [when, set, unchecked] of cases)
    it(`are NONE for ${unchecked.join(", ") || "no subject"} where ${when}`, async () => {
      const model = new RegistryModel();
      for (const subject of ["a", "b"]) model.produce(subject, schema);
      for (const [place, compatibility] of Object.entries(set)) model.put("config", place, { compatibility });
      assert.deepEqual(await levels(model), { subjects: 2, unchecked });
    });

  it("count for the subjects of their context, and not for those that are deleted", async () => {
    const model = shop();
    model.produce("gone", schema);
    model.remove("gone", 1);
    model.put("config", "orders-value", { compatibility: "FULL" });
    const { unchecked } = await levels(model);
    assert.deepEqual(unchecked, [":.old:money", ":.old:price", "money", "orders/v1:a b", "price"]);
  });

  it("are not guessed where the registry does not answer", async () => {
    const model = new RegistryModel();
    const answer = { status: 500, body: JSON.stringify({ error_code: 500, message: "broken" }) };
    model.failures.push(answer, answer, answer);
    await assert.rejects(levels(model), /broken/);
  });
});
