/** The overlay of every row, rendered by Helm's own engine from values of every layout, object by object. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chartFacts } from "../../components/pega/chart.ts";
import { parseHelmYaml } from "../../components/pega/helm-yaml.ts";
import { platformUpgrades } from "../../components/pega/platform-upgrade-guard/guard.ts";
import type { ChartRef } from "../../components/pega/render.ts";
import { overlay } from "../../components/pega/overlay.ts";
import { renderedChange } from "../../components/pega/rendered-change.ts";
import {
  objectChanges,
  renderedObjects,
  type ObjectChange,
  type RenderedObject,
} from "../../components/pega/rendered.ts";
import { isStream, tiersOf } from "../../components/pega/tiers.ts";
import { mergeValues, valueAt, type Values } from "../../components/pega/values.ts";
import { rolesIn, rows, settings, shapes, valuesOf } from "../support/pega/shapes.ts";
import { startHelmEngine, type HelmEngine } from "./support/helm-engine.ts";

const chart = { chart: "./lab/pega/chart" };
const release = (values: Values) => ({ chart: chartFacts(chart), values });
const title = ({ kind, name }: Pick<RenderedObject, "kind" | "name">) => `${kind} ${name}`;
const pathsOf = (change: ObjectChange) => `${change.change} ${title(change.object)}`;

describe("a row of a Pega release, rendered by Helm", () => {
  let helm: HelmEngine;
  before(async () => (helm = await startHelmEngine()));
  after(() => helm.stop());
  const render = (values: Values) => helm.render({ chart, release: "pega", namespace: "pega", values });

  for (const shape of shapes) {
    const values = valuesOf(shape);
    const roles = rolesIn(shape);
    const tiers = tiersOf(values);
    const dep = (valueAt(values, "global", "deployment", "name") as string | undefined) ?? "pega";
    const inRow = (row: (typeof rows)[number]) =>
      overlay(values, row, { roles, former: shape.former, stream: settings });

    for (const row of rows) {
      it(`changes what it says and nothing else: ${shape.name}, ${row.row}`, async () => {
        const [now, then] = [await render(values), await render(inRow(row))];
        const scaled = then.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
        const workloads = then.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
        const isExternal = row.stream === "external";
        for (const { name, body } of workloads) {
          const replicas = valueAt(body, "spec", "replicas");
          const scaler = scaled.find((one) => valueAt(one.body, "spec", "scaleTargetRef", "name") === name);
          assert.ok(
            replicas === undefined || scaler === undefined,
            `${name}: an autoscaler, replicas ${String(replicas)}`,
          );
          const types = variablesOf(body)["NODE_TYPE"] ?? "";
          assert.ok(!isExternal || !/Stream/.test(types), `${name} runs brokers beside the target: ${types}`);
        }
        const environment = then.find(({ name }) => name === `${dep}-environment-config`)!;
        assert.equal(valueAt(environment.body, "data", "EXTERNAL_STREAM"), isExternal ? "true" : undefined);

        for (const change of objectChanges(now, then)) explain(change, row);
        for (const tier of tiers.filter(({ name }) => roles[name] === "producer")) {
          const workload = workloads.find(({ name }) => name === `${dep}-${tier.name}`)!;
          const running = tier.writesReplicas ? tier.replicas : undefined;
          const wanted = { running, stopped: 0, restored: shape.former[tier.name] }[row.producers];
          assert.equal(valueAt(workload.body, "spec", "replicas"), wanted, tier.name);
        }
        assert.deepEqual(
          objectChanges(now, then).length,
          changedObjects(row).length,
          objectChanges(now, then).map(pathsOf).join("\n"),
        );
        const producers = Object.keys(roles).filter((name) => roles[name] === "producer");
        const objects = { before: now, again: now, after: then };
        assert.deepEqual(platformUpgrades(release(values), release(inRow(row)), objects, producers), []);
      });
    }

    /** Names of all objects that a row changes. */
    function changedObjects(row: (typeof rows)[number]): string[] {
      const isExternal = row.stream === "external";
      const perTier = tiers.flatMap((tier) => {
        const name = `${dep}-${tier.name}`;
        if (isExternal && isStream(tier)) {
          const { service, pdb } = tierValues(tier.name);
          return [
            `StatefulSet ${name}`,
            `ConfigMap ${name}`,
            ...(service === undefined ? [] : [`Service ${name}`]),
            ...(pdb === undefined ? [] : [`PodDisruptionBudget ${name}-pdb`]),
          ];
        }
        const held = roles[tier.name] === "producer" && row.producers !== "running";
        return [
          ...(isExternal ||
          (held && !(row.producers === "restored" && tier.writesReplicas && tier.replicas === shape.former[tier.name]))
            ? [name]
            : []),
          ...(held && tier.autoscaled ? [`${name}-hpa`] : []),
        ];
      });
      return [...perTier, ...(isExternal ? [`${dep}-environment-config`] : [])];
    }

    function tierValues(name: string): Values {
      return (valueAt(values, "global", "tier") as Values[]).find((tier) => tier["name"] === name)!;
    }

    /** Each changed path must be one that the row is about. */
    function explain(change: ObjectChange, row: (typeof rows)[number]): void {
      const { object, differences } = change;
      const tier = tiers.find(({ name }) =>
        [name, `${name}-hpa`, `${name}-pdb`].some((one) => object.name === `${dep}-${one}`),
      );
      if (change.change !== "altered") {
        const ends = tier && isStream(tier) && row.stream === "external";
        const paused =
          tier &&
          roles[tier.name] === "producer" &&
          row.producers !== "running" &&
          object.kind === "HorizontalPodAutoscaler";
        assert.ok(change.change === "removed" && (ends || paused), pathsOf(change));
        return;
      }
      const paths = differences.map(({ path }) => path);
      const allowed = [
        /^data\.(EXTERNAL_STREAM|STREAM_\w+)$/,
        /^spec\.template\.metadata\.annotations\.config-check$/,
        /^spec\.template\.spec\.volumes\[pega-volume-(credentials|import-certificates)\]/,
        /^spec\.template\.spec\.containers\[pega-web-tomcat\]\.(env\[STREAM_\w+\]|volumeMounts\[pega-volume-import-certificates\])/,
        ...(tier && /Stream,/.test(tier.nodeTypes.join(",")) ? [/\.env\[NODE_TYPE\]\.value$/] : []),
      ];
      const isReplicas = (path: string) =>
        path === "spec.replicas" &&
        tier !== undefined &&
        roles[tier.name] === "producer" &&
        row.producers !== "running";
      const odd = paths.filter(
        (path) => !isReplicas(path) && !(row.stream === "external" && allowed.some((pattern) => pattern.test(path))),
      );
      assert.deepEqual(odd, [], title(object));
    }
  }

  it("reads in the preview as lines, with the Secret of the hook as a hash", async () => {
    const values = valuesOf(shapes[4]!);
    const { externalSecretName: _, ...others } = settings;
    const stream = { ...others, jaasConfig: 'ScramLoginModule required password="s3cret";' };
    const inputs = { roles: rolesIn(shapes[4]!), former: { web: 7 }, stream };
    const lines = renderedChange(
      await render(values),
      await render(overlay(values, { producers: "restored", stream: "external" }, inputs)),
    );
    const titles = lines.filter((line) => !line.startsWith(" "));
    assert.deepEqual(
      titles,
      [
        "- ConfigMap pega-stream",
        "~ ConfigMap pega-environment-config",
        "~ Deployment pega-batch",
        "~ Deployment pega-util",
        "~ Deployment pega-web",
        "- PodDisruptionBudget pega-stream-pdb",
        "+ Secret pega-stream-secret (hook pre-install, pre-upgrade)",
        "- StatefulSet pega-stream",
      ].sort(byName),
    );
    assert.ok(lines.includes("    spec.replicas: 5 -> 7"), lines.join("\n"));
    assert.ok(lines.includes("    data.STREAM_REPLICATION_FACTOR: absent -> 3"), lines.join("\n"));
    assert.doesNotMatch(lines.join("\n"), /s3cret|ScramLoginModule/);
  });

  it("is refused with what another chart makes of the same values", async () => {
    const values = valuesOf(shapes[3]!);
    const now = await render(values);
    const other = await render(mergeValues(values, { lab: { terminationGracePeriodSeconds: 31 } }));
    const same = release(values);
    const [why, ...lines] = platformUpgrades(same, same, { before: now, again: other, after: other }, ["web"]);
    assert.match(why!, /^the chart renders the values that run otherwise/);
    assert.deepEqual(
      lines,
      ["Deployment pega-batch", "Deployment pega-web", "StatefulSet pega-stream"].flatMap((one) => [
        `  ~ ${one}`,
        "      spec.template.spec.terminationGracePeriodSeconds: 30 -> 31",
      ]),
    );
  });

  it("is refused with whatever the values change beside it", async () => {
    const values = valuesOf(shapes[3]!);
    const now = await render(values);
    const after = await render(
      mergeValues(values, {
        lab: { env: { NEW: "1" } },
        hazelcast: { enabled: true },
        global: { jdbc: { rulesSchema: "rules_new" } },
      }),
    );
    const lines = platformUpgrades(release(values), release(values), { before: now, again: now, after }, ["web"]);
    assert.deepEqual(lines.slice(1), [
      "  ~ ConfigMap pega-environment-config",
      "      data.NEW: absent -> 1",
      "      data.RULES_SCHEMA: rules -> rules_new",
      "  + StatefulSet pega-hazelcast",
    ]);
  });

  it("reads values as this project does: 1.1 booleans and octals, dates and times as text", async () => {
    const text = [
      "kind: ConfigMap",
      "apiVersion: v1",
      "metadata: {name: c}",
      "yes: 1",
      "a: [yes, off, 'yes', y, ~, null, 0644, 0o17, 0x1f, 1e3, 1.5, 1_000, 2026-11-21, 10:30, +1, .5, 012a, 1.0]",
      "b: {<<: {c: 1}, d: 2}",
      "e: |\n  line\n",
    ].join("\n");
    const [ours] = parseHelmYaml(text);
    assert.ok(ours !== undefined && "value" in ours);
    assert.deepEqual(renderedObjects([ours.value], ""), renderedObjects(await helm.decode(text), ""));
  });

  it("takes a chart from an archive and from a repository, with the same objects", async () => {
    const folder = mkdtempSync(join(tmpdir(), "charts-"));
    cpSync("lab/pega/chart", join(folder, "pega-lab"), { recursive: true });
    execFileSync("tar", ["czf", "pega-lab-0.1.0.tgz", "pega-lab"], { cwd: folder });
    const server = createServer((request, response) => {
      if (request.url === "/index.yaml") {
        const entry = "{name: pega-lab, version: 0.1.0, apiVersion: v2, urls: [pega-lab-0.1.0.tgz]}";
        response.end(`apiVersion: v1\nentries:\n  pega-lab:\n    - ${entry}\n`);
      } else response.end(readFileSync(join(folder, basename(request.url ?? ""))));
    });
    try {
      await once(server.listen(0, "127.0.0.1"), "listening");
      const repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const values = valuesOf(shapes[3]!);
      const expected = await render(values);
      const from = (ref: ChartRef) => helm.render({ chart: ref, release: "pega", namespace: "pega", values });
      assert.deepEqual(await from({ chart: join(folder, "pega-lab-0.1.0.tgz") }), expected);
      assert.deepEqual(await from({ chart: "pega-lab", version: "0.1.0", repository }), expected);
      await assert.rejects(from({ chart: "pega-lab", version: "9.9.9", repository }), /9\.9\.9/);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("says what the chart refuses, in the chart's words", async () => {
    await assert.rejects(
      render({ global: { actions: { execute: "remove" } } }),
      /global\.actions\.execute is "remove"/,
    );
  });
});

const byName = (a: string, b: string) => (a.slice(2) < b.slice(2) ? -1 : 1);

/** Plain variables of a workload's container. */
function variablesOf(body: Values): Readonly<Record<string, string>> {
  const [container] = (valueAt(body, "spec", "template", "spec", "containers") as Values[] | undefined) ?? [];
  const list = (container?.["env"] ?? []) as { name: string; value?: string }[];
  return Object.fromEntries(list.map(({ name, value }) => [name, value ?? ""]));
}
