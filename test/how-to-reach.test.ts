import assert from "node:assert/strict";
import { howToReach, kafbatService } from "../components/how-to-reach.ts";
import type { ConfigInput } from "../config/schema.ts";
import { rowsOf } from "../phases/strategies/index.ts";
import { register } from "./support/rows.ts";
import { configWithUi } from "./support/kafbat.ts";
import { stackConfig } from "./support/stack.ts";

const service = (ui: NonNullable<ConfigInput["ui"]>) =>
  kafbatService(configWithUi("dev", (input) => void (input.ui = ui)).ui);

describe("how to reach what shows the mirror", () => {
  it("is a command and an address for each part of Pulumi.prod.yaml", () => {
    assert.deepEqual(howToReach(stackConfig("prod")), {
      kafbat:
        "kubectl --context eu1-kafka -n kafka port-forward service/kafbat-ui-kafka-ui 8080:80, then http://localhost:8080",
      prometheus:
        "kubectl --context eu1-kafka get prometheus --all-namespaces shows the namespace; kubectl --context eu1-kafka " +
        "-n <namespace> port-forward service/prometheus-operated 9090:9090, then http://localhost:9090/alerts",
      dashboard: "in Grafana, /d/kafka-migration-shop; it is in ConfigMap monitoring/shop-dashboard",
    });
  });

  it("names only what the config asks for", () => {
    assert.deepEqual(howToReach(stackConfig("dev")), {});
    assert.deepEqual(Object.keys(howToReach(configWithUi("dev"))), ["kafbat"]);
    assert.match(howToReach(configWithUi("dev")).kafbat!, /^kubectl --kubeconfig \.lab\/kubeconfig -n demo /);
  });

  it("follows the chart's own rules for the Service", () => {
    assert.deepEqual(service({}), { name: "kafbat-ui-kafka-ui", port: 80 });
    assert.deepEqual(service({ release: "my-kafka-ui" }), { name: "my-kafka-ui", port: 80 });
    assert.deepEqual(
      service({ chart: "oci://registry.example.com/charts/kafka-ui", values: { service: { port: 8081 } } }),
      {
        name: "kafbat-ui-kafka-ui",
        port: 8081,
      },
    );
    assert.equal(service({ values: { fullnameOverride: "look" } }).name, "look");
    assert.equal(service({ values: { nameOverride: "kafbat" } }).name, "kafbat-ui");
  });

  it("is an output of the phases in which Connect exists", async () => {
    const config = configWithUi("dev");
    const rows = rowsOf(config);
    for (const [at, row] of rows.entries()) {
      const reached = at === 0 ? undefined : { strategy: config.table, row: rows[at - 1]!.name };
      const { migration } = await register({ config: { ...config, phase: row.name }, reached });
      assert.deepEqual(Object.keys(migration.reach ?? {}), row.connect === "present" ? ["kafbat"] : [], row.name);
    }
  });
});
