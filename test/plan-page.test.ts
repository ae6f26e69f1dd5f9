import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gateApplies } from "../components/gates.ts";
import { bootstrapInside } from "../components/side-addresses.ts";
import { switchesOf } from "../phases/plan.ts";
import { rowsOf } from "../phases/strategies/index.ts";
import { pegaTables } from "../phases/pega/tables.ts";
import { migrationPage } from "../plan/migration.ts";
import { pegaPage } from "../plan/pega.ts";
import { writePlan } from "../plan/write.ts";
import { pegaConfig } from "./support/pega/config.ts";
import { largeConfig } from "./support/large-config.ts";
import { walkedConfigs } from "./support/rows.ts";
import { anyConfig, root, stackConfig } from "./support/stack.ts";

/** The parts of a page, by their headings of the second level. */
function sections(page: string): Map<string, string> {
  const parts = page.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.split("\n")[0]!, part]));
}

const part = (section: string, title: string): string => section.split(/^### /m).find((one) => one.startsWith(title))!;

describe("a plan for the change ticket", () => {
  it("cuts lists of names that nobody reads", () => {
    const page = migrationPage(largeConfig(120), "shop");
    const line = page.split("\n").find((one) => one.startsWith("| topics"))!;
    assert.equal([...line.matchAll(/`/g)].length, 2 * 50);
    assert.match(line, /and 70 more; all are in the lockfile and the config/);
  });

  for (const [name, config] of walkedConfigs()) {
    const rows = rowsOf(config);
    const found = sections(migrationPage(config, "shop"));

    it(`says of each phase what it opens on and where it leads back to: ${name}`, () => {
      for (const [at, row] of rows.entries()) {
        const section = found.get(`${at + 1}. ${row.name}`);
        assert.ok(section, row.name);
        const gates = [...part(section, "Opens on").matchAll(/^\| `([\w-]+)`/gm)].map(([, gate]) => gate);
        assert.deepEqual(gates, row.opensWhen.filter(gateApplies(config)));
        const back = part(section, "Way back");
        if ("row" in row.wayBack) assert.ok(back.includes(`Set \`phase\` to \`${row.wayBack.row}\``), back);
        else assert.ok(back.toLowerCase().includes(row.wayBack.none.toLowerCase()), back);
      }
    });

    it(`names each workload in the phase that moves it: ${name}`, () => {
      for (const [at, row] of rows.entries()) {
        const above = rows[at - 1];
        const changes = part(found.get(`${at + 1}. ${row.name}`)!, "What changes");
        for (const workload of config.workloads) {
          const column = workload.role === "producer" ? "producers" : "consumers";
          const wave = config.waves?.find(({ workloads }) => workloads.includes(workload.name))?.name;
          const moves =
            wave === undefined
              ? above !== undefined && above[column] !== row[column]
              : switchesOf(rows, row.name).some((step) => step.wave === wave);
          assert.equal(changes.includes(`\`${workload.name}\``), moves, `${row.name}: ${workload.name}\n${changes}`);
        }
      }
    });
  }

  const prod = stackConfig("prod");
  const page = sections(migrationPage(prod, "prod"));
  const by = (phase: string): string => [...page].find(([title]) => title.endsWith(`. ${phase}`))![1];

  it("lists what must be there before the first phase, with the command that shows it", () => {
    const needs = page.get("Before the first phase")!;
    for (const line of [
      "KubeDB is installed: `kubectl --context dc1-kafka get crd kafkas.kubedb.com` finds it.",
      "The source's cluster exists: `kubectl --context dc1-kafka -n kafka get kafkas.kubedb.com shop-kafka` finds it.",
      "KubeDB is installed: `kubectl --context eu1-kafka get crd kafkas.kubedb.com` finds it.",
      "cert-manager is installed: `kubectl --context eu1-kafka get crd certificates.cert-manager.io` finds it.",
      "The authority exists: `kubectl --context eu1-kafka -n kafka get clusterissuer internal-ca` finds it.",
      "KubeDB's ConnectCluster is installed: `kubectl --context eu1-kafka get crd connectclusters.kafka.kubedb.com` finds it.",
      "The Prometheus operator is installed: `kubectl --context eu1-kafka get crd servicemonitors.monitoring.coreos.com` finds it.",
      "The Prometheus operator is installed: `kubectl --context eu1-kafka get crd prometheusrules.monitoring.coreos.com` finds it.",
      "KubeDB's Ops-manager is installed, if the target's brokers are ever to be scaled or upgraded; the migration itself does without it: `kubectl --context eu1-kafka get crd kafkaopsrequests.ops.kubedb.com` finds it.",
      "The Secret of a user of the source exists: `kubectl --context dc1-kafka -n kafka get secret kafka-migration-mirror` finds it.",
    ])
      assert.ok(needs.includes(`- ${line}\n`), `${line}\n${needs}`);
    assert.match(
      needs,
      /\n- In namespace `shop` of `\S+` the runner may get, patch `deployments\.apps`; patch `deployments\.apps\/scale`; .*: `kubectl --context eu1-apps -n shop auth can-i --list` lists it/,
    );
    assert.match(
      needs,
      /\n- On the target the runner's user may .*; Delete on Topic `mm2-offset-syncs\.shop-source\.internal`, /,
    );
    // The program makes this one.
    assert.doesNotMatch(needs, /shop-kafka-mirror/);
    const plain = anyConfig("dev", ({ target }) => {
      target.security = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN" };
      delete (target.cluster as { tls?: unknown }).tls;
    });
    assert.doesNotMatch(migrationPage(plain, "dev"), /cert-manager|Prometheus/);
  });

  it("says how long a switch takes at most, and where to", () => {
    const { stopSeconds, fenceSeconds, drainSeconds, startSeconds } = prod.switch;
    const limit = stopSeconds + fenceSeconds + drainSeconds + startSeconds;
    const changes = part(by("move-producers"), "What changes");
    assert.ok(changes.includes(`within ${limit} s`), changes);
    assert.ok(changes.includes(bootstrapInside(prod, "target").join()), changes);
  });

  it("says what going back changes", () => {
    assert.match(part(by("mirror"), "Way back"), /^- The connectors `shop-source-all`, .* are removed\.$/m);
    assert.match(part(by("validate"), "Way back"), /Set `phase` to `move-consumers`, which changes no object\./);
  });

  it("says what to do by hand after the producers have moved, with the fields of their addresses", () => {
    const back = part(by("move-producers"), "Way back");
    for (const field of [
      "`checkout` in namespace `shop`, key `KAFKA_BOOTSTRAP` of ConfigMap `checkout-settings`",
      "`payments-api` in namespace `shop`, key `bootstrap` of Secret `payments-api-kafka`",
      "`web-tracker` in namespace `shop`, env `KAFKA_BOOTSTRAP_SERVERS` of container `tracker`",
      "ConfigMap `shop-ledger` in namespace `kafka`",
    ])
      assert.ok(back.includes(field), field);
    for (const address of bootstrapInside(prod, "source")) assert.ok(back.includes(address), address);
    // Consumers still read the source.
    assert.doesNotMatch(back, /`billing`/);
    assert.match(part(by("move-consumers"), "Way back"), /Set the offsets of `analytics`, `billing`, .* on the source/);
    assert.match(
      part(by("retire"), "Way back"),
      /patch kafkas\.kubedb\.com shop-kafka --type merge -p '\{"spec":\{"halted":false\}\}'`/,
    );
    assert.doesNotMatch(part(by("prepare"), "Way back"), /By hand/);
  });

  it("says what the last phase deletes, what stays of it, and what confirms it", () => {
    const { source, kubernetes } = prod;
    const name = `${kubernetes[source.kubernetes]!.namespace}/shop-kafka`;
    assert.match(
      part(by("cleanup"), "What changes"),
      new RegExp(`Kafka \`${name}\` is deleted, if \`cleanup\\.confirm\` names it\\. Its volumes and Secrets stay\\.`),
    );
    const wiped = { ...prod, cleanup: { keep: "nothing" as const } };
    assert.match(migrationPage(wiped, "prod"), /Its volumes and Secrets are deleted for good\./);
    assert.doesNotMatch(part(by("cleanup"), "Way back"), /By hand/);
  });

  it("says what is left after the last phase, and who removes it", () => {
    const after = page.get("After the last phase")!;
    for (const line of ["`pulumi destroy --stack prod --exclude-protected`"])
      assert.ok(after.includes(line), `${line}\n${after}`);
    const all = walkedConfigs().map(([, config]) => config);
    const known = all.find(({ workloads }) => workloads.some(({ kind }) => kind === "connector"))!;
    const { registry } = all.find(({ source }) => source.registry)!.source;
    const source = {
      ...known.source,
      registry,
      cluster: { kind: "external" as const },
      bootstrap: ["old.example:9092"],
    };
    const vendor = { ...known, source };
    const theirs = sections(migrationPage(vendor, "vendor")).get("After the last phase")!;
    assert.match(theirs, /The source at `old\.example:9092` still runs: its owners stop it once/);
    assert.match(theirs, /The source's schema registry \(`http\S+`\) still runs/);
    assert.match(theirs, /Connect cluster `\S+` of the source still runs, without the connectors that moved/);
    assert.doesNotMatch(theirs, /WipeOut/);
  });

  it("leaves workloads elsewhere to their owners", () => {
    const config = anyConfig("dev", (input) =>
      input.workloads.push({ kind: "external", role: "producer", name: "mainframe feed", topics: ["foo"] }),
    );
    const moving = [...sections(migrationPage(config, "dev"))].find(([title]) => title.endsWith("move-producers"))![1];
    assert.match(moving, /By hand: the owners of `mainframe feed` stop them before the update/);
    assert.match(moving, /`mainframe feed` by its owners/);
  });

  it("has the phases of a Pega release too", () => {
    const config = pegaConfig();
    const found = sections(pegaPage(config, "pega"));
    for (const [at, row] of pegaTables[config.strategy].entries()) {
      const section = found.get(`${at + 1}. ${row.name}`)!;
      for (const gate of row.opensWhen) assert.ok(section.includes(`\`${gate}\``), `${row.name}: ${gate}`);
    }
    assert.match(found.get("2. drain")!, /that produce go to 0 replicas/);
  });

  describe("as a file", () => {
    const directory = mkdtempSync(join(tmpdir(), "plan-"));
    after(() => rmSync(directory, { recursive: true }));

    it("is written for Pulumi.prod.yaml", () => {
      const out = join(directory, "plans", "prod.md");
      writePlan({ stack: "prod", configFile: join(root, "Pulumi.prod.yaml"), out });
      assert.equal(readFileSync(out, "utf8"), migrationPage(prod, "prod"));
    });

    it("is refused in one line without a stack's file, and without its lockfile", () => {
      const plan = (stack: string) =>
        writePlan({ stack, configFile: `Pulumi.${stack}.yaml`, out: join(directory, "no.md") });
      assert.throws(() => plan("nowhere"), /^Error: Pulumi\.nowhere\.yaml cannot be read \(ENOENT\); name a stack .*$/);
    });
  });
});
