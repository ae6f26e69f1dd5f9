import assert from "node:assert/strict";
import { mirrorRights } from "../components/mirror-rights.ts";
import { mechanismOf } from "../components/scope.ts";
import type { ConfigInput } from "../config/schema.ts";
import { providerOf } from "./support/provider.ts";
import { register, type Registered } from "./support/rows.ts";
import { stackConfig } from "./support/stack.ts";

interface Client {
  readonly prefix: string;
  readonly mechanism?: string;
  readonly credentials?: { readonly name: string };
}

const reached = { strategy: "producers-first", row: "prepare" };
const inMirror = async (edit: (input: ConfigInput) => void = () => {}): Promise<Registered[]> => {
  const config = stackConfig("dev", (input) => {
    input.phase = "mirror";
    edit(input);
  });
  return (await register({ config, reached })).resources;
};
const ofType = (resources: readonly Registered[], type: RegExp): Registered[] =>
  resources.filter((resource) => type.test(resource.type));
const clientsOf = (resources: readonly Registered[], name: string): [string, string, string][] =>
  (resources.find((resource) => resource.name === name)!.inputs["clients"] as Client[]).map(
    ({ prefix, mechanism, credentials }) => [prefix, mechanism ?? "", credentials?.name ?? ""],
  );

describe("MM2's own user", function () {
  this.timeout(60_000);
  let resources: readonly Registered[] = [];
  before(async () => (resources = await inMirror()));

  it("is given its rights on each side, one ACL each, by that side's admin", () => {
    const config = stackConfig("dev");
    for (const side of ["source", "target"] as const) {
      const acls = ofType(resources, /:Acl$/).filter(({ name }) => name.startsWith(`shop-mirror-user-${side}-`));
      assert.equal(acls.length, mirrorRights(config, side).length);
      for (const { inputs, provider } of acls) {
        assert.equal(provider, `shop-${side}-kafka`);
        assert.deepEqual(
          [inputs["aclPrincipal"], inputs["aclHost"], inputs["aclPermissionType"]],
          ["User:shop-mirror", "*", "Allow"],
        );
      }
    }
  });

  it("is whom both sides of every connector log in as, with SCRAM although the superuser speaks PLAIN", () => {
    for (const connector of ["source", "checkpoint", "heartbeat"]) {
      assert.deepEqual(clientsOf(resources, `shop-mirror-${connector}-config`), [
        ["source.cluster.", "SCRAM-SHA-256", "shop-mirror-source"],
        ["target.cluster.", "SCRAM-SHA-256", "shop-mirror-target"],
      ]);
    }
  });

  it("is whom the workers log in as, with each of their clients", () => {
    const expected = ["", "producer.", "consumer.", "admin."].map((prefix) => [
      prefix,
      "SCRAM-SHA-256",
      "shop-mirror-target",
    ]);
    assert.deepEqual(clientsOf(resources, "shop-mirror-connect-config"), expected);
    const [connect] = ofType(resources, /:ConnectCluster$/);
    assert.doesNotMatch(JSON.stringify(connect!.inputs), /sasl|jaas/);
  });

  it("is not made where the config does not say so: a user that stands already is named, or none", async () => {
    const named = await inMirror((input) => {
      for (const side of ["source", "target"] as const) {
        input[side].credentials!.mirror = { secret: `own-${side}`, mechanism: "SCRAM-SHA-512" };
      }
    });
    const none = await inMirror((input) => {
      for (const side of ["source", "target"] as const) delete input[side].credentials!.mirror;
    });
    for (const [found, type] of [
      [named, /:(Acl|UserScramCredential|MirrorUser)$/],
      [none, /:(Acl|UserScramCredential|MirrorUser|AppBinding)$/],
    ] as const) {
      assert.deepEqual(ofType(found, type), []);
    }
    assert.deepEqual(clientsOf(named, "shop-mirror-source-config"), [
      ["source.cluster.", "SCRAM-SHA-512", "own-source"],
      ["target.cluster.", "SCRAM-SHA-512", "own-target"],
    ]);
    assert.equal(ofType(named, /:AppBinding$/).length, 1);
    assert.deepEqual(clientsOf(none, "shop-mirror-source-config"), [
      ["source.cluster.", "PLAIN", "kafka-admin"],
      ["target.cluster.", "PLAIN", "kafka-admin"],
    ]);
  });

  const mechanisms: [string, object, string, string | undefined][] = [
    // side's security                                             mirror                                     speaks
    ["made where others speak PLAIN", { mechanism: "PLAIN" }, "create", "SCRAM-SHA-256"],
    ["made where others speak SCRAM-SHA-512", { mechanism: "SCRAM-SHA-512" }, "create", "SCRAM-SHA-512"],
    ["named where others speak PLAIN", { mechanism: "PLAIN" }, "name", "PLAIN"],
  ];
  for (const [what, security, how, expected] of mechanisms) {
    it(`speaks ${expected} if it is ${what}`, () => {
      const config = stackConfig("dev", (input) => {
        input.target.cluster = { kind: "kubedb-existing", name: "target-kafka" };
        input.target.security = { protocol: "SASL_SSL", caSecret: "ca", ...security };
        input.target.credentials!.mirror = { secret: "m", create: how === "create" };
      });
      assert.equal(mechanismOf(config, "target", "mirror"), expected);
    });
  }

  it("has its password written again when its Secret has changed, and not otherwise", async () => {
    const { inputs } = resources.find(({ name }) => name === "shop-mirror-connect-config")!;
    const provider = providerOf(inputs)!;
    const olds = { ...inputs, versions: { "a:demo/shop-mirror-target": "1" }, sha256: "x" };
    const changes = async (versions: object) => (await provider.diff!("id", olds, { ...inputs, versions })).changes;
    assert.equal(await changes({ "a:demo/shop-mirror-target": "1" }), false);
    assert.equal(await changes({ "a:demo/shop-mirror-target": "2" }), true);
  });

  it("keeps the versions that are known while Kubernetes is away, and says so", async () => {
    const { inputs } = resources.find(({ name }) => name === "shop-mirror-connect-config")!;
    const text = JSON.stringify(inputs).replaceAll(".lab/kubeconfig", "test/support/no-such-kubeconfig");
    const away = JSON.parse(text) as Record<string, unknown>;
    const lines: string[] = [];
    const log = console.log;
    console.log = (line: string) => lines.push(line);
    try {
      const checked = await providerOf(inputs)!.check!({ versions: { a: "1" } }, away);
      assert.deepEqual((checked.inputs as Record<string, unknown>)["versions"], { a: "1" });
    } finally {
      console.log = log;
    }
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^credentials: could not read the kubeconfig .*; what was read before stays in use$/);
  });
});
