import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { assessStack } from "../../demo/assess.ts";
import { configForLab, Stack } from "../../demo/stack.ts";
import { lab, labEnv } from "../../lab/lab.ts";
import { applicationTopics, applicationTraffic } from "../../lab/traffic/application-workloads.ts";
import { isClean } from "../../lab/traffic/audit.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { inOrder } from "../support/in-order.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { interrupted, usesLab } from "../lab/support/shared-lab.ts";
import { stackSteps, type StackSteps } from "../lab/support/stack-steps.ts";

/** The applications of one stack, and what they read and write. */
interface Half {
  readonly workloads: readonly string[];
  readonly topics: readonly string[];
}

/** The chain shares no topic with the others. */
const chain: Half = {
  workloads: ["sensor-producer", "clean", "enrich", "store-consumer"],
  topics: ["readings", "cleaned", "enrich-by-key-repartition", "enrich-totals-changelog", "enriched"],
};
const { producers, services = [], consumers } = applicationTraffic;
const rest: Half = {
  workloads: [...producers, ...services, ...consumers]
    .map(({ name }) => name)
    .filter((name) => !chain.workloads.includes(name)),
  topics: applicationTopics.map(({ topic }) => topic).filter((topic) => !chain.topics.includes(topic)),
};

type Config = Record<string, ReturnType<typeof JSON.parse>>;

/** What of the applications' stack one half has, each on a source that it never changes: the other half still reads it. */
function settingsOf({ workloads, topics }: Half, config: Config): Config {
  const { migrate } = config["kafka-migration:groups"] as { migrate: { name: string }[] };
  const all = config["kafka-migration:workloads"] as { name: string }[];
  return {
    topics: { migrate: topics },
    groups: { migrate: migrate.filter(({ name }) => workloads.includes(name)) },
    workloads: all.filter(({ name }) => workloads.includes(name)),
    source: {
      ...config["kafka-migration:source"],
      cluster: { kind: "external" },
      bootstrap: ["source-kafka-pods.demo.svc:9092"],
      credentials: { runner: { secret: "kafka-admin" } },
    },
    ...shortTimes,
    retire: { soakHours: 0 },
  };
}

/** Two migrations from one source onto one target, each with a Connect cluster of its own. */
describe("two stacks onto one target, walked at the same time under traffic", function () {
  inOrder();
  this.timeout(15 * 60_000);
  usesLab(this, "plain");
  let shop: LabWalk;
  let devices: StackSteps & { readonly stack: Stack };
  const text = readFileSync(path.join(lab.root, "Pulumi.apps.yaml"), "utf8");

  before(async () => {
    const { config } = parse(configForLab(text, lab, { strategy: "together" })) as { config: Config };
    shop = await labWalk(100, settingsOf(rest, config), { strategy: "together" });
    // The second stack's target, and what its assessment reads of it, is what the first one makes.
    await shop.goes("prepare");
    devices = await secondStack(config);
    await devices.goes("prepare");
  });

  /** The stack of the chain, by the name of another stack file: the lab has one project. */
  async function secondStack(config: Config): Promise<StackSteps & { readonly stack: Stack }> {
    const env = { ...process.env, ...labEnv() };
    const { signal } = interrupted;
    const target = config["kafka-migration:target"] as { security: object; credentials: { runner: object } };
    const own: Config = {
      ...settingsOf(chain, config),
      name: "devices",
      inventory: path.join(lab.dir, "inventory-devices.json"),
      target: {
        ...target,
        cluster: { kind: "kubedb-existing", name: "target-kafka" },
        security: { ...target.security, caSecret: "target-kafka-client-cert" },
        credentials: { runner: target.credentials.runner },
      },
      connect: {
        ...config["kafka-migration:connect"],
        name: "shop-connect-target",
        runnerUrls: [10, 11].map((last) => `http://127.${lab.block}.253.${last}:8083`),
      },
    };
    const stack = await Stack.create({
      project: lab.root,
      name: "dev",
      directory: path.join(lab.dir, "stack-devices"),
      env,
      adapt: () => {
        const document = parse(configForLab(text, lab, { strategy: "together" })) as { config: Config };
        for (const [key, value] of Object.entries(own)) document.config[`kafka-migration:${key}`] = value;
        return stringify(document);
      },
      signal,
    });
    await assessStack({ project: lab.root, stack: "dev", configFile: stack.configFile, seconds: 3, env, signal });
    return { stack, ...stackSteps(stack) };
  }

  const both = (shopRow: string, devicesRow: string) => Promise.all([shop.goes(shopRow), devices.goes(devicesRow)]);

  /** Names of topics on the target. */
  async function topicsOnTarget(): Promise<readonly string[]> {
    const admin = (await shop.kafka("target")).admin();
    await admin.connect();
    try {
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  }

  it("mirror at the same time, each with an alias and topics of MirrorMaker 2 of its own", async () => {
    await both("mirror", "mirror");
    const found = await topicsOnTarget();
    for (const name of ["shop", "devices"])
      assert.ok(found.includes(`mm2-offset-syncs.${name}-source.internal`), `${name}: ${found.join(", ")}`);
  });

  it("let one move, make progress and retire while the other mirrors on, which loses nothing of its own", async () => {
    await shop.goes("move");
    await shop.goes("validate");
    const id = await sourceClusterId(shop.traffic.kubeconfig, shop.traffic.options);
    await shop.stack.set("kafka-migration:retire.sourceClusterId", id);
    await shop.goes("retire");
    const found = await topicsOnTarget();
    assert.ok(!found.includes("mm2-offset-syncs.shop-source.internal"), "it was removed with its migration");
    assert.ok(found.includes("mm2-offset-syncs.devices-source.internal"), "it is the other's");
    const before = shop.traffic.acknowledged();
    await eventually("records acknowledged", 60, async () => shop.traffic.acknowledged() > before + 500);
  });

  it("let the other move afterwards, with every group at its exact place", async () => {
    const output = await devices.goes("move");
    assert.match(output, /ledger entry 1 written/, "a ledger of its own");
    await devices.goes("validate");
  });

  it("have lost nothing, repeated nothing and kept every order between them, with one output for each input", async () => {
    const audit = await auditOf(shop);
    assert.ok(isClean(audit), JSON.stringify(audit.chains));
    for (const { group, read } of audit.groups)
      assert.ok(read["source"]! > 0 && read["target"]! > 0, `${group} read on both sides`);
  });
});
