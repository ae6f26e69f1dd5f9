/** The Kafbat UI's own chart, as it is published, rendered by Helm's engine with the values of the program. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { kafbatService } from "../../components/how-to-reach.ts";
import { kafbatValues } from "../../components/kafbat-ui.ts";
import type { RenderedObject } from "../../components/pega/rendered.ts";
import { configWithUi } from "../support/kafbat.ts";
import { root } from "../support/stack.ts";
import { startHelmEngine, type HelmEngine } from "./support/helm-engine.ts";

const chart = join(root, "test/support/kafka-ui-chart");

interface Pod {
  spec: {
    template: {
      spec: {
        containers: [
          {
            env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
            resources: object;
            volumeMounts: { name: string; mountPath: string }[];
          },
        ];
        volumes: { name: string; secret?: { secretName: string }; configMap?: { name: string } }[];
      };
    };
  };
}

interface Values {
  yamlApplicationConfig: object;
  envs: { secretMappings: Record<string, { name: string; keyName: string }> };
  volumes: { name: string; secret: { secretName: string } }[];
  volumeMounts: { name: string; mountPath: string }[];
}

describe("the Kafbat UI of Pulumi.prod.yaml, rendered by Helm", function () {
  this.timeout(60_000);
  const config = configWithUi("prod");
  const values = kafbatValues(config) as unknown as Values;
  let helm: HelmEngine;
  let objects: readonly RenderedObject[];

  before(async function () {
    this.timeout(20 * 60_000);
    helm = await startHelmEngine();
    const args = { chart: { chart }, release: config.ui.release, namespace: "kafka" };
    objects = await helm.render({ ...args, values: kafbatValues(config) });
  });
  after(() => helm.stop());

  const body = (kind: string, name?: string): unknown => {
    const found = objects.filter((one) => one.kind === kind && (name === undefined || one.name === name));
    assert.equal(
      found.length,
      1,
      `${kind} ${name ?? ""} among ${objects.map((one) => `${one.kind} ${one.name}`).join()}`,
    );
    return found[0]!.body;
  };

  it("is rendered from the chart whose version the config has by default", () => {
    const { name, version } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as Record<string, string>;
    assert.deepEqual([name, version], [config.ui.chart, config.ui.version]);
  });

  it("reads the clusters and Connect from a file that holds no password", () => {
    const { name } = kafbatService(config.ui);
    const { data } = body("ConfigMap", `${name}-fromvalues`) as { data: Record<string, string> };
    assert.deepEqual(parse(data["config.yml"]!), values.yamlApplicationConfig);
    const [container] = (body("Deployment") as Pod).spec.template.spec.containers;
    const at = container.env.find((one) => one.name === "SPRING_CONFIG_ADDITIONAL-LOCATION");
    assert.equal(at?.value, "/kafka-ui/config.yml");
    assert.deepEqual(
      objects.filter(({ kind }) => kind === "Secret"),
      [],
    );
  });

  it("gets each user from its Secret", () => {
    const [container] = (body("Deployment") as Pod).spec.template.spec.containers;
    const mapped = container.env.flatMap(({ name, valueFrom }) => (valueFrom ? [[name, valueFrom.secretKeyRef]] : []));
    const wanted = Object.entries(values.envs.secretMappings).map(([name, of]) => [
      name,
      { name: of.name, key: of.keyName },
    ]);
    assert.ok(wanted.length >= 6, `${wanted.length} variables`);
    assert.deepEqual(Object.fromEntries(mapped), Object.fromEntries(wanted));
  });

  it("mounts the authorities' certificates where the clients look for them", () => {
    const { containers, volumes } = (body("Deployment") as Pod).spec.template.spec;
    for (const { name, secret } of values.volumes)
      assert.equal(volumes.find((volume) => volume.name === name)?.secret?.secretName, secret.secretName);
    const files = [
      ...JSON.stringify(values.yamlApplicationConfig).matchAll(/"ssl\.truststore\.location":"([^"]+)\/ca\.crt"/g),
    ];
    assert.equal(files.length, 2);
    for (const [, folder] of files)
      assert.ok(
        containers[0].volumeMounts.some(({ mountPath }) => mountPath === folder),
        folder,
      );
  });

  it("takes the config's own values, and has the Service that the output names", () => {
    const [container] = (body("Deployment") as Pod).spec.template.spec.containers;
    assert.deepEqual(container.resources, (config.ui.values as { resources: object }).resources);
    const { name, port } = kafbatService(config.ui);
    const { spec } = body("Service", name) as { spec: { ports: { port: number }[] } };
    assert.deepEqual(
      spec.ports.map((one) => one.port),
      [port],
    );
  });
});
