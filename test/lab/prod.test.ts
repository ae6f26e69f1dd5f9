import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { gateApplies } from "../../components/gates.ts";
import { Stack } from "../../demo/stack.ts";
import { tables } from "../../phases/strategies/index.ts";
import { installKinds } from "../../lab/crds.ts";
import { connect } from "../../lab/kubernetes.ts";
import { lab, labEnv } from "../../lab/lab.ts";
import { stackConfig } from "../support/stack.ts";
import { eventually } from "./support/lab-walk.ts";
import { interrupted, usesLab } from "./support/shared-lab.ts";

interface Kubeconfig {
  contexts: { name: string; context: object }[];
}

interface Config {
  "kafka-migration:kubernetes": Record<string, { context: string; kubeconfig?: string; namespace: string }>;
  "kafka-migration:ui"?: object;
}

/** A production stack as a reviewer has it: Kubernetes answers, Kafka and Connect do not. */
describe("Pulumi.prod.yaml with Kubernetes there and Kafka away", function () {
  this.timeout(5 * 60_000);
  usesLab(this, "control-plane");
  const applies = gateApplies(stackConfig("prod"));
  let stack: Stack;
  let api: ReturnType<typeof connect>;

  before(async () => {
    // Before the contexts of the stack take the place of its own.
    api = connect(lab.kubeconfig);
    await installKinds(api);
    const kubeconfig = JSON.parse(readFileSync(lab.kubeconfig, "utf8")) as Kubeconfig;
    stack = await Stack.create({
      project: lab.root,
      name: "prod",
      directory: path.join(lab.dir, "stack"),
      env: { ...process.env, ...labEnv() },
      adapt: (text) => {
        const document = parse(text) as { config: Config };
        const connections = Object.values(document.config["kafka-migration:kubernetes"]);
        const contexts = connections.map(({ context: name }) => ({ ...kubeconfig.contexts[0]!, name }));
        writeFileSync(lab.kubeconfig, JSON.stringify({ ...kubeconfig, contexts }), { mode: 0o600 });
        // Pulumi loads a chart in every preview, and there is no chart repository here.
        delete document.config["kafka-migration:ui"];
        return stringify(document);
      },
      signal: interrupted.signal,
    });
    const { "kafka-migration:kubernetes": connections } = (
      parse(readFileSync(path.join(lab.root, "Pulumi.prod.yaml"), "utf8")) as { config: Config }
    ).config;
    const namespaces = new Set(Object.values(connections).map(({ namespace }) => namespace));
    for (const name of namespaces) await api.core.createNamespace({ body: { metadata: { name } } });
  });

  it("refuses the first phase in one sentence where an operator is not installed", async () => {
    const { custom } = api;
    const name = "prometheusrules.monitoring.coreos.com";
    const definitions = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };
    await custom.deleteClusterCustomObject({ ...definitions, name });
    try {
      await stack.set("kafka-migration:phase", "prepare");
      // The API server serves a kind for a moment after its definition has gone.
      const output = await eventually("the refusal", 120, async () => {
        const { code, output } = await stack.attempt(["preview"]);
        return code !== 0 && output;
      });
      assert.match(
        output,
        /The Prometheus operator is not installed at https:\S+: it has no prometheusrules\.monitoring/,
      );
      assert.doesNotMatch(output, /\n\s+at /, output);
    } finally {
      await installKinds(api);
    }
  });

  for (const [index, { name, opensWhen }] of tables["producers-first"].slice(0, 2).entries()) {
    it(`previews the row ${name} and says what it could not measure`, async () => {
      await stack.set("kafka-migration:phase", name);
      if (index > 0) {
        await stack.set("kafka-migration:startAt.row", name);
        await stack.set("kafka-migration:startAt.reason", "the test has no clusters to walk to it");
      }
      const { code, output } = await stack.attempt(["preview"]);
      assert.equal(code, 0, output);
      assert.doesNotMatch(output, /\berror\b/, output);
      for (const gate of opensWhen.filter(applies)) {
        assert.match(output, new RegExp(`gate ${name} / ${gate} is closed: could not be measured`), output);
      }
    });
  }
});
