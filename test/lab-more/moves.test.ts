import assert from "node:assert/strict";
import { lab, labKill } from "../../lab/lab.ts";
import { inOrder } from "../support/in-order.ts";
import { forbid } from "../lab/support/forbid.ts";
import { auditOf, eventually, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const row = "move-producers";
const producers = ["foo-producer", "bar-producer", "orders-producer", "profiles-producer"];

/** Seconds after a failed update within which every producer must write again. */
const patience = 60;

/** Between the fence and the first record at the target whatever can fails, and the producers write all the same. */
describe("a move of producers that is torn apart", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(200, shortTimes);
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  const address = async (name: string) =>
    (await walk.core.readNamespacedConfigMap({ name: `${name}-config`, namespace })).data!["BOOTSTRAP"]!;

  const reached = () => walk.stack.reached();

  /** Every producer is at a side's address, has its pods and writes, and the stack records the row that was reached. */
  async function writesOn(side: "source" | "target"): Promise<void> {
    for (const name of producers) assert.match(await address(name), new RegExp(`${side}-kafka`), name);
    await eventually("every producer ready", patience, async () => {
      const sets = await Promise.all([
        walk.apps.listNamespacedDeployment({ namespace }),
        walk.apps.listNamespacedStatefulSet({ namespace }),
      ]);
      const found = sets.flatMap(({ items }) => items).filter(({ metadata }) => producers.includes(metadata!.name!));
      return found.length === producers.length && found.every(({ status }) => (status?.readyReplicas ?? 0) > 0);
    });
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", patience, async () => walk.traffic.acknowledged() > before + 500);
  }

  const configMaps = (expression: string) => ({
    apiGroup: "",
    resource: "configmaps",
    expression,
    message: "not today",
  });
  const notAtTarget = configMaps(
    'object.metadata.name != "orders-producer-config" || !object.data.BOOTSTRAP.contains("target-kafka")',
  );

  it("stops nobody when the target's address would be refused", async () => {
    const allow = await forbid(notAtTarget);
    const { code, output } = await walk.up(row);
    await allow();
    assert.notEqual(code, 0, output);
    assert.match(
      output,
      /ConfigMap demo\/orders-producer-config would not take its values of the other side: .*not today.* No workload was stopped\./,
    );
    assert.doesNotMatch(output, /workloads at 0 pods/);
    await writesOn("source");
  });

  it("puts everything back when a change of an address is refused after the ledger is written", async () => {
    let allow: Promise<() => Promise<void>> | undefined;
    const { code, output } = await walk.up(row, {
      onLine: (line) => {
        // Takes effect before the ledger is written.
        if (/workloads at 0 pods/.test(line)) allow ??= forbid(notAtTarget);
      },
    });
    await (
      await allow!
    )();
    assert.notEqual(code, 0, output);
    assert.match(output, /ledger entry 1 written/);
    assert.match(output, /orders-producer-config did not take its values: .*not today/);
    assert.match(output, /ledger entry 1 is void, nothing was started at the target; entry 2 says so/);
    assert.match(output, /producers are writing to the source again; nothing was moved/);
    await writesOn("source");
    assert.equal(await reached(), "mirror");
  });

  it("has the producers writing again although Connect gives no answer any more", async () => {
    const workers = [0, 1].map((at) => `connect/demo/migration-connect/migration-connect-${at}`);
    const signal = (name: NodeJS.Signals) => workers.map((part) => labKill(part, name));
    let writing: Promise<void> | undefined;
    try {
      const { code, output } = await walk.up(row, {
        onLine: (line) => {
          if (/ends no longer grow/.test(line)) assert.ok(signal("SIGSTOP").includes(true));
        },
      });
      assert.notEqual(code, 0, output);
      assert.match(output, /producers are writing to the source again|started again with the addresses they have/);
      writing = writesOn("source");
      await writing;
    } finally {
      signal("SIGCONT");
    }
    assert.equal(await reached(), "mirror");
  });

  let yesterday: string;

  it("records nothing by --continue-on-error, --target, --exclude and refresh while a start is refused", async () => {
    const scale = {
      ...{ apiGroup: "apps", resource: "deployments/scale", message: "not today" },
      expression: 'object.metadata.name != "foo-producer" || object.spec.replicas == 0',
    };
    yesterday = await walk.stack.state();
    let allow: Promise<() => Promise<void>> | undefined;
    const first = await walk.up(row, {
      onLine: (line) => {
        if (/workloads at 0 pods/.test(line)) allow ??= forbid(scale);
      },
    });
    assert.notEqual(first.code, 0, first.output);
    assert.match(first.output, /were started at the target, so nothing is put back: ledger entry \d+ holds\./);
    assert.equal(await reached(), "mirror");
    const urn = (type: string, name: string) =>
      `urn:pulumi:dev::kafka-migration::kafka-migration:components:Migration$pulumi-nodejs:dynamic/kafka:${type}::shop-${name}`;
    for (const args of [
      ["up", "--yes", "--skip-preview", "--continue-on-error"],
      ["up", "--yes", "--skip-preview", "--target", urn("TopicsGuard", "topics-guard")],
      ["up", "--yes", "--skip-preview", "--exclude", urn("Start", "start-producers")],
      ["up", "--yes", "--skip-preview", "--exclude", urn("Switch", "switch-producers"), "--exclude-dependents"],
      ["refresh", "--yes", "--skip-preview"],
      ["refresh", "--yes", "--skip-preview", "--run-program"],
    ]) {
      const { output } = await walk.stack.attempt(args);
      assert.equal(await reached(), "mirror", `${args.join(" ")}\n${output}`);
    }
    await (
      await allow!
    )();
    await walk.reaches(row);
    assert.equal(await reached(), row);
    await writesOn("target");
  });

  it("goes on from the state of yesterday, in which nobody had moved, and moves nobody twice", async () => {
    const today = (await walk.core.readNamespacedConfigMap({ namespace, name: "shop-ledger" })).data!["ledger.json"];
    await walk.stack.restore(yesterday);
    assert.equal(await reached(), "mirror");
    const output = await walk.reaches(row);
    assert.match(output, /ledger entry \d+ holds: the producers write to the target already/);
    assert.equal(await reached(), row);
    const now = (await walk.core.readNamespacedConfigMap({ namespace, name: "shop-ledger" })).data!["ledger.json"];
    assert.equal(now, today);
    await writesOn("target");
  });

  it("writes the ledger again that somebody has deleted, from the copy in the state", async () => {
    const at = { namespace, name: "shop-ledger" };
    const before = (await walk.core.readNamespacedConfigMap(at)).data!["ledger.json"];
    await walk.core.deleteNamespacedConfigMap(at);
    await walk.reaches(row);
    assert.equal((await walk.core.readNamespacedConfigMap(at)).data!["ledger.json"], before);
  });

  it("refuses to begin in the middle where the state is lost, and says what to do", async () => {
    const kept = await walk.stack.state();
    const { version, deployment } = JSON.parse(kept) as {
      version: number;
      deployment: { manifest: unknown; secrets_providers: unknown };
    };
    const { manifest, secrets_providers } = deployment;
    await walk.stack.restore(JSON.stringify({ version, deployment: { manifest, secrets_providers } }));
    const { code, output } = await walk.up(row);
    assert.notEqual(code, 0, output);
    assert.match(output, /phase "move-producers" is not the first one.*startAt/);
    await walk.stack.restore(kept);
    await walk.reaches(row);
    await writesOn("target");
  });

  /** The side that every consumer is pointed at, once it is one for all. */
  const readers = ["foo-consumer", "bar-consumer", "orders-consumer", "profiles-consumer"];
  const reading = () =>
    eventually("one side for all consumers", patience, async () => {
      const sides = new Set(await Promise.all(readers.map(async (name) => (await address(name)).includes("target"))));
      return sides.size === 1 && [...sides].map((there) => (there ? "target" : "source"))[0];
    });

  for (const [how, signal] of [
    ["is killed", "SIGKILL"],
    ["gets one Ctrl-C", "SIGINT"],
  ] as const)
    it(`leaves the consumers on one side, running, when the command ${how} while they are moved`, async () => {
      let group = 0;
      const { output } = await walk.up("move-consumers", {
        onStart: (id) => (group = id),
        onLine: (line) => {
          if (/workloads are pointed at the target|ledger entry \d+ holds: the groups read/.test(line))
            process.kill(-group, signal);
        },
      });
      if (signal === "SIGKILL") await walk.stack.cancel();
      assert.match(output, /pointed at the target|the groups read/);
      assert.equal(await reached(), row);
      await reading();
      await eventually("every consumer ready", patience, async () => {
        const { items } = await walk.apps.listNamespacedDeployment({ namespace });
        return items
          .filter(({ metadata }) => readers.includes(metadata!.name!))
          .every(({ status, spec }) => (status?.readyReplicas ?? 0) === spec?.replicas && (spec?.replicas ?? 0) > 0);
      });
    });

  it("ends with nothing lost, nothing read twice and every order kept", async () => {
    await walk.goes("move-consumers");
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 20_000, `${audit.acknowledged} records in ${lab.dir}`);
  });
});
