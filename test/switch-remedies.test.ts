import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Attestation } from "../runtime/model/attestation.ts";
import type { GroupState } from "../runtime/brokers/positions.ts";
import { forecastLedger } from "../runtime/model/ledger-forecast.ts";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import { Refused, refusals, type Refusal } from "../runtime/model/refused.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import type { SwitchEffects } from "../runtime/switch/ports.ts";
import { returnProducers, type BackEffects } from "../runtime/switch/producer-return.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { copyStragglers } from "../runtime/switch/stragglers.ts";
import { root } from "./support/stack.ts";
import { producersMoved } from "./support/switch-asserts.ts";
import { acceptAll } from "./support/world-readings.ts";
import { inputs, scope as usual, scopeWithBack, World, type Kind } from "./switch-world.ts";

/** A world, and what in it and in the config can be put right; a part that fails does so until it is taken out. */
class Case {
  readonly world: World;
  scope: Scope = usual;
  /** Called before each change, with what it is. */
  disturb: (what: string) => void = () => undefined;
  broken: (effects: SwitchEffects) => SwitchEffects = (effects) => effects;

  constructor(world: World) {
    this.world = world;
  }

  effects(): SwitchEffects {
    return this.broken(
      this.world.effects((_, what) => {
        this.disturb(what);
        return null;
      }),
    );
  }

  /** Everything works again. */
  mended(): void {
    this.broken = (effects) => effects;
    this.disturb = () => undefined;
  }

  write(name: string, ...kinds: Kind[]): void {
    this.world.logs.source.get(name)!.push(...kinds);
  }

  accept(): void {
    this.scope = { ...this.scope, stragglers: acceptAll(this.world) };
  }
}

const sizesOf = ({ logs }: World) =>
  [...Map.groupBy([...logs.source.keys()], (name) => name.replace(/\[\d+\]$/, ""))].map(([name, all]) => ({
    name,
    partitions: all.length,
  }));

interface Row {
  readonly from: () => World | Promise<World>;
  readonly move: (of: Case) => Promise<unknown>;
  /** What is wrong. */
  readonly wrong: (of: Case) => unknown;
  /** What the sentence advises. */
  readonly advised: (of: Case) => unknown;
}

const beginning = () => new World();
const moveProducers = (of: Case) => switchProducers(of.effects(), { ...inputs("producers"), scope: of.scope });
const moveConsumers = (of: Case) => switchConsumers(of.effects(), { ...inputs("consumers"), scope: of.scope });
const moveFirst = (of: Case) => switchConsumers(of.effects(), { ...inputs("consumers", "exact"), scope: of.scope });
const copy = (of: Case) => copyStragglers(of.effects(), of.scope, of.world.entries);

const bothMoved = async () => {
  const world = await producersMoved();
  await switchConsumers(world.effects(), inputs("consumers"));
  world.startOn("target", "consumer");
  world.pass(1000);
  return world;
};
/** Nobody writes any more. */
const quiet = async () => {
  const world = await bothMoved();
  for (const name of ["foo-producer", "orders-producer"])
    Object.assign(world.workloads.get(name)!, { replicas: 0, pods: 0 });
  return world;
};
const unmirrored = () => {
  const world = new World();
  for (const name of world.connectors.keys()) world.connectors.set(name, "STOPPED");
  for (const name of world.logs.target.keys()) world.logs.target.set(name, []);
  return world;
};
/** Everybody writes and reads on the target, and it comes back. */
const opened = async () => {
  const world = await bothMoved();
  world.openWayBack();
  world.pass(5000);
  return world;
};
const goBack = async (of: Case) => {
  const { world } = of;
  const scope = { ...scopeWithBack, ...of.scope, mirror: scopeWithBack.mirror };
  const patience = { stopSeconds: 30, fenceSeconds: 20, drainSeconds: 30, startSeconds: 30 };
  const entry = liveEntry(world.entries, "producers")!;
  return returnProducers(of.effects() as BackEffects, scope, entry, "mirror", patience);
};
const placedOf = ({ world }: Case, topic: string) =>
  world.entries.at(-1)!.groups.find((one) => one.topic === topic && one.partition === 0)!;

/** The scope in which `orders-consumer` keeps its own positions. */
const withOwnPositions = (scope: Scope, positionsApplied?: Attestation): Scope => ({
  ...scope,
  workloads: scope.workloads.map((workload) =>
    workload.name === "orders-consumer"
      ? { ...workload, positions: "own", ...(positionsApplied && { positionsApplied }) }
      : workload,
  ),
});

const rows: Readonly<Record<Refusal, Row>> = {
  "same-cluster": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => (world.ids.target = world.ids.source),
    advised: ({ world }) => (world.ids.target = "target-id"),
  },
  "other-cluster": {
    from: producersMoved,
    move: moveProducers,
    wrong: ({ world }) => (world.ids.source = "another"),
    advised: ({ world }) => (world.ids.source = "source-id"),
  },
  "partition-missing": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => world.logs.target.delete("empty[0]"),
    advised: ({ world }) => world.logs.target.set("empty[0]", []),
  },
  "not-in-entry": {
    from: producersMoved,
    move: moveProducers,
    wrong: ({ world }) => (["source", "target"] as const).forEach((side) => world.logs[side].set("late[0]", [])),
    advised: ({ world }) => world.ignored.add("late"),
  },
  "shorter-than-entry": {
    from: producersMoved,
    move: moveProducers,
    wrong: ({ world }) => world.logs.source.set("orders[0]", []),
    advised: ({ world }) => world.ignored.add("orders"),
  },
  "connect-elsewhere": {
    from: beginning,
    move: moveProducers,
    wrong: (of) => {
      const root = async () => ({ version: "4.2.0", kafka_cluster_id: "another" });
      of.broken = (effects) => ({ ...effects, connect: { ...effects.connect, root } });
    },
    advised: (of) => of.mended(),
  },
  "connector-missing": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => world.connectors.delete("guide-source-all"),
    advised: ({ world }) => world.connectors.set("guide-source-all", "RUNNING"),
  },
  "ledger-full": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world, scope }) => {
      const none = forecastLedger(sizesOf(world), []).entryBytes;
      assert.ok(forecastLedger(sizesOf(world), scope.groups).entryBytes > none);
      world.ledgerRoom = none;
    },
    advised: (of) => (of.scope = { ...of.scope, groups: [] }),
  },
  "not-stoppable": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => world.obstacles.set("orders-producer", "its rollingUpdate.partition is 2; set it to 0"),
    advised: ({ world }) => world.obstacles.clear(),
  },
  "no-producers-entry": {
    from: beginning,
    move: moveConsumers,
    wrong: () => undefined,
    advised: async (of) => {
      await moveProducers(of);
      for (const name of of.world.connectors.keys()) of.world.connectors.set(name, "STOPPED");
      of.world.startOn("target", "producer");
    },
  },
  "target-holds-records": {
    from: unmirrored,
    move: moveProducers,
    wrong: (of) => {
      of.scope = { ...usual, mirror: null };
      of.world.logs.target.get("foo[0]")!.push("data");
    },
    advised: ({ world }) => world.expire("target", "foo[0]", 1),
  },
  "mirror-runs": {
    from: producersMoved,
    move: moveConsumers,
    wrong: ({ world }) => world.connectors.set("guide-checkpoint", "RUNNING"),
    advised: ({ world }) => world.connectors.set("guide-checkpoint", "STOPPED"),
  },
  "mirror-syncs-groups": {
    from: beginning,
    move: moveFirst,
    wrong: ({ world }) => world.configs.set("guide-checkpoint", { "sync.group.offsets.enabled": "true" }),
    advised: ({ world }) => world.configs.clear(),
  },
  "read-on-both-sides": {
    from: bothMoved,
    move: moveConsumers,
    wrong: (of) => {
      const { committed } = placedOf(of, "orders");
      of.world.committed.source.get("orders-consumer")!.set("orders[0]", BigInt(committed!) + 1n);
    },
    advised: (of) => {
      const { committed } = placedOf(of, "orders");
      of.world.committed.source.get("orders-consumer")!.set("orders[0]", BigInt(committed!));
    },
  },
  rewound: {
    from: bothMoved,
    move: moveConsumers,
    wrong: ({ world }) => world.committed.target.get("orders-consumer")!.set("orders[0]", 1n),
    // Left to go on: they read again what they had read, and pass the place.
    advised: ({ world }) => world.pass(1000),
  },
  "both-sides-written": {
    from: producersMoved,
    move: moveProducers,
    wrong: (of) => of.write("orders[1]", "data", "marker"),
    advised: (of) => of.accept(),
  },
  "still-written": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => (world.stranger = "orders[0]"),
    advised: ({ world }) => (world.stranger = null),
  },
  "members-left": {
    from: producersMoved,
    move: moveConsumers,
    wrong: (of) => {
      const state: GroupState = { state: "Stable", type: "classic", members: [{ clientId: "vm", host: "10.0.0.9" }] };
      const groupStates = async () => new Map([["foo-consumer", state]]);
      of.broken = (effects) => ({ ...effects, kafka: { ...effects.kafka, groupStates } });
    },
    advised: (of) => of.mended(),
  },
  "written-while-drained": {
    from: beginning,
    move: moveProducers,
    wrong: (of) => (of.disturb = (what) => what === "stop" && of.write("orders[0]", "data")),
    advised: (of) => of.mended(),
  },
  "mirror-fault": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => (world.poisoned = "foo[0]"),
    advised: ({ world }) => (world.poisoned = null),
  },
  "not-drained-in-time": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => (world.stuck = "foo[0]"),
    advised: ({ world }) => (world.stuck = null),
  },
  "left-after-drain": {
    from: beginning,
    move: moveProducers,
    wrong: (of) => {
      // The last commit of the task was lost when it stopped.
      let stopped = false;
      of.disturb = (what) => (stopped ||= what === "stop");
      of.broken = (effects) => ({
        ...effects,
        connect: {
          ...effects.connect,
          offsets: async (names, upTo) =>
            (await effects.connect.offsets(names, upTo)).map((one) =>
              stopped && one.topic === "foo" ? { ...one, offset: one.offset - 1n } : one,
            ),
        },
      });
    },
    advised: (of) => of.mended(),
  },
  overtaken: {
    from: beginning,
    move: moveProducers,
    wrong: (of) => {
      of.write("empty[0]", "data");
      of.world.pass(1000);
      of.write("empty[0]", "marker", "marker");
      of.world.expire("source", "empty[0]", 3);
    },
    advised: (of) => {
      const gaps = [{ topic: "empty", partition: 0, to: "3" }];
      of.scope = { ...of.scope, mirror: { ...usual.mirror!, gaps } };
    },
  },
  "past-the-end": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => world.copied.set("empty[0]", 0n),
    // What was written just now is seen by the next reading.
    advised: (of) => {
      of.write("empty[0]", "data");
      of.world.logs.target.get("empty[0]")!.push("data");
    },
  },
  "does-not-stop": {
    from: beginning,
    move: moveProducers,
    wrong: (of) => {
      of.broken = (effects) => ({ ...effects, connect: { ...effects.connect, stop: async () => undefined } });
    },
    advised: (of) => of.mended(),
  },
  "does-not-resume": {
    from: () => {
      const world = new World();
      world.connectors.set("guide-source-all", "STOPPED");
      return world;
    },
    move: moveProducers,
    wrong: (of) => {
      of.broken = (effects) => ({ ...effects, connect: { ...effects.connect, resume: async () => undefined } });
    },
    advised: (of) => of.mended(),
  },
  "group-behind": {
    from: producersMoved,
    move: moveConsumers,
    wrong: ({ world }) => {
      world.lagging = true;
      world.committed.source.get("orders-consumer")!.set("orders[0]", 3n);
    },
    advised: ({ world }) => {
      world.lagging = false;
      world.pass(1000);
    },
  },
  "read-past-entry": {
    from: producersMoved,
    move: moveConsumers,
    wrong: (of) => {
      of.write("orders[1]", "data");
      of.world.pass(1000);
    },
    advised: (of) => of.accept(),
  },
  "not-placeable": {
    from: beginning,
    move: moveFirst,
    wrong: ({ world }) => {
      world.proof = () => ({ kind: "refused", reason: "the mirror holds a record twice", translated: 3n, repeats: 2 });
    },
    advised: (of) => {
      of.scope = { ...of.scope, groups: usual.groups.map((group) => ({ ...group, allowRedelivery: true })) };
    },
  },
  "not-mirrored-in-time": {
    from: beginning,
    move: moveFirst,
    wrong: ({ world }) => (world.stuck = "foo[0]"),
    advised: ({ world }) => (world.stuck = null),
  },
  "partition-not-its-own": {
    from: producersMoved,
    move: moveConsumers,
    wrong: (of) => {
      of.scope = {
        ...of.scope,
        groups: usual.groups.map((group) =>
          group.name === "orders-consumer" ? { ...group, partitions: { orders: [0] } } : group,
        ),
      };
    },
    advised: (of) => {
      of.scope = { ...of.scope, groups: usual.groups };
    },
  },
  "positions-unapplied": {
    from: producersMoved,
    move: moveConsumers,
    wrong: (of) => (of.scope = withOwnPositions(of.scope)),
    advised: (of) => {
      const applied = { by: "ada", at: new Date().toISOString(), words: "loaded into Flink's savepoint" };
      of.scope = withOwnPositions(of.scope, applied);
    },
  },
  "offsets-not-kept": {
    from: producersMoved,
    move: moveConsumers,
    wrong: (of) => {
      of.broken = (effects) => ({ ...effects, kafka: { ...effects.kafka, commit: async () => undefined } });
    },
    advised: (of) => of.mended(),
  },
  "offsets-differ": {
    from: producersMoved,
    move: moveConsumers,
    wrong: ({ world }) => world.misread.committed.set("orders-consumer orders[0]", 1n),
    advised: ({ world }) => world.misread.committed.clear(),
  },
  "ends-differ": {
    from: beginning,
    move: moveProducers,
    wrong: ({ world }) => world.misread.ends.set("target orders[0]", 1n),
    advised: ({ world }) => world.misread.ends.clear(),
  },
  "stragglers-not-copied": {
    from: quiet,
    move: copy,
    wrong: (of) => {
      of.write("orders[0]", "data");
      of.accept();
      of.world.stuck = "orders[0]";
    },
    advised: ({ world }) => (world.stuck = null),
  },
  "more-stragglers": {
    from: quiet,
    move: copy,
    wrong: (of) => {
      of.write("orders[0]", "data");
      of.accept();
      of.write("orders[1]", "data");
    },
    advised: (of) => of.accept(),
  },
  "back-not-open": {
    from: opened,
    move: goBack,
    wrong: ({ world }) => (world.opened = { ...world.opened!, begun: false }),
    advised: ({ world }) => world.openWayBack(),
  },
  "source-has-other": {
    from: opened,
    move: goBack,
    wrong: ({ world }) => world.logs.source.get("orders[0]")!.push("data"),
    advised: (of) => {
      const to = String(of.world.logs.source.get("orders[0]")!.length);
      of.scope = { ...of.scope, stragglers: [{ topic: "orders", partition: 0, to }] };
    },
  },
  "positions-not-taken": {
    from: async () => {
      const world = await producersMoved();
      world.logs.source.get("orders[0]")!.push("data");
      world.pass(1000);
      return world;
    },
    move: async (of) => {
      of.accept();
      if (of.world.side.consumer === "source") {
        await switchConsumers(of.world.effects(), { ...inputs("consumers"), scope: of.scope });
        of.world.startOn("target", "consumer");
        Object.assign(of.world.workloads.get("orders-producer")!, { replicas: 0, pods: 0 });
      }
      of.write("orders[0]", "data");
      of.accept();
      await copy(of);
    },
    wrong: (of) => {
      of.broken = (effects) => ({ ...effects, connect: { ...effects.connect, setOffsets: async () => undefined } });
    },
    advised: (of) => of.mended(),
  },
  "copied-more": {
    from: quiet,
    move: copy,
    wrong: (of) => {
      of.write("orders[0]", "data");
      of.accept();
      of.world.stranger = "orders[1]";
    },
    advised: (of) => {
      of.world.stranger = null;
      of.accept();
    },
  },
};

describe("what a refused move advises", () => {
  for (const kind of refusals) {
    it(`lets it succeed: ${kind}`, async () => {
      const { from, move, wrong, advised } = rows[kind];
      const of = new Case(await from());
      await wrong(of);
      const refused = await move(of).then(
        () => null,
        (error: Error) => error,
      );
      assert.ok(refused !== null, "it succeeded");
      const cause = refused instanceof Refused ? refused : refused.cause;
      assert.ok(cause instanceof Refused, String(refused.stack));
      assert.equal(cause.kind, kind, refused.message);
      await advised(of);
      await assert.doesNotReject(move(of));
    });
  }

  it("has a kind, unless it only wraps another", () => {
    // What was put back, or that it could not be, is said around the reason.
    const wrapping: Record<string, number> = {
      "switch/move.ts": 1,
      "switch/twins.ts": 1,
      "switch/group-return.ts": 2,
    };
    const moves = [
      "consumers",
      "ends-since-ledger",
      "group-return",
      "group-sync",
      "mirror-drain",
      "move",
      "producers",
      "steps",
    ]
      .concat("stragglers", "twins", "witness")
      .map((name) => `switch/${name}.ts`)
      .concat("placement/commit.ts", "placement/lagging.ts");
    for (const file of moves) {
      let plain = 0;
      const visit = (node: ts.Node): void => {
        if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "Error")
          plain += 1;
        ts.forEachChild(node, visit);
      };
      const text = readFileSync(join(root, "runtime", file), "utf8");
      visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
      assert.equal(plain, wrapping[file] ?? 0, `runtime/${file}: a plain Error has no row in this table`);
    }
  });
});
