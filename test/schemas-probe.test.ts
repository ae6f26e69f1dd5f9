import assert from "node:assert/strict";
import type { Send } from "../runtime/kubernetes/http.ts";
import { readRegistry } from "../runtime/registry/read.ts";
import { RegistryRest } from "../runtime/registry/rest.ts";
import { probeImport } from "../runtime/schemas/probe.ts";
import { RegistryModel } from "./support/registry-model.ts";

const client = (model: RegistryModel, send: Send = model.send) =>
  new RegistryRest({ side: "target", urls: [model.url("target")] }, { send, deadlineMilliseconds: 0 });

async function probed(model: RegistryModel, send?: Send): Promise<string | null> {
  const rest = client(model, send);
  return probeImport(rest, await readRegistry(client(model)));
}

/** Nothing of a probe is left: no version, not even a soft-deleted one, no mode, no context. */
function assertClean(model: RegistryModel): void {
  assert.deepEqual(model.listing(), []);
  assert.deepEqual(model.modes, {});
  assert.deepEqual(model.state.contexts(), ["."]);
}

describe("the probe of a registry", () => {
  it("finds that IMPORT is honoured and ids are kept, moves no counter and leaves nothing", async () => {
    const model = new RegistryModel();
    assert.equal(await probed(model), null);
    assertClean(model);
    assert.equal(model.state.largestId("."), 0);
    assert.equal(model.produce("first", '"string"'), 1);
  });

  const cannot = [
    ["karapace", /^it refuses the mode IMPORT \(.*405.*\)$/],
    ["apicurio-2", /^it refuses the mode IMPORT \(.*operation not supported\)$/],
    ["apicurio-3", /^it took a schema with id 1000 and gave it id \d+: the mode is stored without effect$/],
  ] as const;
  for (const [dialect, message] of cannot)
    it(`finds out what ${dialect} does with a mode and an id, and leaves nothing`, async () => {
      const model = new RegistryModel(dialect);
      assert.match((await probed(model))!, message);
      assertClean(model);
    });

  it("is told by the registry where modes must not be changed", async () => {
    const model = new RegistryModel("confluent", false);
    assert.match((await probed(model))!, /refuses the mode IMPORT \(.*42205: Mode changes are not allowed\)/);
    assertClean(model);
  });

  it("is cleaned up after a failure at any of its calls", async () => {
    const whole = new RegistryModel();
    const methods: string[] = [];
    await probed(whole, (call) => (methods.push(call.method), whole.send(call)));
    // Cleaning up begins at the first DELETE.
    const tried = methods.indexOf("DELETE");
    assert.equal(tried, 5);
    for (let at = 1; at <= tried; at += 1) {
      const model = new RegistryModel();
      let calls = 0;
      const send: Send = async (call) => {
        calls += 1;
        if (calls !== at) return model.send(call);
        // What was sent may have been done, whatever became of the answer.
        await model.send(call);
        throw new Error("socket hang up");
      };
      const rest = client(model, send);
      await probeImport(rest, await readRegistry(client(model))).catch(() => undefined);
      assertClean(model);
    }
  });

  it("removes what a killed probe has left, and takes it for nothing that the registry holds", async () => {
    const model = new RegistryModel();
    let dead = false;
    const send: Send = async (call) => {
      if (dead) throw new Error("killed");
      const answer = await model.send(call);
      if (call.method === "POST") dead = true;
      return answer;
    };
    await assert.rejects(probed(model, send));
    assert.equal(model.listing().length, 1);
    assert.equal((await readRegistry(client(model))).versions.size, 0);
    assert.equal(await probed(model), null);
    assertClean(model);
  });

  it("names what it could not remove, and how to", async () => {
    const model = new RegistryModel();
    const send: Send = async (call) => {
      if (call.method === "DELETE") return { status: 422, body: '{"error_code":42205,"message":"not today"}' };
      return model.send(call);
    };
    await assert.rejects(
      probed(model, send),
      /the throwaway subject :\.kafka-migration-probe:kafka-migration-probe-\w{8} could not be removed from the target's registry \(.*not today\); delete it there, then once more with \?permanent=true, and its mode/,
    );
  });
});
