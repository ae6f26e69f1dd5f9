import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gateApplies } from "../components/gates.ts";
import { sideOfWave } from "../phases/plan.ts";
import { hasMirror, movesApplications, rowsOf } from "../phases/strategies/index.ts";
import {
  changeOf,
  groupOf,
  ofType,
  walk,
  walkedConfigs,
  walkedText,
  type Registered,
  type WalkedRow,
} from "./support/rows.ts";
import { root } from "./support/stack.ts";

/** The part of each config, by its name; a row begins with `<config> / <row>`. */
const golden = Map.groupBy(
  readFileSync(join(root, "test/golden/resources.txt"), "utf8").split(/^(?=\S)/m),
  (row) => row.split(" / ")[0]!,
);

/** What runs in the cluster for this program, or holds its files. */
const isProgram = ({ parent, type }: Pick<Registered, "parent" | "type">): boolean =>
  /:(PathProbes|SchemaCopier)/.test(`${parent} ${type}`);

/** URNs of everything that a resource of one update waits for, found once for each. */
class Waits {
  readonly #byUrn: ReadonlyMap<string, Registered>;
  readonly #overComponents: boolean;
  readonly #found = new Map<string, ReadonlySet<string>>();

  constructor(all: readonly Registered[], overComponents: boolean) {
    this.#byUrn = new Map(all.map((one) => [one.urn, one]));
    this.#overComponents = overComponents;
  }

  of({ urn, dependencies, parent }: Registered): ReadonlySet<string> {
    const known = this.#found.get(urn);
    if (known !== undefined) return known;
    const found = new Set<string>();
    this.#found.set(urn, found);
    // A child is registered after its parent, and that after what the parent depends on.
    for (const before of this.#overComponents && parent ? [...dependencies, parent] : dependencies) {
      found.add(before);
      const next = this.#byUrn.get(before);
      if (next === undefined || !(next.custom || this.#overComponents)) continue;
      for (const earlier of this.of(next)) found.add(earlier);
    }
    return found;
  }
}

function waiting(overComponents: boolean) {
  const updates = new WeakMap<readonly Registered[], Waits>();
  return (resource: Registered, all: readonly Registered[]): ReadonlySet<string> => {
    const waits = updates.get(all) ?? new Waits(all, overComponents);
    updates.set(all, waits);
    return waits.of(resource);
  };
}

/** URNs of everything that must have succeeded before a resource is touched. */
const awaited = waiting(true);

/** The same without the way over components: what the engine knows when it deletes. */
const awaitedDirectly = waiting(false);

/** How Pulumi marks a value as a secret on its way to the engine. */
const secretMark = "4dabf18193072939515e22adb298388d";
const secretValue = "1b47061264138c4ac30d75fd1eb44270";

const urnsOf = (resources: readonly Registered[]): string[] => resources.map(({ urn }) => urn);

interface Played {
  readonly name: string;
  readonly role: "producer" | "consumer" | "both" | "twin";
  readonly side: "source" | "target";
  readonly runs: boolean;
}

describe("the golden text of the resources", () => {
  it("has a part for each walked config and no other; npm run golden writes it again", () => {
    const configs = walkedConfigs().map(([what]) => what);
    assert.deepEqual([...golden.keys()], configs);
  });
});

for (const [what, config] of walkedConfigs()) {
  describe(`the resources of ${what}`, function () {
    // Each row is registered twice: twelve runs, or sixteen where there are four waves.
    this.timeout(300_000);
    let rows: WalkedRow[] = [];
    before(async () => (rows = await walk(config)));

    /** Every workload and twin, the side that its address leads to in a row, and whether it runs there. */
    const cast = (row: string) => {
      const wanted = rowsOf(config).find(({ name }) => name === row)!;
      return config.workloads.flatMap((workload): Played[] => {
        const { name, role, kind } = workload;
        if (kind === "external" || kind === "connector") return [];
        const wave = config.waves?.find(({ workloads }) => workloads.includes(name))?.name;
        if (wave !== undefined) return [{ name, role, side: sideOfWave(wanted, wave), runs: true }];
        if (role !== "consumer") return [{ name, role, side: wanted.producers, runs: true }];
        const { consumers } = wanted;
        const twin = workload.twin?.name;
        return [
          { name, role, side: consumers === "stopped" ? "source" : consumers, runs: consumers !== "stopped" },
          ...(twin ? [{ name: twin, role: "twin", side: "target", runs: wanted.twins === "running" } as const] : []),
        ];
      });
    };

    /** Every resource of every row, in the update that moves to it and in the one after. */
    const everywhere = (): Registered[] => rows.flatMap(({ moving, settled: after }) => [...moving, ...after]);

    it("are those of the golden text; npm run golden writes it again", async () => {
      const last = what === [...golden.keys()].at(-1);
      // Between two configs lies an empty line.
      assert.equal(`${await walkedText(what, rows)}${last ? "" : "\n"}`, golden.get(what)?.join(""));
    });

    it("are named after the migration", () => {
      for (const { name } of everywhere()) assert.match(name, new RegExp(`^${config.name}(-|$)`));
    });

    it("never name a row, gates aside: a thing keeps its name through the whole walk", () => {
      // `mirror` is the name of a thing as well.
      const names = rows.map(({ row }) => row).filter((row) => row !== "mirror");
      for (const { name, type } of everywhere()) {
        if (type.endsWith(":Gate")) continue;
        for (const row of names) assert.ok(!name.includes(row), name);
      }
      const urnsByName = Map.groupBy(everywhere(), ({ name, type }) => `${type} ${name}`);
      for (const [name, found] of urnsByName) assert.equal(new Set(urnsOf(found)).size, 1, name);
    });

    it("are the same in the update that moves to a row and in every later one", () => {
      for (const { row, moving, settled: after } of rows) {
        assert.deepEqual(urnsOf(moving).sort(), urnsOf(after).sort(), row);
      }
    });

    it("do not change once the row is reached", async () => {
      for (const { row, moving, settled: after } of rows) {
        for (const resource of after) assert.equal(await changeOf(resource, moving), "=", `${row}: ${resource.name}`);
      }
    });

    it("wait for all gates of their row, so that a setting edited in the same pull request waits too", () => {
      let checked = 0;
      for (const { row, moving } of rows) {
        const gates = ofType(moving, /:Gate$/).filter(({ inputs }) => inputs.row === row);
        const { opensWhen } = rowsOf(config).find(({ name }) => name === row)!;
        assert.equal(gates.length, opensWhen.filter(gateApplies(config)).length);
        // A namespace holds nothing but its name, a provider is no resource of any cluster, the guards change nothing.
        const unchanging = /:Gate$|:Namespace$|:TopicsGuard$|:Prerequisites$|^pulumi:prov/;
        // The gate paths-open reads what the programs in the cluster find.
        const changeable = moving.filter((one) => one.custom && !unchanging.test(one.type) && !isProgram(one));
        for (const resource of changeable) {
          const earlier = awaited(resource, moving);
          for (const gate of gates) {
            assert.ok(earlier.has(gate.urn), `${row}: ${resource.name} does not wait for ${gate.name}`);
            checked++;
          }
        }
      }
      assert.ok(checked > 100, `only ${checked} were checked`);
    });

    it("wait for the guard of the topics, so that an edit which it refuses has changed nothing", () => {
      for (const { row, moving } of rows) {
        const [guard] = ofType(moving, /:TopicsGuard$/);
        const others = moving.filter(({ custom, urn }) => custom && urn !== guard?.urn);
        for (const one of others) assert.ok(awaited(one, moving).has(guard!.urn), `${row}: ${one.name}`);
      }
    });

    it("hold every migrated topic in every row, which is kept when it leaves the program", () => {
      const expected = config.topics.map((topic) => `${config.name}-topic-${topic}`).sort();
      for (const { row, moving } of rows) {
        const topics = ofType(moving, /^kafka:.*:Topic$/);
        assert.deepEqual(topics.map(({ name }) => name).sort(), expected, row);
        for (const { name, retainOnDelete, protect } of topics) assert.ok(retainOnDelete && !protect, name);
      }
    });

    it("let connectors and switches begin once every topic stands and is marked", () => {
      for (const { row, moving } of rows) {
        const topics = urnsOf(ofType(moving, /^kafka:.*:Topic$|:TopicMarks$/));
        assert.ok(topics.length > 1, row);
        for (const one of ofType(moving, /:Connector$|:ConnectCluster$|:Switch$/)) {
          for (const urn of topics)
            assert.ok(awaited(one, moving).has(urn), `${row}: ${one.name} does not wait for ${urn}`);
        }
      }
    });

    it("start after the ledger, which is written after the switches, which wait for the gates", () => {
      for (const { row, moving } of rows) {
        const [ledger] = ofType(moving, /:Ledger$/);
        const switches = ofType(moving, /:Switch$/);
        const open = ofType(moving, /:Gate$/).filter(({ inputs }) => inputs.sealed === false);
        assert.ok(ledger, row);
        for (const resource of moving.filter((one) => one.custom && groupOf(one) === "starts")) {
          assert.ok(awaited(resource, moving).has(ledger.urn), `${row}: ${resource.name} does not wait for the ledger`);
        }
        for (const { urn, name } of switches) assert.ok(awaited(ledger, moving).has(urn), `${row}: ledger, ${name}`);
        for (const step of switches) {
          for (const { urn, name } of open) assert.ok(awaited(step, moving).has(urn), `${row}: ${step.name}, ${name}`);
        }
      }
    });

    it("hold the registries in every row that has both, after the ledger and before anybody starts", () => {
      for (const { row, moving } of rows) {
        const [schemas, ...more] = ofType(moving, /:SchemaCopy$/);
        assert.equal(schemas !== undefined, config.source.registry !== undefined, row);
        assert.deepEqual(more, []);
        if (schemas === undefined) continue;
        assert.equal(schemas.inputs.desired, rowsOf(config).find(({ name }) => name === row)?.schemas);
        const [ledger] = ofType(moving, /:Ledger$/);
        assert.ok(awaited(schemas, moving).has(ledger!.urn), row);
        for (const start of ofType(moving, /:Start$/)) assert.ok(awaited(start, moving).has(schemas.urn), row);
      }
    });

    /** What the start of a workload is named after. */
    const startedWith = (name: string, role: Played["role"]): string =>
      config.waves?.find(({ workloads }) => workloads.includes(name))?.name ??
      (movesApplications(config.table) ? "applications" : `${role}s`);

    it("start workloads after their addresses are written, and never wait for the mirror while writes pause", () => {
      for (const { row, moving } of rows) {
        const mirror = urnsOf(ofType(moving, /:MirrorState$/));
        const patches = ofType(moving, /^kubernetes:(core|apps).*Patch$/);
        for (const patch of patches) for (const urn of mirror) assert.ok(!awaited(patch, moving).has(urn), row);
        for (const { role, name, runs } of cast(row)) {
          const start = moving.find((one) => one.name === `${config.name}-start-${startedWith(name, role)}`);
          const patch = patches.find((one) => one.name === `${config.name}-${name}-address`);
          assert.ok(patch, `${row}: ${name}`);
          assert.equal(start !== undefined, runs, `${row}: ${name}`);
          if (start === undefined) continue;
          assert.ok(awaited(start, moving).has(patch.urn), `${row}: ${name}`);
        }
      }
    });

    it("hold one patch per workload in every row, which is kept when it leaves the program", () => {
      const expected = cast("prepare")
        .map(({ name }) => `${config.name}-${name}-address`)
        .sort();
      for (const { row, moving, settled: after } of rows) {
        for (const resources of [moving, after]) {
          const patches = ofType(resources, /^kubernetes:(core|apps).*Patch$/);
          assert.deepEqual(patches.map(({ name }) => name).sort(), expected, row);
          for (const { name, retainOnDelete } of patches) assert.ok(retainOnDelete, name);
        }
      }
    });

    it("give each workload the addresses of the side that its row names", () => {
      for (const { row, moving } of rows) {
        for (const { name, side } of cast(row)) {
          const { bootstrap, cluster, kubernetes } = config[side];
          const service = cluster.kind === "external" ? "" : cluster.name;
          const expected =
            bootstrap?.join(",") ?? `${service}-pods.${config.kubernetes[kubernetes]!.namespace}.svc:9092`;
          const patch = moving.find((one) => one.name === `${config.name}-${name}-address`);
          assert.ok(JSON.stringify(patch?.inputs).includes(expected), `${row}: ${name}`);
        }
      }
    });

    it("hold the clusters in every row; they stay when they leave, and production refuses to destroy them", () => {
      for (const { row, moving } of rows) {
        const clusters = ofType(moving, /^kubernetes:kubedb\.com\/v1:Kafka(Patch)?$/);
        assert.ok(
          clusters.some(({ name }) => name === `${config.name}-target-kafka`),
          row,
        );
        for (const { name, type, protect, retainOnDelete } of clusters) {
          assert.ok(retainOnDelete, name);
          assert.equal(protect, config.production && !type.endsWith("Patch"), name);
        }
      }
    });

    it("keep namespaces when they leave the program", () => {
      for (const { name, retainOnDelete } of ofType(everywhere(), /:Namespace$/)) assert.ok(retainOnDelete, name);
    });

    it("leave the program only as far as they belong to the mirror: its source rights first, the rest at last", () => {
      const columns = rowsOf(config);
      for (const [at, { row, moving }] of rows.entries()) {
        // What starts a halted source goes in the row that halts it; it is nothing outside Pulumi.
        const gone = (rows[at - 1]?.settled ?? []).filter(
          // Programs in the cluster go with the last move that they were for.
          (one) => !urnsOf(moving).includes(one.urn) && !/:Running$/.test(one.type) && !isProgram(one),
        );
        const revoked = columns[at - 1]?.sourceRights !== columns[at]?.sourceRights;
        const last = columns[at]?.source === "halted";
        const mirrored = hasMirror(config.table);
        // What starts consumers goes once they have stopped for good; it is nothing outside Pulumi.
        const stops = columns[at]?.consumers === "stopped" && columns[at - 1]?.consumers !== "stopped";
        // With the mirror back go its rights, on both sides.
        const closes = columns[at - 1]?.reverse === "running" && columns[at]?.reverse !== "running";
        if (columns[at]?.source === "removed") {
          // What halted it; the cluster itself is deleted by an act, by name.
          assert.deepEqual(
            gone.map(({ name, retainOnDelete }) => [name, retainOnDelete]),
            [[`${config.name}-source-halt`, true]],
          );
          continue;
        }
        assert.ok(last ? gone.length > 0 === mirrored : revoked || closes || stops || gone.length === 0, row);
        const back = closes ? "|reverse|mirror-user-target" : "";
        const ofMirror = last ? "(mirror|monitoring|ui)(-|$)" : `(mirror-user-source|source-kafka${back})(-|$)`;
        const allowed = stops ? "start-consumers$" : ofMirror;
        for (const { name } of gone) assert.match(name, new RegExp(`^${config.name}-(${allowed})`));
      }
    });

    it("take no right from the source in the row that halts it, since what is dropped goes last", () => {
      for (const [at, { moving }] of rows.entries()) {
        if (ofType(moving, /:KafkaPatch$/).length === 0) continue;
        const gone = (rows[at - 1]?.settled ?? []).filter(({ urn }) => !urnsOf(moving).includes(urn));
        for (const { name, type } of gone) assert.ok(!/^kafka:/.test(type) || !name.includes("-user-source-"), name);
      }
    });

    it("give a user its rights before MirrorMaker 2 logs in, and take them after it has gone", () => {
      const made = (["source", "target"] as const).filter((side) => config[side].credentials?.mirror?.create);
      for (const { row, moving } of rows) {
        const readers = ofType(moving, /:ConnectorConfig$|:ConnectCluster$|:Connector$|:AppBinding$/);
        for (const side of made) {
          const rights = moving.filter(
            ({ name, type }) => type.startsWith("kafka:") && name.includes(`-user-${side}-`),
          );
          const granted = rowsOf(config).find(({ name }) => name === row)!;
          const expected = side === "source" ? granted.sourceRights === "granted" : granted.connect === "present";
          assert.equal(rights.length > 0, expected, `${row}: ${side}`);
          for (const reader of readers) {
            // Pulumi deletes in the reverse order of what a resource itself depends on.
            const direct = awaitedDirectly(reader, moving);
            for (const { urn, name } of rights)
              assert.ok(direct.has(urn), `${row}: ${reader.name} does not depend on ${name}`);
          }
        }
      }
    });

    it("patch a source that is not ours in the row that retires it only, and only to halt it", () => {
      for (const { row, moving } of rows) {
        const patches = ofType(moving, /^kubernetes:kubedb\.com\/v1:KafkaPatch$/);
        const halts = rowsOf(config).find(({ name }) => name === row)!.source === "halted";
        assert.equal(patches.length, halts ? 1 : 0, row);
        for (const { inputs } of patches) assert.deepEqual(inputs.spec, { halted: true, deletionPolicy: "Halt" });
      }
    });

    it("start a source that is not ours before anything that reaches it, in every row but those that halt and delete it", () => {
      for (const { row, moving } of rows) {
        const found = ofType(moving, /:Running$/);
        const runs = rowsOf(config).find(({ name }) => name === row)!.source === "running";
        assert.equal(found.length, config.source.cluster.kind === "kubedb-existing" && runs ? 1 : 0, row);
        const later = ofType(moving, /:(Switch|MirrorState|Connector|Acl|UserScramCredential)$/);
        for (const one of found.length > 0 ? later : [])
          assert.ok(awaited(one, moving).has(found[0]!.urn), `${row}: ${one.name} does not wait for the source`);
      }
    });

    it("hold no password and no kubeconfig, only references", () => {
      for (const { inputs, name, parent, type } of everywhere()) {
        const { __provider: _, password, ...all } = inputs;
        const { data: _program, ...rest } = all;
        const own = isProgram({ parent, type }) && type.endsWith(":ConfigMap") ? rest : all;
        if (password !== undefined) assert.equal((password as Record<string, unknown>)[secretMark], secretValue, name);
        // The UI's values name a Secret's key, or an env variable that comes from one.
        // A program's volume names a Secret's key, and the text of the program is a file of its own.
        const references = /"keyName":"password"|"password":"\$\{[A-Z_]+\}"|"key":"password"/g;
        assert.doesNotMatch(JSON.stringify(own).replace(references, ""), /"password"|apiVersion: v1|BEGIN /, name);
      }
    });
  });
}
