import assert from "node:assert/strict";
import { rolesOf } from "../components/workload-address.ts";
import type { FieldValue } from "@kafka-migration/kafka";
import { sideFields, workloadFields } from "../components/workload-fields.ts";
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

  describe("as further settings", () => {
    const settings = {
      protocol: {
        at: { configMap: "foo-producer-config", key: "PROTOCOL" },
        ...{ source: { text: "SASL_PLAINTEXT" }, target: { text: "SASL_SSL" } },
      },
      authority: {
        at: { secret: "foo-authority", key: "ca.crt" },
        ...{ source: { secret: "old-ca", key: "ca.crt" }, target: { secret: "new-ca", key: "ca.crt" } },
      },
      truststore: {
        at: { container: "app", env: "TRUSTSTORE_PASSWORD" },
        ...{ source: { secret: "old-trust", key: "pass" }, target: { secret: "new-trust", key: "pass" } },
      },
    };
    const settingsOf = (edit: (settings: Record<string, Record<string, unknown>>) => void = () => {}) =>
      stackConfig("dev", (input) => {
        const mine = structuredClone(settings);
        edit(mine);
        Object.assign(input.workloads[0]!, { settings: mine });
      });

    it("is each with its value of the side, a text or a Secret's key", () => {
      const known = settingsOf();
      const [first] = rolesOf(known.workloads, "producer");
      const fields = sideFields(known, first!).slice(1);
      const text = (value: FieldValue | undefined) =>
        value && ("text" in value ? value.text : `${value.secret.name}/${value.key}`);
      assert.deepEqual(
        fields.map(({ place, on }) => [place, text(on.source), text(on.target)]),
        [
          [settings.protocol.at, "SASL_PLAINTEXT", "SASL_SSL"],
          [settings.authority.at, "old-ca/ca.crt", "new-ca/ca.crt"],
          [settings.truststore.at, "old-trust/pass", "new-trust/pass"],
        ],
      );
    });

    it("is a patch each, of which a Secret's value is read by its key alone", async () => {
      const { resources } = await register({ config: { ...settingsOf(), phase: "prepare" }, reached: undefined });
      const by = (name: string) => resources.find((one) => one.name === `shop-foo-producer-setting-${name}`)!;
      assert.deepEqual(by("protocol").inputs["data"], { PROTOCOL: "SASL_PLAINTEXT" });
      assert.match(by("authority").type, /SecretPatch$/);
      assert.deepEqual(by("authority-read").inputs["userKeys"], ["ca.crt"]);
      assert.match(JSON.stringify(by("truststore").inputs), /"secretKeyRef":\{"key":"pass","name":"old-trust"\}/);
    });

    /** [what, edit, the problem] */
    const refused: [string, (settings: Record<string, Record<string, unknown>>) => void, RegExp][] = [
      [
        "a text that may be a password",
        ({ truststore }) => (truststore!["target"] = { text: "hunter2" }),
        /settings\.truststore\.target\.text: a text that may be a password is not allowed here/,
      ],
      [
        "a Secret for a ConfigMap's key",
        ({ protocol }) => (protocol!["target"] = { secret: "new-ca", key: "protocol" }),
        /settings\.protocol\.target\.secret: found a Secret for a key of a ConfigMap/,
      ],
      [
        "the Secret that the pods read",
        ({ authority }) => (authority!["target"] = { secret: "foo-authority", key: "next.crt" }),
        /settings\.authority\.target\.secret: it is the Secret that the pods read/,
      ],
      [
        "a place that holds another value",
        ({ protocol }) => (protocol!["at"] = { configMap: "foo-producer-config", key: "BOOTSTRAP" }),
        /settings\.protocol\.at: found the same place as for bootstrap/,
      ],
      [
        "a connection that there is none of",
        ({ authority }) => (authority!["source"] = { secret: "old-ca", key: "ca.crt", kubernetes: "mars" }),
        /settings\.authority\.source\.kubernetes: "mars" is not under kubernetes/,
      ],
      [
        "a key that this program uses itself",
        ({ authority }) => (authority!["source"] = { secret: "old-ca", key: "ca" }),
        /settings\.authority\.source\.key: found "ca", which is a name of this program's own/,
      ],
    ];
    for (const [what, edit, problem] of refused)
      it(`is refused for ${what}`, () => assert.throws(() => settingsOf(edit), problem));
  });
});
