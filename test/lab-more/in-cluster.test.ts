import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { BatchV1Api, KubeConfig } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { Authority } from "../../lab/authority.ts";
import { lab } from "../../lab/lab.ts";
import { registryUrl, type Side } from "../../lab/vendor/addresses.ts";
import { registrySecret } from "../../lab/vendor/users.ts";
import type { PathReading } from "../../runtime/model/programs.ts";
import { readPath } from "../../runtime/programs/path-reading.ts";
import { inOrder } from "../support/in-order.ts";
import { stackInput } from "../support/stack.ts";
import { labSecret } from "../lab/support/lab-access.ts";
import { auditOf, eventually, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const subject = "between-updates-value";
const schema = JSON.stringify({ type: "record", name: "Between", fields: [{ name: "at", type: "long" }] });
/** Secrets of applications, as their owners would make them. */
const caSecret = "apps-ca";
const userSecret = "foo-producer-user";
const readSecret = "foo-producer-reads";

/** A registry's REST API with other eyes than the product's. */
async function registry(side: Side, method: string, route: string, body?: object): Promise<Record<string, unknown>> {
  const { username, password } = await labSecret(registrySecret(side, "admin"));
  const answer = await fetch(registryUrl(lab, side) + route, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      "content-type": "application/vnd.schemaregistry.v1+json",
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

describe("programs of the migration in the cluster", function () {
  inOrder();
  this.timeout(20 * 60_000);
  usesLab(this, "vendor");
  let walk: LabWalk;
  let batch: BatchV1Api;

  const probe = { kubernetes: { kubeconfig: lab.kubeconfig, namespace }, name: "shop-paths", workloads: [] };
  /** The newest result of a pod that began after this call. */
  async function triedAgain(what: string, is: (found: PathReading) => boolean): Promise<PathReading> {
    let last: PathReading | undefined;
    return eventually(what, 200, async () => {
      last = await readPath(probe);
      return is(last) && last;
    }).catch((error: Error) => assert.fail(`${error.message}; last: ${JSON.stringify(last)}`));
  }
  const problems = ({ found }: PathReading): string =>
    (found?.result.problems ?? []).map(({ problem }) => problem).join("; ");

  async function gate(): Promise<string> {
    await walk.stack.set("kafka-migration:phase", "move-consumers");
    const { code, output } = await walk.stack.attempt(["preview"]);
    assert.equal(code, 0, output);
    const line = output.split("\n").find((one) => one.includes("gate move-consumers / paths-open is"));
    assert.ok(line !== undefined, output);
    console.log(`      ${line.trim()}`);
    return line;
  }

  /** `pulumi config set --path` would make a text of a fraction. */
  function allows(maxRoundTripMilliseconds: number): void {
    const document = parse(readFileSync(walk.stack.configFile, "utf8")) as { config: Record<string, unknown> };
    const key = "kafka-migration:inCluster";
    const inCluster = document.config[key] as { paths: object };
    document.config[key] = { ...inCluster, paths: { ...inCluster.paths, maxRoundTripMilliseconds } };
    writeFileSync(walk.stack.configFile, stringify(document));
  }

  async function putSecret(name: string, stringData: Record<string, string>): Promise<void> {
    await walk.core.deleteNamespacedSecret({ namespace, name }).catch(() => undefined);
    await walk.core.createNamespacedSecret({ namespace, body: { metadata: { name }, stringData } });
  }

  const podsOf = async (program: string): Promise<string[]> => {
    const labelSelector = `kafka-migration/program=${program}`;
    const { items } = await walk.core.listNamespacedPod({ namespace, labelSelector });
    return items.map(({ metadata }) => metadata?.name ?? "");
  };

  before(async () => {
    const dev = stackInput("dev");
    // Both sides' users are the same superuser in the lab; what counts is which Secret a consumer's pods would read.
    const workloads = dev.workloads.map((workload) =>
      workload.name === "foo-consumer"
        ? {
            ...workload,
            login: {
              source: { secret: "kafka-admin" },
              target: { secret: userSecret, mechanism: "PLAIN" },
              username: { secret: readSecret, key: "USERNAME" },
              password: { secret: readSecret, key: "PASSWORD" },
            },
          }
        : workload,
    );
    const inCluster = { paths: { everyMinutes: 1, caSecret }, schemas: { everySeconds: 5 } };
    walk = await labWalk(100, { ...shortTimes, workloads, inCluster }, { strategy: "consumers-first" });
    const config = new KubeConfig();
    config.loadFromFile(lab.kubeconfig);
    batch = config.makeApiClient(BatchV1Api);
    for (const side of ["source", "target"] as const) {
      await walk.stack.set(`kafka-migration:${side}.registry.urls[0]`, registryUrl(lab, side));
      await walk.stack.set(`kafka-migration:${side}.registry.credentials.secret`, registrySecret(side, "admin"));
    }
    const { username = "" } = await labSecret("kafka-admin");
    await putSecret(caSecret, { "ca.crt": Authority.create("somebody else").certificate });
    await putSecret(userSecret, { username, password: "not this one" });
    await putSecret(readSecret, { USERNAME: "", PASSWORD: "" });
    await walk.goes("prepare");
    await walk.reaches("mirror");
  });

  it("close the gate with a sentence where the applications' authority is not the brokers'", async () => {
    await triedAgain("a try with the wrong authority", (found) => /not signed by/.test(problems(found)));
    const line = await gate();
    assert.match(line, /is closed: from namespace demo \(applications .*foo-consumer.*\) the target is not reached/);
    assert.match(line, /not signed by the authority in Secret demo\/apps-ca .*inCluster\.paths\.caSecret/);
  });

  it("close it where an application's own password is refused", async () => {
    const { "ca.crt": ca = "" } = await labSecret("target-kafka-client-cert");
    await putSecret(caSecret, { "ca.crt": ca });
    await triedAgain("a try with the wrong password", (found) => /credentials are refused/.test(problems(found)));
    const line = await gate();
    assert.match(line, /is closed: from namespace demo application foo-consumer cannot log in on the target/);
    assert.match(line, /with Secret demo\/foo-producer-user: the credentials are refused/);
  });

  it("open it once both are right, with every broker at the address that it advertises", async () => {
    const { username = "", password = "" } = await labSecret("kafka-admin");
    await putSecret(userSecret, { username, password });
    const { found } = await triedAgain("a try that succeeds", ({ found: last }) => last?.result.problems.length === 0);
    assert.equal(found!.result.brokers, 3);
    assert.ok(found!.result.loggedIn && found!.result.slowest!.milliseconds > 0, JSON.stringify(found));
    assert.match(
      await gate(),
      /is open: the target is reached from 1 namespace of applications; the slowest round trip/,
    );
  });

  it("close it where a round trip takes longer than the applications can live with", async () => {
    allows(0.001);
    assert.match(await gate(), /is closed: a round trip from namespace demo .* takes [\d.]+ ms, 0\.001 allowed/);
    allows(10_000);
  });

  it("copy a schema that is registered between two updates, with its id", async () => {
    const id = (await registry("source", "POST", `/subjects/${subject}/versions`, { schema }))["id"];
    assert.equal(typeof id, "number");
    const began = Date.now();
    const found = await eventually("the schema on the target", 40, async () => {
      const answer = await registry("target", "GET", `/subjects/${subject}/versions/1`);
      return answer["id"] !== undefined && answer;
    });
    console.log(`      copied within ${((Date.now() - began) / 1000).toFixed(1)} s`);
    assert.deepEqual([found["id"], found["schema"]], [id, schema]);
    assert.equal((await podsOf("schema-copy")).length, 1);
  });

  it("have ended before the move opens the target's registry", async () => {
    await walk.goes("move-consumers");
    assert.equal((await podsOf("schema-copy")).length, 1, "the registry is copied in this row too");
    await walk.reaches("move-producers");
    assert.deepEqual(await podsOf("schema-copy"), []);
    assert.equal((await registry("target", "GET", "/mode"))["mode"], "READWRITE");
  });

  it("are gone once no move lies ahead, and have disturbed nobody", async () => {
    await walk.reaches("validate");
    const jobs = await batch.listNamespacedCronJob({ namespace, labelSelector: "kafka-migration/program" });
    assert.deepEqual(
      jobs.items.map(({ metadata }) => metadata?.name),
      [],
    );
    await eventually("no pod left", 60, async () => (await podsOf("path-probe")).length === 0);
    await auditOf(walk);
  });
});
