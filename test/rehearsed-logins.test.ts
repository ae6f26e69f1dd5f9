import assert from "node:assert/strict";
import { scopeOf } from "../components/scope.ts";
import type { Mechanism } from "../runtime/model/login.ts";
import type { WorkloadRef } from "../runtime/model/scope.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import type { KubernetesWorkloadRef } from "../runtime/model/workloads.ts";
import { addressesOf } from "../runtime/switch/addresses.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { fakeServer, kafkaBroker, type FakeServer } from "./support/fake-server.ts";
import { stackConfig, type StackInput } from "./support/stack.ts";
import { scope } from "./switch-world.ts";

describe("the rehearsal of a move tries the workloads' logins on the brokers where they go", () => {
  let api: ClusterApi;
  let broker: FakeServer;
  let lines: string[] = [];

  before(async () => {
    api = await clusterApi();
    broker = await fakeServer(kafkaBroker("T", { shop: "right", billing: "right too" }));
    for (const [name, data] of Object.entries({
      shop: { username: "shop", password: "right" },
      billing: { username: "billing", password: "right too" },
      stale: { username: "shop", password: "of last year" },
      nameless: { password: "right" },
    })) {
      const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
      api.objects.set(`secrets/${name}`, { metadata: { name }, data: Object.fromEntries(encoded) as object });
    }
  });
  beforeEach(() => (lines = []));
  after(async () => {
    api.close();
    await broker.close();
  });

  const workload = (name: string, secret: string, mechanisms: readonly Mechanism[] = ["PLAIN"]): WorkloadRef => {
    const kubernetes = { kubeconfig: api.kubeconfig, namespace: "demo" };
    const login = { secret: { kubernetes, name: secret }, mechanisms };
    const elsewhere = { secret: { kubernetes, name: "absent" }, mechanisms };
    const ref: KubernetesWorkloadRef = { name, kind: "Deployment", kubernetes, role: "producer", groups: [] };
    return { ...ref, login: { source: elsewhere, target: login } };
  };
  const rehearse = async (workloads: readonly WorkloadRef[], endpoint: Partial<KafkaEndpoint> = {}) => {
    const target: KafkaEndpoint = { side: "target", bootstrap: [broker.address], protocol: "SASL_PLAINTEXT" };
    const around = { ...scope, target: { ...target, ...endpoint } };
    await addressesOf(around, 5, (line) => void lines.push(line)).rehearse(workloads, "target");
  };

  it("and is done if the brokers take them, each once however many workloads share it", async () => {
    const before = broker.connections();
    await rehearse([workload("web", "shop"), workload("jobs", "shop"), workload("bills", "billing")]);
    assert.equal(broker.connections() - before, 2);
    assert.deepEqual(lines, []);
  });

  it("and is refused with every login that they refuse: workload, Secret and mechanism", async () => {
    const moving = [
      workload("web", "stale"),
      workload("jobs", "stale"),
      workload("bills", "billing", ["SCRAM-SHA-512"]),
    ];
    await assert.rejects(rehearse([...moving, workload("fine", "shop")]), {
      message:
        "workloads web and jobs with Secret demo/stale cannot log in on the target: the credentials are refused (PLAIN); " +
        "workload bills with Secret demo/billing cannot log in on the target: UNSUPPORTED_SASL_MECHANISM (SCRAM-SHA-512); " +
        "correct the Secret or the user on the brokers; for another SASL mechanism set workloads[].login.target.mechanism",
    });
  });

  it("by every mechanism that may be theirs, as long as one is refused", async () => {
    await rehearse([workload("web", "shop", ["SCRAM-SHA-256", "PLAIN"])]);
    await assert.rejects(
      rehearse([workload("web", "stale", ["SCRAM-SHA-256", "PLAIN"])]),
      /UNSUPPORTED_SASL_MECHANISM \(SCRAM-SHA-256\), the credentials are refused \(PLAIN\); correct/,
    );
  });

  it("and is refused where no broker answers", async () => {
    const gone = await fakeServer((socket) => void socket.destroy());
    await gone.close();
    await assert.rejects(
      rehearse([workload("web", "shop", ["PLAIN", "SCRAM-SHA-256"])], { bootstrap: [gone.address] }),
      /workload web with Secret demo\/shop cannot log in on the target: [^;,]*ECONNREFUSED[^;,]* \(PLAIN\); correct/,
    );
  });

  it("and says which it could not try, without refusing them", async () => {
    await rehearse([workload("web", "nameless")]);
    await rehearse([workload("jobs", "shop", [])], { protocol: "PLAINTEXT" });
    assert.deepEqual(lines, [
      "the login of workload web with Secret demo/nameless on the target was not tried: Secret demo/nameless has no " +
        "username (its other keys: none); set both keys",
      "the login of workload jobs with Secret demo/shop on the target was not tried: the listener that this program " +
        "reaches has no users (target.security.protocol)",
    ]);
  });
});

describe("what a workload may log in by", function () {
  this.timeout(30_000);
  const mechanismsOf = (edit: (input: StackInput) => void) => {
    const config = stackConfig("dev", (input) => {
      const login = { source: { secret: "a" }, target: { secret: "b" }, password: { secret: "c", key: "password" } };
      Object.assign(input.workloads[0]!, { login });
      edit(input);
    });
    const { login } = scopeOf(config).workloads[0] as KubernetesWorkloadRef;
    return { source: login!.source.mechanisms, target: login!.target.mechanisms };
  };
  const likely = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

  it("is the side's mechanism, then what shows nobody the password", () => {
    assert.deepEqual(
      mechanismsOf(() => undefined),
      { source: likely, target: likely },
    );
  });

  it("is what the config says, and nothing else", () => {
    const found = mechanismsOf((input) => {
      Object.assign((input.workloads[0] as { login: { target: object } }).login.target, { mechanism: "SCRAM-SHA-256" });
    });
    assert.deepEqual(found, { source: likely, target: ["SCRAM-SHA-256"] });
  });

  it("is first that of its user under rights", () => {
    const found = mechanismsOf((input) => {
      Object.assign(input, { rights: { users: [{ name: "shop", secret: "b", mechanism: "SCRAM-SHA-256" }] } });
      Object.assign(input.workloads[0]!, { user: "shop" });
    });
    assert.deepEqual(found.target, ["SCRAM-SHA-256", "SCRAM-SHA-512"]);
    assert.deepEqual(found.source, likely);
  });

  it("is nothing where the runner's listener has no users", () => {
    const found = mechanismsOf((input) => {
      Object.assign(input.source, { security: { protocol: "PLAINTEXT" }, credentials: undefined });
    });
    assert.deepEqual(found.source, []);
  });
});
