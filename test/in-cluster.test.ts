import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { V1Pod } from "@kubernetes/client-node";
import { gateInputs } from "../components/gates.ts";
import { networkPolicies } from "../components/network-policies.ts";
import { bundle } from "../components/programs/bundle.ts";
import {
  configMapManifest,
  cronJobManifest,
  deploymentManifest,
  type Program,
} from "../components/programs/manifests.ts";
import { pathProbes } from "../components/programs/path-settings.ts";
import { schemaCopyProgram } from "../components/programs/schema-copier.ts";
import { scopeOf } from "../components/scope.ts";
import { Authority } from "../lab/authority.ts";
import { rowsOf } from "../phases/strategies/index.ts";
import { judge } from "../runtime/measure/judge.ts";
import type { PathProbeRef, PathProbeSettings, PathReading, PathResult } from "../runtime/model/programs.ts";
import { pathReading } from "../runtime/programs/path-reading.ts";
import { copyOn } from "../runtime/programs/schema-copy.ts";
import { noPods } from "../runtime/resources/no-pods.ts";
import { copySchemas } from "../runtime/schemas/copy.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { fakeBrokers, type FakeBrokers } from "./support/fake-broker.ts";
import { registries, shop } from "./support/registries.ts";
import { register, setRegistries } from "./support/rows.ts";
import { stackConfig, type anyConfig, type StackInput } from "./support/stack.ts";
import { now, snapshot } from "./support/verdict-readings.ts";

const programs = (edit: (input: StackInput) => void = () => {}) =>
  stackConfig("dev", (input) => {
    setRegistries(input);
    input.inCluster = { paths: { caSecret: "apps-ca" }, schemas: {} };
    edit(input);
  });

describe("the gate paths-open", () => {
  const probe: PathProbeRef = {
    kubernetes: { namespace: "shop" },
    name: "shop-paths",
    workloads: ["checkout", "billing"],
  };
  const fine: PathResult = {
    brokers: 3,
    loggedIn: true,
    slowest: { address: "kafka-2:9092", milliseconds: 3.5 },
    problems: [],
    more: 0,
  };
  const found = (result: Partial<PathResult> = {}, minutesAgo = 1, waits?: string): PathReading => ({
    probe,
    found: { result: { ...fine, ...result }, endedAt: now - minutesAgo * 60_000 },
    ...(waits !== undefined && { waits }),
  });
  const verdict = (reading: PathReading, maxRoundTripMilliseconds?: number) => {
    const condition = {
      ...{ kind: "paths-open" as const, probes: [probe], everyMinutes: 1 },
      ...(maxRoundTripMilliseconds !== undefined && { maxRoundTripMilliseconds }),
    };
    return judge(condition, snapshot({ paths: { value: [reading] } }));
  };
  const rows: readonly (readonly [what: string, PathReading, boolean, string, most?: number])[] = [
    [
      "every broker answers",
      found(),
      true,
      "the target is reached from 1 namespace of applications; the slowest round trip takes 3.5 ms (kafka-2:9092 from shop)",
    ],
    [
      "no login is known there",
      found({ loggedIn: false, brokers: 1 }),
      true,
      "the target is reached from 1 namespace of applications; the slowest round trip takes 3.5 ms (kafka-2:9092 from shop); without a login from shop, since the config names none there",
    ],
    [
      "nothing was tried",
      { probe, waits: "pod shop-paths-1 waits (ImagePullBackOff: no route to registry)" },
      false,
      "the path to the target from namespace shop (applications checkout, billing) was not tried yet: pod shop-paths-1 waits (ImagePullBackOff: no route to registry)",
    ],
    [
      "the last try is old",
      found({}, 7),
      false,
      "the path to the target from namespace shop (applications checkout, billing) was last tried 7 minutes ago, 4 allowed",
    ],
    [
      "a broker does not answer",
      found({ problems: [{ problem: "broker 2 of the target (kafka-2:9092) cannot be reached: refused" }] }),
      false,
      "from namespace shop (applications checkout, billing) the target is not reached: broker 2 of the target (kafka-2:9092) cannot be reached: refused",
    ],
    [
      "an application cannot log in, and more",
      found({
        problems: [
          { workloads: ["billing"], problem: "with Secret shop/billing: the credentials are refused" },
          { problem: "refused" },
        ],
      }),
      false,
      "from namespace shop application billing cannot log in on the target: with Secret shop/billing: the credentials are refused; and 1 more problem",
    ],
    [
      "only somebody cannot log in who does not move",
      found({ problems: [{ workloads: ["report"], problem: "refused" }] }),
      true,
      "the target is reached from 1 namespace of applications; the slowest round trip takes 3.5 ms (kafka-2:9092 from shop)",
    ],
    [
      "a round trip takes too long",
      found(),
      false,
      "a round trip from namespace shop (applications checkout, billing) to kafka-2:9092 takes 3.5 ms, 2 allowed",
      2,
    ],
  ];
  for (const [what, reading, open, sentence, most] of rows) {
    it(`${open ? "opens" : "stays closed"} where ${what}`, () => {
      const said = verdict(reading, most);
      assert.deepEqual([said.sentence, said.open], [sentence, open]);
    });
  }

  it("asks for the applications that its row moves, and for nothing where the config has no programs", () => {
    const config = programs();
    const asked = (row: string) => {
      const { condition } = gateInputs(config, scopeOf(config), { row, gate: "paths-open", sealed: false });
      assert.equal(condition.kind, "paths-open");
      return condition.kind === "paths-open" ? condition.probes.flatMap(({ workloads }) => workloads) : [];
    };
    assert.ok(asked("move-producers").every((name) => name.endsWith("-producer")));
    assert.ok(asked("move-consumers").every((name) => name.endsWith("-consumer")));
    assert.ok(asked("move-producers").length > 3 && asked("move-consumers").length > 3);
  });
});

describe("what a path probe's pods say", () => {
  const probe: PathProbeRef = { kubernetes: { namespace: "shop" }, name: "shop-paths", workloads: [] };
  const result = JSON.stringify({ brokers: 1, loggedIn: true, problems: [], more: 0 });
  const pod = (name: string, minute: number, state: object, of = "shop-paths"): V1Pod => ({
    metadata: {
      name,
      annotations: { "kafka-migration/probe": of },
      creationTimestamp: new Date(`2026-11-30T12:0${minute}:00Z`),
    },
    status: {
      containerStatuses: [{ state } as NonNullable<NonNullable<V1Pod["status"]>["containerStatuses"]>[number]],
    },
  });
  const ended = (message: string, minute: number, exitCode = 0) => ({
    terminated: { exitCode, message, finishedAt: new Date(`2026-11-30T12:0${minute}:30Z`) },
  });

  it("is the newest result, whatever the pods after it do", () => {
    const reading = pathReading(probe, [
      pod("a", 1, ended(result, 1)),
      pod("b", 2, ended(result, 2)),
      pod("c", 3, { running: {} }),
      pod("other", 4, ended(result, 4), "other-paths"),
    ]);
    assert.equal(reading.found?.endedAt, Date.parse("2026-11-30T12:02:30Z"));
    assert.equal(reading.waits, undefined);
  });

  it("names what keeps the newest pod from a result", () => {
    const waiting = { waiting: { reason: "ImagePullBackOff", message: "no such image" } };
    assert.equal(pathReading(probe, [pod("a", 1, waiting)]).waits, "pod a waits (ImagePullBackOff: no such image)");
    const failed = pathReading(probe, [pod("a", 1, ended(result, 1)), pod("b", 2, ended("SyntaxError\n", 2, 1))]);
    assert.equal(failed.waits, "pod b ended with 1: SyntaxError");
    assert.equal(failed.found?.endedAt, Date.parse("2026-11-30T12:01:30Z"));
    assert.deepEqual(pathReading(probe, []), { probe });
  });
});

describe("the programs that run in pods", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  const brokers: FakeBrokers[] = [];
  after(async () => {
    rmSync(folder, { recursive: true });
    for (const each of brokers) await each.close();
  });

  /** The bundle as a pod runs it: nothing but Node and the folder. */
  async function probe(settings: PathProbeSettings): Promise<PathResult> {
    writeFileSync(join(folder, "main.mjs"), bundle().text);
    writeFileSync(join(folder, "path-probe.json"), JSON.stringify(settings));
    const last = join(folder, "last-words");
    const args = [join(folder, "main.mjs"), "path-probe", folder, last];
    await promisify(execFile)(process.execPath, args, { cwd: folder, env: {} });
    return JSON.parse(readFileSync(last, "utf8")) as PathResult;
  }
  function secret(name: string, keys: Readonly<Record<string, string>>) {
    mkdirSync(join(folder, "secrets", name), { recursive: true });
    for (const [key, text] of Object.entries(keys)) writeFileSync(join(folder, "secrets", name, key), text);
    return { kubernetes: { namespace: "shop" }, name, folder: `secrets/${name}` };
  }
  const login = (of: ReturnType<typeof secret>) => ({
    workloads: ["checkout"],
    secret: of,
    mechanisms: ["PLAIN"] as const,
  });

  it("reach every broker over TLS with the Secrets that are mounted, and nothing of this checkout", async () => {
    const authority = Authority.create("shop");
    const { certificate, key } = authority.issue({ commonName: "kafka", addresses: ["127.0.0.1"] });
    const cluster = await fakeBrokers({
      brokers: 3,
      topics: {},
      groups: {},
      users: true,
      tls: { cert: certificate, key },
    });
    brokers.push(cluster);
    const ca = secret("ca", { "ca.crt": authority.certificate });
    const target = {
      ...{ side: "target" as const, bootstrap: [cluster.addresses[0]!], protocol: "SASL_SSL" as const, ca },
      setting: "inCluster.paths",
    };
    const user = secret("user", { username: "checkout", password: "secret" });
    const found = await probe({ target, logins: [login(user)] });
    assert.deepEqual([found.brokers, found.loggedIn, found.problems], [3, true, []]);
    assert.ok(found.slowest!.milliseconds > 0);
    assert.ok(cluster.logins.includes("checkout:secret"));
    assert.deepEqual(new Set(cluster.asked.map((line) => line.split(" ")[0])), new Set(["1", "2", "3"]));

    const wrong = await probe({
      target: { ...target, ca: secret("wrong", { "ca.crt": Authority.create("other").certificate }) },
      logins: [login(user)],
    });
    assert.equal(wrong.brokers, 0);
    assert.match(
      wrong.problems[0]!.problem,
      /not signed by the authority in Secret shop\/wrong \(key ca\.crt\); name .* as inCluster\.paths\.caSecret$/,
    );

    const absent = await probe({ target, logins: [login({ ...user, name: "gone", folder: "secrets/gone" })] });
    assert.deepEqual(absent.problems[0]!.workloads, ["checkout"]);
    assert.match(absent.problems[0]!.problem, /^with Secret shop\/gone: Secret shop\/gone does not exist/);
  });

  it("say within a termination message why nobody answers", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const bootstrap = Array.from({ length: 40 }, () => `127.0.0.1:${port}`);
    const found = await probe({ target: { side: "target", bootstrap, protocol: "PLAINTEXT" }, logins: [] });
    assert.equal(found.problems.length, 5);
    assert.equal(found.more, 35);
    assert.match(found.problems[0]!.problem, /ECONNREFUSED/);
    assert.ok(Buffer.byteLength(readFileSync(join(folder, "last-words"))) < 4096);
  });

  it("fit into a ConfigMap with their settings", () => {
    const config = programs();
    const text = JSON.stringify(configMapManifest(schemaCopyProgram(config), bundle()));
    assert.ok(Buffer.byteLength(text) < 1_048_576, `${Buffer.byteLength(text)} bytes`);
  });

  it("have no token, no root and only what they need of a Secret, and never two at a time", () => {
    const config = programs();
    const [first] = pathProbes(config, scopeOf(config));
    const program: Program = {
      ...{ program: "path-probe", migration: "shop", namespace: "demo", name: first!.ref.name, image: "node" },
      ...{ labels: { mesh: "no" }, settings: first!.settings, secrets: first!.secrets },
    };
    const { spec } = cronJobManifest(program, 5);
    assert.deepEqual(
      [spec.schedule, spec.concurrencyPolicy, spec.jobTemplate.spec.backoffLimit],
      ["*/5 * * * *", "Replace", 0],
    );
    const pod = spec.jobTemplate.spec.template;
    assert.equal(pod.metadata.labels["mesh" as never], "no");
    assert.equal(pod.spec.automountServiceAccountToken, false);
    assert.equal(pod.spec.securityContext.runAsNonRoot, true);
    assert.deepEqual(pod.spec.volumes[0]!.projected.sources[1], {
      secret: { name: "apps-ca", optional: true, items: [{ key: "ca.crt", path: "secrets/ca/ca.crt" }] },
    });
    const copy = deploymentManifest(schemaCopyProgram(config), bundle(), 1);
    assert.deepEqual([copy.spec.replicas, copy.spec.strategy.type], [1, "Recreate"]);
  });
});

describe("the paths that are tried", () => {
  it("are one for each namespace, with the logins that its pods may mount", () => {
    const config = stackConfig("prod", (input) => (input.inCluster = { paths: { caSecret: "internal-ca" } }));
    const [only, ...others] = pathProbes(config, scopeOf(config));
    assert.deepEqual(others, []);
    assert.deepEqual([only!.connection, only!.ref.name, only!.ref.workloads.length], ["apps", "shop-paths", 8]);
    const { target, logins } = only!.settings;
    assert.deepEqual(target.bootstrap, ["kafka.eu1.example.internal:9092"]);
    assert.deepEqual(target.ca, { kubernetes: { namespace: "shop" }, name: "internal-ca", folder: "secrets/ca" });
    assert.deepEqual(
      logins.map(({ workloads, secret: { name } }) => [workloads, name]),
      [
        [["checkout"], "checkout-kafka-login"],
        [["profiles"], "profiles-kafka-login"],
        [["billing"], "billing-kafka-login"],
      ],
    );
  });

  it("use the target's own authority in its own namespace, and the image's elsewhere", () => {
    const beside = programs((input) => (input.inCluster = { paths: {} }));
    assert.equal(pathProbes(beside, scopeOf(beside))[0]!.settings.target.ca?.name, "target-kafka-client-cert");
    const apart = stackConfig("prod", (input) => (input.inCluster = { paths: {} }));
    assert.equal(pathProbes(apart, scopeOf(apart))[0]!.settings.target.ca, undefined);
  });

  it("are let through by the NetworkPolicies of the migration", () => {
    const config = programs((input) => (input.network = { operators: [{ namespace: "kubedb" }] }));
    const [probe] = pathProbes(config, scopeOf(config));
    const policy = networkPolicies(config, "present").find(({ suffix }) => suffix === "brokers")!.manifest;
    const from = policy.spec.ingress
      .filter(({ ports }) => ports.some(({ port }) => port === 9092))
      .flatMap((rule) => rule.from);
    const wanted = { "kubernetes.io/metadata.name": probe!.ref.kubernetes.namespace };
    assert.ok(
      from.some((peer) => JSON.stringify(peer) === JSON.stringify({ namespaceSelector: { matchLabels: wanted } })),
      JSON.stringify(from),
    );
  });
});

describe("a row with programs in the cluster", function () {
  this.timeout(60_000);
  const programsOf = async (config: ReturnType<typeof anyConfig>) => {
    const found = [];
    let reached: string | undefined;
    for (const { name: phase } of rowsOf(config)) {
      const before = reached === undefined ? undefined : { strategy: config.table, row: reached };
      const { resources } = await register({ config: { ...config, phase }, reached: before });
      const deployments = resources.filter(({ type }) => type.endsWith(":Deployment"));
      found.push([
        phase,
        resources.some(({ type }) => type.endsWith(":CronJob")),
        deployments.map(({ inputs }) => (inputs["spec"] as { replicas: number }).replicas),
      ]);
      reached = phase;
    }
    return found;
  };

  it("tries paths as long as a move lies ahead, and copies schemas until the move that opens the target's registry", async () => {
    assert.deepEqual(await programsOf(programs()), [
      ["prepare", true, []],
      ["mirror", true, [1]],
      ["move-producers", true, [0]],
      ["move-consumers", true, []],
      ["validate", false, []],
      ["retire", false, []],
      ["cleanup", false, []],
    ]);
  });

  it("has ended the copy of schemas before anybody is stopped, and begins it after the update has copied", async () => {
    const config = programs();
    const at = async (phase: string) =>
      (await register({ config: { ...config, phase }, reached: { strategy: config.table, row: "mirror" } })).resources;
    const moving = await at("move-producers");
    const named = (end: string) => moving.find(({ name }) => name.endsWith(end))!;
    assert.ok(named("switch-producers").dependencies.includes(named("schema-copy-ended").urn));
    assert.ok(named("schema-copy-ended").dependencies.includes(named("schema-copy-pod").urn));
    const copying = await at("mirror");
    const [pod, schemas] = ["schema-copy-pod", "shop-schemas"].map((end) =>
      copying.find(({ name }) => name.endsWith(end)),
    );
    const parent = copying.find(({ urn }) => urn === pod!.parent)!;
    const waits = new Set([...pod!.dependencies, ...parent.dependencies]);
    assert.ok(waits.has(schemas!.urn), [...waits].join());
  });
});

describe("the copy of schemas between two updates", () => {
  const copying = async (rest: ReturnType<typeof registries>["rest"], until: (lines: string[]) => boolean) => {
    const lines: string[] = [];
    const end = new AbortController();
    const settings = { registries: { source: rest.source.endpoint, target: rest.target.endpoint }, everySeconds: 0.01 };
    const running = copyOn(
      settings,
      end.signal,
      (line) => {
        lines.push(line);
        if (until(lines)) end.abort();
      },
      (use) => use(rest),
    );
    await running;
    return lines;
  };

  it("continues what an update has begun, with the same ids", async () => {
    const { source, target, rest } = registries(shop());
    await copySchemas(rest, () => {});
    source.produce("later", '"long"');
    const lines = await copying(rest, ({ length }) => length === 2);
    assert.deepEqual(lines, [
      "copied 1 version, 0 soft-deletes and 0 configs",
      "the target has everything that the source has",
    ]);
    assert.deepEqual(target.listing().sort(), source.listing().sort());
  });

  it("leaves a target alone that no update has begun to copy to, or that a move has opened", async () => {
    const { source, target, rest } = registries(shop());
    const [line] = await copying(rest, () => true);
    assert.match(line!, /^not copied: the target's registry is .*, not IMPORT: pulumi up begins the copy/);
    assert.deepEqual(target.listing(), []);
    await copySchemas(rest, () => {});
    target.put("mode", "", { mode: "READWRITE" });
    source.produce("later", '"long"');
    assert.match((await copying(rest, () => true))[0]!, /is READWRITE, not IMPORT/);
    assert.ok(!target.listing().join().includes("later"));
  });
});

describe("pods that must be gone", function () {
  this.timeout(20_000);
  let api: ClusterApi;
  before(async () => (api = await clusterApi()));
  after(() => api.close());
  const labels = { "kafka-migration/program": "schema-copy" };
  const inputs = (seconds: number) => ({
    ...{ kubernetes: { kubeconfig: api.kubeconfig, namespace: "demo" }, labels },
    ...{ what: "the copy of schemas", seconds },
  });

  it("are waited for, also one that is ending, and named where they stay", async () => {
    api.objects.set("pods/copy-1", { metadata: { name: "copy-1", labels } });
    api.objects.set("pods/other", { metadata: { name: "other", labels: { "kafka-migration/program": "path-probe" } } });
    const { inputs: seen } = await noPods.check!(inputs(0), {});
    assert.deepEqual(seen.left, ["copy-1"]);
    assert.deepEqual(noPods.changes(inputs(0), seen), { changes: true });
    await assert.rejects(
      noPods.apply(inputs(0)),
      /the copy of schemas has not ended after 0 s: pod copy-1 in namespace demo; delete it, then run pulumi up again/,
    );
    setTimeout(() => api.objects.delete("pods/copy-1"), 300);
    await noPods.apply(inputs(10));
    assert.deepEqual(noPods.changes(inputs(0), (await noPods.check!(inputs(0), {})).inputs), { changes: false });
  });

  it("are thought to be there where they cannot be listed, so that the update asks", async () => {
    api.fails = 403;
    const { inputs: seen } = await noPods.check!(inputs(0), {});
    assert.deepEqual(noPods.changes(inputs(0), seen), { changes: true });
    await assert.rejects(noPods.apply(inputs(0)), /could not list the pods of namespace demo/);
    delete api.fails;
  });
});
