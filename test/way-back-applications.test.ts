import assert from "node:assert/strict";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { closedTopics, scopeOfWave } from "../runtime/model/waves.ts";
import { returnApplications } from "../runtime/switch/application-return.ts";
import { switchApplications } from "../runtime/switch/applications.ts";
import { closeWayBack } from "../runtime/switch/close-way-back.ts";
import type { BackEffects } from "../runtime/switch/producer-return.ts";
import { waveInputs, waveNames, wavesScopeWithBack, wavesWorld } from "./support/waves-world.ts";
import { inputs, scopeWithBack, World } from "./switch-world.ts";

type Fate = "error" | "kill" | "kill-after";

const patience = { stopSeconds: 30, fenceSeconds: 20, drainSeconds: 30, startSeconds: 30 };
const allowed = { proved: async () => undefined, opensSource: true };

/** One migration in memory whose applications move together, or one wave of it. */
interface Case {
  readonly world: () => Promise<World>;
  readonly scope: Scope;
  readonly wave?: string;
}

const move = (world: World, { scope, wave }: Case) =>
  switchApplications(world.effects(undefined, scope), {
    ...(wave === undefined ? { ...inputs("applications", "exact"), row: "move", starts: true } : waveInputs(wave)),
    scope,
  });

async function forward(world: World, of: Case): Promise<void> {
  await move(world, of);
  world.pass(3000);
  world.openWayBack(of.wave);
  world.pass(5000);
}

const effectsOf = (world: World, { scope }: Case, at = 0, fate: Fate = "error") =>
  world.effects((change) => (change === at ? fate : null), scope) as BackEffects;

const back = (world: World, of: Case, effects = effectsOf(world, of)) =>
  returnApplications(
    effects,
    of.scope,
    liveEntry(world.entries, "applications", of.scope)!,
    "mirror",
    patience,
    allowed,
  );

const everybody: Case = { world: async () => new World(), scope: scopeWithBack };
const mail: Case = {
  scope: scopeOfWave(wavesScopeWithBack, "mail"),
  wave: "mail",
  world: async () => {
    const world = wavesWorld(wavesScopeWithBack);
    for (const wave of waveNames.slice(0, waveNames.indexOf("mail"))) {
      await move(world, { ...everybody, wave, scope: scopeOfWave(wavesScopeWithBack, wave) });
      world.pass(2000);
    }
    return world;
  },
};

const partitionsOf = (world: World, { scope }: Case): string[] =>
  [...world.logs.source.keys()].filter((name) => closedTopics(scope).some((topic) => name.startsWith(`${topic}[`)));

/** Every record of one side is on the other, once: but for what a mirror has yet to copy. */
function assertSame(world: World, of: Case): void {
  for (const name of partitionsOf(world, of)) {
    const [source, target] = [world.records("source", name), world.records("target", name)];
    assert.ok(Math.abs(source - target) <= 1, `${name}: ${source} on the source, ${target} on the target`);
  }
}

const sidesOf = (world: World, scope: Scope): string[] => scope.workloads.map((workload) => world.where(workload));

/** Committed offsets of a group on a side, as the number of records that it has read. */
function readOn(world: World, side: "source" | "target", group: string, name: string): number {
  const at = Number(world.committed[side].get(group)?.get(name) ?? 0n);
  return world.logs[side]
    .get(name)!
    .slice(0, at)
    .filter((kind) => kind === "data").length;
}

for (const [title, of] of [
  ["of everybody together", everybody],
  ["of one wave", mail],
] as const) {
  describe(`the way back ${title}`, () => {
    it("takes back everything that was written on the target, and puts groups where they were", async () => {
      const world = await of.world();
      await forward(world, of);
      world.lagging = true;
      world.pass(2000);
      const [group] = of.scope.groups;
      const [name] = partitionsOf(world, of).filter((one) => group!.topics.some((topic) => one.startsWith(topic)));
      const read = readOn(world, "target", group!.name, name!);
      const others = world.scope.workloads.filter((one) => !of.scope.workloads.some(({ name }) => name === one.name));
      const before = others.map((workload) => world.where(workload));
      const entry = await back(world, of);
      assert.equal(readOn(world, "source", group!.name, name!), read);
      assert.ok(sidesOf(world, of.scope).every((side) => side === "source"));
      assert.deepEqual(
        others.map((workload) => world.where(workload)),
        before,
        "others are where they were",
      );
      assert.equal(liveEntry(world.entries, "applications", of.scope), null);
      assert.deepEqual(
        [...new Set(entry.partitions.map(({ topic }) => topic))].sort(),
        [...closedTopics(of.scope)].sort(),
        "both ends of what came back are in the ledger",
      );
      world.lagging = false;
      world.closeWayBack(of.wave);
      world.pass(4000);
      assertSame(world, of);
    });

    it("can be gone as often as needed, with nothing copied in a circle", async () => {
      const world = await of.world();
      for (let leg = 0; leg < 3; leg++) {
        await forward(world, of);
        assertSame(world, of);
        await back(world, of);
        world.closeWayBack(of.wave);
        world.pass(3000);
        assertSame(world, of);
      }
    });

    it("leaves everything as it was while the mirror back cannot drain", async () => {
      const world = await of.world();
      await forward(world, of);
      const [name] = partitionsOf(world, of).filter((one) => world.records("target", one) > 0);
      world.stuckBack = name!;
      world.pass(3000);
      await assert.rejects(
        back(world, of),
        /applications cannot go back to the source: .* has \d+ records left to mirror, 0 allowed after 30 s.*\. They run on the target as before/,
      );
      assert.ok(sidesOf(world, of.scope).every((side) => side === "target"));
      assert.ok(of.scope.workloads.every(({ name }) => world.workloads.get(name)!.former === null));
      world.stuckBack = null;
      await back(world, of);
      assert.ok(sidesOf(world, of.scope).every((side) => side === "source"));
    });

    it("is refused before anybody stops where somebody must not go back", async () => {
      const world = await of.world();
      await forward(world, of);
      let scaled = false;
      const effects = world.effects((_, what) => ((scaled ||= what === "scale"), null), of.scope) as BackEffects;
      const entry = liveEntry(world.entries, "applications", of.scope)!;
      const proved = async () => {
        throw new Error("the target's registry has given out ids since");
      };
      await assert.rejects(
        returnApplications(effects, of.scope, entry, "mirror", patience, { ...allowed, proved }),
        /has given out ids since\. They run on the target as before/,
      );
      assert.ok(!scaled);
    });

    it("finds the move made, and nothing to compare, once the mirror back writes to the source", async () => {
      const world = await of.world();
      await forward(world, of);
      const entries = world.entries.length;
      const found = await move(world, of);
      assert.deepEqual(found, liveEntry(world.entries, "applications", of.scope));
      assert.equal(world.entries.length, entries);
    });

    it("records, once it is closed, where groups were placed and up to where both sides hold the same", async () => {
      const world = await of.world();
      await forward(world, of);
      const former = liveEntry(world.entries, "applications", of.scope)!;
      const scope = { ...of.scope, topics: closedTopics(of.scope) };
      const effects = world.effects(undefined, scope) as BackEffects;
      const entry = await closeWayBack(effects, scope, former, { row: "close", fenceSeconds: 20 });
      assert.equal(liveEntry(world.entries, "applications", of.scope), entry);
      assert.deepEqual([entry.closing, entry.groups], [true, former.groups]);
    });

    describe("wherever it is torn apart", () => {
      let changes = 0;
      before(async () => {
        const world = await of.world();
        await forward(world, of);
        await back(world, of, world.effects((change) => ((changes = change), null), of.scope) as BackEffects);
        assert.ok(changes > 8, `${changes} changes`);
      });

      for (const fate of ["error", "kill", "kill-after"] as const) {
        it(`goes on with the next update: ${fate}`, async () => {
          for (let at = 1; at <= changes; at++) {
            const world = await of.world();
            await forward(world, of);
            await back(world, of, effectsOf(world, of, at, fate)).catch(() => undefined);
            world.pass(3000);
            if (liveEntry(world.entries, "applications", of.scope) !== null) await back(world, of);
            // The entry is void: what the row does at its end starts who has not come up.
            world.startAll(of.scope.workloads, "source");
            world.closeWayBack(of.wave);
            world.pass(4000);
            assertSame(world, of);
            await forward(world, of);
            assertSame(world, of);
          }
        });
      }
    });
  });
}
