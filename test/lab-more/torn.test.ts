import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { lab, labKill } from "../../lab/lab.ts";
import { AcknowledgedCounter } from "../../lab/traffic/counter.ts";
import { inOrder } from "../support/in-order.ts";
import { stackInput } from "../support/stack.ts";
import { killHosts } from "../lab/support/lab-parts.ts";
import { auditOf, eventually, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const row = "move-producers";
const producers = ["foo-producer", "bar-producer", "orders-producer", "profiles-producer", "payments-producer"];
/** Seconds after a failed update within which every producer must write again. */
const patience = 60;
/** What a move of producers prints while everything of it can still be put back. */
const lines = [
  ["they are stopped", /workloads at 0 pods/],
  ["the source is still", /ends no longer grow/],
  ["the mirror is drained", /nothing left to mirror/],
  ["the mirror is stopped", /the mirror is stopped/],
] as const;

/** The producers' own logs say that they write, after whatever tears a move apart. */
describe("a move of producers whose runner, rights or Connect go in the middle of it", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  let runner: Awaited<ReturnType<typeof asRunner>>;
  const kubeconfig = path.join(lab.dir, "runner.kubeconfig");

  before(async () => {
    const { kubernetes } = stackInput("dev");
    const [name = ""] = Object.keys(kubernetes);
    writeFileSync(kubeconfig, readFileSync(lab.kubeconfig));
    walk = await labWalk(200, {
      ...shortTimes,
      kubernetes: { [name]: { ...kubernetes[name], kubeconfig, namespace } },
    });
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  /** Records that each producer has had acknowledged, by its own log. */
  const writtenBy = (): ReadonlyMap<string, number> =>
    new Map(producers.map((name) => [name, new AcknowledgedCounter(path.join(walk.traffic.logDir, name)).count()]));

  async function allWrite(): Promise<void> {
    const before = writtenBy();
    await eventually("every producer writing", patience, async () => {
      const now = writtenBy();
      return producers.every((name) => now.get(name)! > before.get(name)!);
    });
  }

  it("stops nobody where a workload's login for the target is in a Secret that does not exist", async () => {
    const at = `kafka-migration:workloads[${stackInput("dev").workloads.findIndex(({ name }) => name === "foo-producer")}].login`;
    const secret = "foo-producer-login";
    const admin = await walk.core.readNamespacedSecret({ name: "kafka-admin", namespace });
    await walk.core.createNamespacedSecret({ namespace, body: { metadata: { name: secret }, data: admin.data! } });
    for (const [key, value] of [
      ...(["username", "password"] as const).flatMap((field): [string, string][] => [
        [`${field}.secret`, secret],
        [`${field}.key`, field],
      ]),
      ["source.secret", "kafka-admin"],
      ["target.secret", "nowhere"],
    ] as const)
      await walk.stack.set(`${at}.${key}`, value);
    const { code, output } = await walk.up(row);
    assert.notEqual(code, 0, output);
    assert.match(output, /nowhere/);
    assert.doesNotMatch(output, /workloads at 0 pods/);
    await allWrite();
    const { code: removed, output: told } = await walk.stack.attempt(["config", "rm", "--path", at]);
    assert.equal(removed, 0, told);
  });

  it("has them writing again although the runner may write no ConfigMap any more once they are stopped", async () => {
    runner = await asRunner();
    let withdrawn: Promise<void> | undefined;
    const { code, output } = await walk.up(row, {
      onLine: (line) => {
        if (/ends no longer grow/.test(line)) withdrawn ??= runner.loses("configmaps");
      },
    });
    await withdrawn;
    assert.notEqual(code, 0, output);
    assert.match(output, /forbidden/i);
    await allWrite();
    await runner.gets("configmaps");
  });

  it("moves nobody, or everybody, when Connect's workers are killed once they are stopped", async () => {
    let killed: boolean[] | undefined;
    const { output } = await walk.up(row, {
      onLine: (line) => {
        if (/workloads at 0 pods/.test(line))
          killed ??= [0, 1].map((at) => labKill(`connect/demo/migration-connect/migration-connect-${at}`));
      },
    });
    assert.ok(killed?.includes(true), output);
    await allWrite();
    assert.equal(await walk.stack.reached(), "mirror", output);
  });

  for (const [when, line] of lines)
    it(`has them writing again when the command gets one Ctrl-C once ${when}`, async () => {
      const { code, output } = await interrupted(line, "SIGINT");
      assert.notEqual(code, 0, output);
      await allWrite();
    });

  for (const [when, line] of lines)
    it(`has them writing again when the command is killed with -9 once ${when}`, async () => {
      await interrupted(line, "SIGKILL");
      await allWrite();
      await walk.stack.cancel();
    });

  it("has them writing after the next update when the provider's host is killed too", async () => {
    await interrupted(/ledger entry \d+ written/, "SIGKILL", killHosts);
    await walk.stack.cancel();
    await walk.goes(row);
    await allWrite();
  });

  it("waits for its rights where it loses all of them while consumers are stopped", async () => {
    let away: Promise<void> | undefined;
    const { code, output } = await walk.up("move-consumers", {
      onLine: (line) => {
        if (/workloads at 0 pods/.test(line)) away ??= runner.isWithoutRights(15_000);
      },
    });
    await away;
    assert.ok(away !== undefined, output);
    assert.equal(code, 0, output);
  });

  it("ends with nothing lost, nothing read twice and every order kept", async () => {
    assert.equal((await auditOf(walk)).outOfOrder, 0);
  });

  /** Sends the command a signal when it prints a line, unless the move is over by then. */
  async function interrupted(line: RegExp, signal: NodeJS.Signals, besides = () => {}) {
    let group = 0;
    let sent = false;
    const found = await walk.up(row, {
      onStart: (id) => (group = id),
      onLine: (text) => {
        if (sent || !line.test(text)) return;
        sent = true;
        besides();
        process.kill(-group, signal);
      },
    });
    assert.ok(sent, found.output);
    return found;
  }

  /** From now on the stack acts as a ServiceAccount, whose rights can be taken away. */
  async function asRunner() {
    const config = new KubeConfig();
    config.loadFromFile(lab.kubeconfig);
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    const account = "migration-runner";
    await walk.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: account } } });
    const [everything, everyVerb] = [["*"], ["*"]];
    const groups = [
      "apps",
      "batch",
      "autoscaling",
      "coordination.k8s.io",
      "authorization.k8s.io",
      "apiextensions.k8s.io",
    ];
    const roles = {
      everything: [
        {
          apiGroups: [...groups, "kafka.kubedb.com", "appcatalog.appscode.com"],
          resources: everything,
          verbs: everyVerb,
        },
        { apiGroups: [""], resources: ["pods", "secrets", "services", "events", "namespaces"], verbs: everyVerb },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
      ],
      configmaps: [{ apiGroups: [""], resources: ["configmaps"], verbs: everyVerb }],
    };
    const nameOf = (role: keyof typeof roles) => `${account}-${role}`;
    const gets = async (role: keyof typeof roles) => {
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: nameOf(role) };
      const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
      await rbac.createClusterRoleBinding({ body: { metadata: { name: nameOf(role) }, roleRef, subjects } });
    };
    const loses = async (role: keyof typeof roles) => {
      await rbac.deleteClusterRoleBinding({ name: nameOf(role) });
    };
    for (const role of ["everything", "configmaps"] as const) {
      await rbac.createClusterRole({ body: { metadata: { name: nameOf(role) }, rules: roles[role] } });
      await gets(role);
    }
    const body = { spec: { audiences: [], expirationSeconds: 3600 } };
    const { status } = await walk.core.createNamespacedServiceAccountToken({ name: account, namespace, body });
    const document = JSON.parse(readFileSync(lab.kubeconfig, "utf8")) as { users: { user: { token: string } }[] };
    document.users[0]!.user = { token: status!.token! };
    writeFileSync(kubeconfig, JSON.stringify(document), { mode: 0o600 });
    return {
      gets,
      loses,
      isWithoutRights: async (milliseconds: number) => {
        await Promise.all([loses("everything"), loses("configmaps")]);
        await sleep(milliseconds);
        await Promise.all([gets("everything"), gets("configmaps")]);
      },
    };
  }
});
