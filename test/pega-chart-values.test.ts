/**
 * The values of Pega's public Helm chart 4.9.0, which are not part of this repository: whoever has them puts them beside the
 * checkout, in `../shared/data/pega`.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { overlay, type ReleaseColumns } from "../components/pega/overlay.ts";
import { platformUpgrades } from "../components/pega/platform-upgrade-guard/guard.ts";
import { differencesOf } from "../components/pega/rendered.ts";
import { rolesOf, runsStream, tiersOf, type DeclaredRole } from "../components/pega/tiers.ts";
import { mergeValues, readValueFiles, valueAt, type Values } from "../components/pega/values.ts";
import { objectsOf } from "./support/pega/objects.ts";
import { rows, settings } from "./support/pega/shapes.ts";
import { root } from "./support/stack.ts";

const folder = join(root, "..", "shared", "data", "pega");
const given = existsSync(folder);

interface Shape {
  readonly file: string;
  readonly declared: Readonly<Record<string, DeclaredRole>>;
  /** Tiers that stop. */
  readonly producers: readonly string[];
  /** Tiers whose replicas an autoscaler chooses. */
  readonly autoscaled: readonly string[];
  /** Its tiers with their kinds. */
  readonly tiers: Readonly<Record<string, string>>;
}
const shapes: readonly Shape[] = [
  {
    file: "values.yaml",
    declared: { batch: "both" },
    producers: ["web"],
    autoscaled: ["web", "batch"],
    tiers: { web: "Deployment", batch: "Deployment" },
  },
  {
    file: "values-large.yaml",
    declared: { batch: "consumer", bix: "consumer", realtime: "both" },
    producers: ["web"],
    autoscaled: ["web", "batch", "bix", "realtime"],
    tiers: { web: "Deployment", batch: "Deployment", bix: "Deployment", realtime: "Deployment" },
  },
  {
    file: "values-minimal.yaml",
    declared: { minikube: "both" },
    producers: [],
    autoscaled: [],
    tiers: { minikube: "StatefulSet" },
  },
];

/** The tier that these charts no longer bring, as a release with an embedded stream has it beside them. */
const broker = {
  ...{ name: "stream", nodeType: "Stream", replicas: 2, requestor: { passivationTimeSec: 900 } },
  ...{
    service: { port: 7003, targetPort: 7003 },
    volumeClaimTemplate: { resources: { requests: { storage: "5Gi" } } },
  },
};

function read(file: string): Values {
  const found = readValueFiles([join(folder, file)]);
  if ("problems" in found) throw new Error(JSON.stringify(found.problems));
  return found.values;
}

/** The file as a release with an embedded stream has it, with an image for the placeholder. */
function running(file: string): Values {
  const values = read(file);
  const tier = [...(valueAt(values, "global", "tier") as Values[]), broker];
  const docker = { pega: { image: "registry.example.com/pega:8.8.3" } };
  return mergeValues(values, { global: { tier, docker }, stream: { enabled: false } });
}

const rolesIn = ({ declared }: Shape, values: Values) => {
  const found = rolesOf(
    values,
    Object.entries(declared).map(([name, role]) => ({ name, role })),
  );
  if ("problems" in found) throw new Error(JSON.stringify(found.problems));
  return found.roles;
};

/** What the program leaves alone in every row. */
function others(values: Values): Values {
  const { tier: _, certificatesSecrets: __, ...global } = values["global"] as Values;
  const { stream: ___, ...rest } = values;
  return { ...rest, global };
}

const release = (values: Values) => ({ chart: { name: "pega", version: "4.9.0", values: {} }, values });
function guard(was: Values, wanted: Values, producers: readonly string[]): readonly string[] {
  const objects = { before: objectsOf(was), again: objectsOf(was), after: objectsOf(wanted) };
  return platformUpgrades(release(was), release(wanted), objects, producers);
}

describe(`the values of Pega's chart${given ? "" : ", skipped: they are not beside the checkout (../shared/data/pega)"}`, () => {
  before(function () {
    if (!given) this.skip();
  });

  for (const shape of shapes) {
    const { file, producers, autoscaled, declared } = shape;
    const former = Object.fromEntries(producers.map((name) => [name, 7]));
    const inputs = (values: Values) => ({ roles: rolesIn(shape, values), former, stream: settings });
    const of = (values: Values, columns: ReleaseColumns) => overlay(values, columns, inputs(values));

    it(`${file}: its tiers are known, and ask for a role where the chart says none`, () => {
      const tiers = tiersOf(read(file));
      assert.deepEqual(Object.fromEntries(tiers.map(({ name, kind }) => [name, kind])), shape.tiers);
      assert.deepEqual(
        tiers.filter((tier) => tier.autoscaled).map(({ name }) => name),
        autoscaled,
      );
      const undeclared = rolesOf(read(file), []);
      assert.ok("problems" in undeclared);
      assert.deepEqual(
        undeclared.problems.map(({ path }) => path),
        Object.keys(declared).map((name) => `tiers: ${name}`),
      );
      const roles = rolesIn(shape, running(file));
      assert.deepEqual(
        Object.keys(roles).filter((name) => roles[name] === "producer"),
        producers,
      );
      assert.equal(roles["stream"], "stream");
    });

    for (const columns of rows) {
      it(`${file}: ${columns.row} changes the stream and the producing tiers, and nothing else`, () => {
        const values = running(file);
        const result = of(values, columns);
        assert.deepEqual(others(result), others(values));
        const external = columns.stream === "external";
        assert.equal(valueAt(result, "stream", "enabled"), external);
        assert.deepEqual(
          tiersOf(result).map(({ name }) => name),
          [...Object.keys(shape.tiers), ...(external ? [] : ["stream"])],
        );
        if (external) assert.ok(!tiersOf(result).some(runsStream));
        for (const tier of tiersOf(result)) {
          const before = tiersOf(values).find(({ name }) => name === tier.name)!;
          if (!producers.includes(tier.name) || columns.producers === "running") assert.deepEqual(tier, before);
          else {
            // An autoscaler left on would keep the tier at its own number: the chart writes no replicas beside it.
            const { replicas, autoscaled: scaled, writesReplicas } = tier;
            assert.deepEqual([scaled, writesReplicas], [false, true]);
            assert.equal(replicas, columns.producers === "stopped" ? 0 : 7);
          }
        }
      });
    }

    it(`${file}: every row passes the guard, one after the other`, () => {
      const values = running(file);
      const steps = [values, ...rows.map((columns) => of(values, columns))];
      for (const [at, wanted] of steps.slice(1).entries())
        assert.deepEqual(guard(steps[at]!, wanted, producers), [], rows[at]!.row);
    });

    it(`${file}: the image that it comes with is no version, and the guard says so`, () => {
      const placeholder = { docker: { pega: { image: valueAt(read(file), "global", "docker", "pega", "image") } } };
      const values = mergeValues(running(file), { global: placeholder });
      const [line, ...more] = guard(values, of(values, rows[0]!), producers);
      assert.match(line!, /^global\.docker\.pega\.imagePullPolicy: found none, which means Always for latest/);
      assert.deepEqual(more, []);
    });

    it(`${file}: the stream that this chart turns on by itself is turned off while it is embedded`, () => {
      assert.equal(valueAt(read(file), "stream", "enabled"), true);
      const result = of(mergeValues(running(file), { stream: { enabled: true } }), rows[0]!);
      assert.equal(valueAt(result, "stream", "enabled"), false);
    });

    it(`${file}: the switch changes no more of the stream than the config says`, () => {
      const values = running(file);
      const paths = differencesOf(values, of(values, rows.at(-1)!)).map(({ path }) => path);
      const changed = paths.filter((path) => !path.startsWith("global.tier"));
      assert.deepEqual(
        changed.filter((path) => !/^stream\.|^global\.certificatesSecrets/.test(path)),
        [],
      );
    });

    const upgrades: readonly (readonly [what: string, change: Values])[] = [
      ["another image", { global: { docker: { pega: { image: "pegasystems/pega:25.1" } } } }],
      ["another rules schema", { global: { jdbc: { rulesSchema: "rules_new" } } }],
      ["another action", { global: { actions: { execute: "upgrade-deploy" } } }],
      ["another Hazelcast", { hazelcast: { image: "pegasystems/hazelcast:9" } }],
      ["a migration of Hazelcast", { hazelcast: { migration: { initiateMigration: true } } }],
      ["another search", { pegasearch: { image: "pegasystems/search:9" } }],
      ["another installer", { installer: { image: "pegasystems/installer:25.1" } }],
    ];
    for (const [what, change] of upgrades) {
      it(`${file}: ${what} beside the switch is refused`, () => {
        const values = running(file);
        const wanted = mergeValues(of(values, rows.at(-1)!), change);
        assert.notDeepEqual(guard(values, wanted, producers), []);
      });
    }
  }

  it("stand for what the user's own values are silent about", () => {
    const defaults = read("values.yaml");
    const own = { global: { jdbc: { url: "jdbc:postgresql://db/pega" } } };
    const inputs = { roles: { web: "producer" as const }, former: { web: 4 }, stream: settings, defaults };
    const result = overlay(own, { producers: "stopped", stream: "embedded" }, inputs);
    const web = (valueAt(result, "global", "tier") as Values[])[0]!;
    assert.deepEqual([web["name"], web["replicas"], valueAt(web, "hpa", "enabled")], ["web", 0, false]);
    assert.equal(valueAt(result, "global", "jdbc", "url"), "jdbc:postgresql://db/pega");
    assert.equal(valueAt(result, "stream", "enabled"), false);
  });
});
