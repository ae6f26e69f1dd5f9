import assert from "node:assert/strict";
import { rolesOf } from "../components/workload-address.ts";
import { workloadFields } from "../components/workload-fields.ts";
import { stackConfig, type StackInput } from "./support/stack.ts";
import { register, type Registered } from "./support/rows.ts";

/** A producer whose address, registry and users lie in objects of its own. */
function vendor(input: StackInput): void {
  input.source.registry = { urls: ["http://one:8081", "http://two:8081"] };
  input.target.registry = { urls: ["https://vendor"], runnerUrls: ["https://vendor.example"] };
  Object.assign(input.workloads[0]!, {
    login: {
      ...{ source: { secret: "foo-source" }, target: { secret: "foo-target" } },
      username: { container: "app", env: "USERNAME" },
      password: { container: "app", env: "PASSWORD" },
    },
    registry: {
      address: { configMap: "foo-producer-config", key: "REGISTRY" },
      login: {
        ...{ source: { secret: "foo-registry-source" }, target: { secret: "foo-registry-target" } },
        password: { secret: "foo-registry", key: "password" },
      },
    },
  });
}

describe("what moves with a workload", function () {
  this.timeout(30_000);
  const config = stackConfig("dev", vendor);
  const [workload] = rolesOf(config.workloads, "producer");
  const at = (side: "source" | "target") =>
    workloadFields(config, workload!, side).map(({ name, value }) => [
      name,
      "text" in value ? value.text : `${value.secret.name}/${value.key}`,
    ]);

  it("is its brokers' address alone where nothing else is named", () => {
    const [plain] = rolesOf(stackConfig("dev").workloads, "producer");
    const fields = workloadFields(stackConfig("dev"), plain!, "source");
    assert.deepEqual(fields, [
      { name: "address", address: plain!.bootstrap, value: { text: "source-kafka-pods.demo.svc:9092" } },
    ]);
  });

  it("is its user, its registry as its pods reach it and its user there, of one side", () => {
    assert.deepEqual(at("source"), [
      ["address", "source-kafka-pods.demo.svc:9092"],
      ["username", "foo-source/username"],
      ["password", "foo-source/password"],
      ["registry-address", "http://one:8081,http://two:8081"],
      ["registry-password", "foo-registry-source/password"],
    ]);
    assert.deepEqual(at("target"), [
      ["address", "target-kafka-pods.demo.svc:9092"],
      ["username", "foo-target/username"],
      ["password", "foo-target/password"],
      ["registry-address", "https://vendor"],
      ["registry-password", "foo-registry-target/password"],
    ]);
  });

  describe("as resources", () => {
    const find = (resources: readonly Registered[], name: string) =>
      resources.find((resource) => resource.name === `shop-foo-producer-${name}`);
    const row = async (phase: string, reached: string) =>
      (await register({ config: { ...config, phase }, reached: { strategy: config.strategy, row: reached } }))
        .resources;

    it("points a variable at the other Secret, and copies into a Secret what was read at run time", async () => {
      const resources = await row("move-producers", "mirror");
      const variables = ["username", "password"].map((name) => find(resources, name)?.inputs["spec"]);
      assert.deepEqual(
        variables,
        (["USERNAME", "PASSWORD"] as const).map((name) => ({
          template: {
            spec: {
              containers: [
                {
                  name: "app",
                  env: [{ name, valueFrom: { secretKeyRef: { name: "foo-target", key: name.toLowerCase() } } }],
                },
              ],
            },
          },
        })),
      );
      assert.deepEqual(find(resources, "registry-password-read")?.inputs["userSecret"], {
        kubernetes: { kubeconfig: ".lab/kubeconfig", namespace: "demo" },
        name: "foo-registry-target",
      });
      assert.deepEqual(find(resources, "registry-password")?.inputs["metadata"], {
        annotations: { "pulumi.com/patchForce": "true" },
        name: "foo-registry",
        namespace: "demo",
      });
      assert.equal(find(resources, "registry-address")?.retainOnDelete, true);
    });

    it("changes the start of the workloads when a Secret is another one", async () => {
      const start = (resources: readonly Registered[]) =>
        resources.find(({ name }) => name === "shop-start-producers")?.inputs["addresses"];
      const other = stackConfig("dev", (input) => {
        vendor(input);
        Object.assign((input.workloads[0] as { login: object }).login, { source: { secret: "foo-other" } });
      });
      const changed = await register({
        config: { ...other, phase: "mirror" },
        reached: { strategy: config.strategy, row: "mirror" },
      });
      assert.notEqual(start(await row("mirror", "mirror")), start(changed.resources));
    });
  });
});
