import assert from "node:assert/strict";
import type { DialectName } from "../lab/registry/dialects.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { issuedOnTarget } from "../runtime/switch/schemas.ts";
import { shop } from "./support/registries.ts";
import { RegistryModel } from "./support/registry-model.ts";
import { assertFenced, assertMirror, assertUntouched, former, producers } from "./support/switch-asserts.ts";
import { World } from "./switch-world.ts";

const odd = "orders/v1:a b";

/** Two registries, the source's with a subject that has a mode of its own. */
function world(source: DialectName = "confluent"): World & { registries: NonNullable<World["registries"]> } {
  const made = new World();
  const model = source === "confluent" ? shop() : new RegistryModel(source);
  if (source === "confluent") model.put("mode", odd, { mode: "READWRITE" });
  else model.produce("orders-value", '"string"');
  made.registries = { source: model, target: new RegistryModel() };
  return made as ReturnType<typeof world>;
}

const before = world().registries.source.modes;

/** Closed on the source, open on the target, the same on both. */
function assertMoved({ registries }: ReturnType<typeof world>): void {
  assert.deepEqual(registries.source.modes, { "": "READONLY", ":.old:": "READONLY", [odd]: "READONLY" });
  assert.deepEqual(registries.target.modes, { "": "READWRITE", ":.old:": "READWRITE" });
  assert.deepEqual(registries.target.listing(), registries.source.listing());
}

/** As before the switch: the source as it was, what is on the target a copy that goes on. */
function assertBack({ registries, formerModes }: ReturnType<typeof world>): void {
  const { "": wide = "READWRITE", ...others } = registries.source.modes;
  assert.deepEqual({ ...others, ...(wide === "READWRITE" ? {} : { "": wide }) }, before);
  assert.equal(formerModes, null);
  if (registries.target.listing().length > 0) assert.equal(registries.target.modes[""], "IMPORT");
}

describe("the registries in the switch of producers", () => {
  it("are closed on the source and open on the target, equal, with former modes remembered", async () => {
    const made = world();
    await switchProducers(made.effects(), producers);
    assertMoved(made);
    assert.deepEqual(made.formerModes, { "": "READWRITE", ":.old:": null, [odd]: "READWRITE" });
    assert.deepEqual(
      made.lines.filter((line) => line.startsWith("schemas:")),
      [
        "schemas: copying 9 versions of 6 subjects",
        "schemas: the source's registry is READONLY",
        "schemas: 9 versions are equal on both sides; the largest id is 6",
        "schemas: the target's registry is READWRITE",
      ],
    );
  });

  it("are closed once the producers are gone, and opened with nothing behind it but the ledger", async () => {
    const made = world();
    const changes: string[] = [];
    await switchProducers(
      made.effects((_, what) => (changes.push(what), null)),
      producers,
    );
    const at = (what: string) => changes.findIndex((each) => each === what);
    const last = (what: string) => changes.lastIndexOf(what);
    assert.ok(at("target PUT /mode") < at("scale"), "copied before anybody is stopped");
    assert.ok(at("source PUT /mode") > last("scale"));
    assert.ok(last("target PUT /mode") > last("stop"));
    assert.equal(changes.at(-1), "append");
    assert.match(changes.at(-2)!, /^target PUT \/mode/);
  });

  it("let a last pass copy what producers registered until they were gone", async () => {
    const made = world();
    const effects = made.effects((_, what) => {
      if (what === "scale" && made.registries.source.state.find("late", 1) === undefined) {
        made.registries.source.produce("late", '"float"');
      }
      return null;
    });
    await switchProducers(effects, producers);
    assert.ok(made.registries.target.state.find("late", 1));
    assertMoved(made);
  });

  it("lose modes of subjects on the target, each of which would outlive the global one", async () => {
    const made = world();
    const effects = made.effects((_, what) => {
      if (what === "stop") made.registries.target.put("mode", odd, { mode: "IMPORT" });
      return null;
    });
    await switchProducers(effects, producers);
    assertMoved(made);
    assert.ok(made.lines.includes("schemas: 1 mode of subjects removed on the target"));
    assert.equal(made.registries.target.produce(odd, '"int"'), 7);
  });

  it("are put back when any one change is refused, whichever it is", async () => {
    const whole: string[] = [];
    await switchProducers(
      world().effects((_, what) => (whole.push(what), null)),
      producers,
    );
    assert.ok(whole.length > 30, `${whole.length}`);
    for (let at = 1; at <= whole.length; at += 1) {
      const made = world();
      await assert.rejects(
        switchProducers(
          made.effects((change) => (change === at ? "error" : null)),
          producers,
        ),
        /refused/,
      );
      assertUntouched(made, former);
      assertMirror(made, "RUNNING");
      assertBack(made);
      assert.deepEqual(made.entries, [], `change ${at}, ${whole[at - 1]}`);
    }
  });

  for (const fate of ["kill", "kill-after"] as const)
    it(`are taken up by the next run when killed ${fate === "kill" ? "before" : "after"} any change`, async () => {
      let count = 0;
      await switchProducers(
        world().effects((change) => ((count = change), null)),
        producers,
      );
      for (let at = 1; at <= count; at += 1) {
        const made = world();
        await assert.rejects(
          switchProducers(
            made.effects((change) => (change === at ? fate : null)),
            producers,
          ),
        );
        made.pass(20_000);
        await switchProducers(made.effects(), producers);
        assertFenced(made, former);
        assertMoved(made);
        assert.deepEqual(made.formerModes, { "": "READWRITE", ":.old:": null, [odd]: "READWRITE" }, `killed at ${at}`);
        assert.equal(made.entries.length, 1);
      }
    });

  it("are remembered as they were before the first attempt, whatever was set since", async () => {
    const made = world();
    const append = (_: number, what: string) => (what === "append" ? ("kill" as const) : null);
    await assert.rejects(switchProducers(made.effects(append), producers));
    made.registries.source.put("mode", "", { mode: "FORWARD" });
    await switchProducers(made.effects(), producers);
    assert.deepEqual(made.formerModes, { "": "READWRITE", ":.old:": null, [odd]: "READWRITE" });
  });

  it("are put back by a run that fails after one that was killed", async () => {
    const made = world();
    await assert.rejects(
      switchProducers(
        made.effects((_, what) => (what === "append" ? "kill" : null)),
        producers,
      ),
    );
    assertMoved(made);
    const effects = made.effects();
    const away = { ...effects, kafka: { ...effects.kafka, logs: async () => Promise.reject(new Error("away")) } };
    await assert.rejects(switchProducers(away, producers), /writing to the source again/);
    assertBack(made);
  });

  it("stay open on the target when something was registered there before the ledger failed", async () => {
    const made = world();
    const effects = made.effects((_, what) => {
      if (what !== "append") return null;
      made.registries.target.produce("early", '"float"');
      return "error";
    });
    await assert.rejects(
      switchProducers(effects, producers),
      /By hand: the target's registry stays as it is, and the source's stays READONLY, because schemas were registered on the target: early version 1 \(id 7\) is on the target only\.$/,
    );
    assert.equal(made.registries.target.modes[""], "READWRITE");
    assert.equal(made.registries.source.modes[""], "READONLY");
  });

  it("are refused before anybody is stopped where the target's is somebody else's", async () => {
    const made = world();
    made.registries.target.produce("theirs", '"float"');
    await assert.rejects(
      switchProducers(made.effects(), producers),
      /is not a copy of this migration: .* No workload was stopped\.$/,
    );
    assertUntouched(made, former);
    assert.deepEqual(made.registries.source.modes, before);
  });

  for (const dialect of ["karapace", "apicurio-2"] as const)
    describe(`of a source that speaks as ${dialect}`, () => {
      it("are opened after one more comparison, which a line says", async () => {
        const made = world(dialect);
        await switchProducers(made.effects(), producers);
        assert.ok(
          made.lines.some((line) =>
            /the source's registry cannot be made READONLY \(.*\); it is compared once more/.test(line),
          ),
          made.lines.join("\n"),
        );
        assert.equal(made.registries.target.modes[""], "READWRITE");
        assert.deepEqual(made.formerModes, {});
      });

      it("are taken up by the next run when killed after any change", async () => {
        let count = 0;
        await switchProducers(
          world(dialect).effects((change) => ((count = change), null)),
          producers,
        );
        for (let at = 1; at <= count; at += 1) {
          const made = world(dialect);
          await assert.rejects(
            switchProducers(
              made.effects((change) => (change === at ? "kill-after" : null)),
              producers,
            ),
          );
          made.pass(20_000);
          await switchProducers(made.effects(), producers);
          assert.equal(made.registries.target.modes[""], "READWRITE", `killed at ${at}`);
          assert.deepEqual(made.registries.target.listing(), made.registries.source.listing());
        }
      });

      it("stay as they were when somebody registers on it meanwhile", async () => {
        const made = world(dialect);
        const effects = made.effects((_, what) => {
          if (what === "stop") made.registries.source.produce("late", '"float"');
          return null;
        });
        await assert.rejects(
          switchProducers(effects, producers),
          /the registries are no longer equal: late version 1 \(id 2\) is not on the target; find out what registers schemas on the source while its producers are stopped\. The producers are writing/,
        );
        assert.equal(made.registries.target.modes[""], "IMPORT");
        assertUntouched(made, former);
      });
    });

  it("go back to IMPORT for another pass when an earlier entry is void", async () => {
    const made = world();
    await switchProducers(made.effects(), producers);
    made.startOn("source", "producer");
    made.registries.source.put("mode", "", { mode: "READWRITE" });
    made.registries.source.produce("later", '"float"');
    made.pass(3000);
    const entry = await switchProducers(made.effects(), producers);
    assert.equal(entry.voids, 1);
    assert.ok(made.registries.target.state.find("later", 1));
    assertMoved(made);
  });

  it("are left alone once producers have registered on the target", async () => {
    const made = world();
    await switchProducers(made.effects(), producers);
    made.startOn("target", "producer");
    made.registries.target.produce("new", '"float"');
    made.pass(3000);
    await switchProducers(made.effects(), producers);
    assert.equal(made.registries.target.modes[""], "READWRITE");
    assert.equal(made.registries.source.modes[""], "READONLY");
  });

  it("refuse a way back only once the target has given ids", async () => {
    const made = world();
    await switchProducers(made.effects(), producers);
    const { schemas } = made.effects();
    assert.equal(await issuedOnTarget(schemas!), null);
    made.registries.target.produce("new", '"float"');
    assert.equal(
      await issuedOnTarget(schemas!),
      "the target's registry has given out ids since, which do not exist on the source: new version 1 (id 7) is on the target only",
    );
  });
});
