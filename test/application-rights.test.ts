import assert from "node:assert/strict";
import fc from "fast-check";
import type { z } from "zod";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { rightsSchema } from "../config/rights.ts";
import { aclText, targetAcls, targetQuotas, type TargetAcl } from "../config/target-rights.ts";
import { numbered, parseAcl, aclText as readText } from "../runtime/brokers/acl-words.ts";
import type { TargetRightsInputs } from "../runtime/model/inputs.ts";
import { operationsOf } from "../runtime/rights/access.ts";
import { lostAccess } from "../runtime/rights/parity.ts";
import { changesOf, type RightsChanges } from "../runtime/rights/target-rights.ts";
import { providerOf } from "./support/provider.ts";
import { lockedAcl } from "./support/rights.ts";
import { ofType, register, type Registered } from "./support/rows.ts";
import { stackConfig } from "./support/stack.ts";

type Locked = MigrationConfig["inventory"];

/** Pulumi.dev.yaml with these rights and a lock with these ACLs; how they are checked is tested elsewhere. */
function configOf(rights: z.input<typeof rightsSchema>, acls: readonly string[], more: Partial<Locked> = {}) {
  const config = stackConfig("dev", (input) => (input.workloads[0]!.user = "shop"));
  const inventory = { ...config.inventory, acls: acls.map(lockedAcl), ...more };
  return { ...config, rights: rightsSchema.parse(rights), inventory };
}

const words = ({ user, host, permission, operation, resourceType, resourceName, patternType }: TargetAcl): string =>
  `${user} ${permission} ${operation} ${resourceType} ${resourceName}${patternType === "Prefixed" ? "*" : ""}${host === "*" ? "" : ` ${host}`}`;
const wanted = (rights: z.input<typeof rightsSchema>, acls: readonly string[]): string[] =>
  targetAcls(configOf(rights, acls)).map(words);

const shop = { name: "shop", secret: "shop-login" };

describe("the rights on the target", () => {
  const cases: readonly [what: string, rights: z.input<typeof rightsSchema>, source: string[], target: string[]][] = [
    [
      "those of the user's own name",
      { users: [shop] },
      ["User:shop Allow Read Topic foo", "User:other Allow Read Topic foo"],
      ["shop Allow Read Topic foo"],
    ],
    [
      "all kinds of them, also those that MirrorMaker 2 drops",
      { users: [shop] },
      [
        ...[
          "User:shop Allow All Topic foo",
          "User:shop Allow Write Topic ba*",
          "User:shop Deny Write Topic bar 10.0.0.5",
        ],
        ...["User:shop Allow Read Group g*", "User:shop Allow IdempotentWrite Cluster kafka-cluster"],
        ...["User:shop Allow Write TransactionalID t*", "User:shop Allow Describe DelegationToken x"],
        "User:shop Allow CreateTokens User shop",
      ],
      [
        ...["shop Allow IdempotentWrite Cluster kafka-cluster", "shop Allow Describe DelegationToken x"],
        ...["shop Allow Read Group g*", "shop Deny Write Topic bar 10.0.0.5", "shop Allow All Topic foo"],
        ...["shop Allow Write Topic ba*", "shop Allow Write TransactionalID t*", "shop Allow CreateTokens User shop"],
      ],
    ],
    [
      "those of several principals, each once",
      { users: [{ ...shop, from: ["User:CN=a", "User:CN=b"] }] },
      ["User:CN=a Allow Read Topic foo", "User:CN=b Allow Read Topic foo", "User:CN=b Allow Read Topic bar"],
      ["shop Allow Read Topic bar", "shop Allow Read Topic foo"],
    ],
    [
      "not those on what stays, but those on what is yet to come",
      { users: [shop] },
      ["User:shop Allow Read Topic later", "User:shop Allow Read Topic stays", "User:shop Allow Read Group stays"],
      ["shop Allow Read Topic later"],
    ],
    [
      "those of a role, for each of its users",
      {
        users: [shop, { name: "till", secret: "till-login" }],
        roles: [
          {
            ...{ name: "r", users: ["shop", "till"], from: ["User:*"] },
            allow: [{ operations: ["Read", "Write"], resource: "Topic", name: "b", pattern: "Prefixed", host: "*" }],
          },
        ],
      },
      ["User:* Allow Describe Topic foo"],
      ["shop", "till"].flatMap((user) => [
        ...[`${user} Allow Describe Topic foo`, `${user} Allow Read Topic b*`, `${user} Allow Write Topic b*`],
      ]),
    ],
    [
      "everybody's, where the config says so",
      { users: [shop], everybody: true },
      ["User:* Allow Describe Topic foo"],
      ["* Allow Describe Topic foo"],
    ],
  ];
  for (const [what, rights, source, target] of cases) {
    it(`are ${what}`, () => {
      const config = configOf(rights, source);
      const stays = { name: "stays", partitions: 1, replicationFactor: 1, configs: {} };
      const inventory = {
        ...config.inventory,
        topics: [...config.inventory.topics, stays],
        groups: [...config.inventory.groups, { name: "stays", protocol: "classic" as const, topics: [] }],
      };
      assert.deepEqual(
        targetAcls({ ...config, inventory })
          .map(words)
          .sort(),
        [...target].sort(),
      );
    });
  }

  it("do not depend on the order of the lock", () => {
    const source = ["User:shop Allow Read Topic foo", "User:shop Allow Read Topic bar", "User:shop Deny Read Group g"];
    assert.deepEqual(wanted({ users: [shop] }, source), wanted({ users: [shop] }, [...source].reverse()));
  });

  it("are each a text of its own, which is read back as what it was", () => {
    const every = ["a", "a.b", "*"].flatMap((user) =>
      ["*", "10.0.0.5", "::1"].flatMap((host) =>
        (["Allow", "Deny"] as const).flatMap((permission) =>
          (["Literal", "Prefixed"] as const).flatMap((patternType) =>
            ["x", "Literal x", " of Topic Literal x", "*", "a\nb|c"].map((resourceName) => ({
              ...{ user, host, permission, patternType, resourceName },
              ...{ operation: "Read", resourceType: "Group" },
            })),
          ),
        ),
      ),
    );
    const texts = every.map(aclText);
    assert.equal(new Set(texts).size, texts.length);
    for (const [at, { user, ...acl }] of every.entries()) {
      assert.deepEqual(parseAcl(texts[at]!), { principal: `User:${user}`, ...acl });
      assert.equal(readText(parseAcl(texts[at]!)), texts[at]);
    }
    assert.throws(() => parseAcl("User:a may read"), /not the text of an ACL/);
  });
});

describe("the quotas on the target", () => {
  const quotas: Locked["quotas"] = [
    { entity: { user: "CN=a" }, limits: { producer_byte_rate: 1 } },
    { entity: { user: "CN=a", "client-id": "web" }, limits: { producer_byte_rate: 2 } },
    { entity: { user: "other" }, limits: { producer_byte_rate: 3 } },
    { entity: { user: "<default>" }, limits: { request_percentage: 4 } },
    { entity: { ip: "10.0.0.5" }, limits: { connection_creation_rate: 5 } },
  ];
  const users = [{ ...shop, from: ["User:CN=a"] }];

  it("are those of its users under their new names, and those of nobody in particular", () => {
    assert.deepEqual(targetQuotas(configOf({ users }, [], { quotas })), [
      { entity: { ip: "10.0.0.5" }, limits: { connection_creation_rate: 5 } },
      { entity: { user: "<default>" }, limits: { request_percentage: 4 } },
      { entity: { user: "shop" }, limits: { producer_byte_rate: 1 } },
      { entity: { user: "shop", "client-id": "web" }, limits: { producer_byte_rate: 2 } },
    ]);
  });

  it("are not those that the config ignores", () => {
    const reason = "everybody has enough of it there";
    const ignore = [
      { user: "<default>", reason },
      { user: "CN=a", "client-id": "web", reason },
    ];
    const found = targetQuotas(configOf({ users, quotas: { ignore } }, [], { quotas }));
    assert.deepEqual(
      found.map(({ entity }) => entity),
      [{ ip: "10.0.0.5" }, { user: "shop" }],
    );
  });
});

describe("the resources of rights", function () {
  this.timeout(60_000);
  const acls = ["User:shop Allow Read Topic foo", "User:CN=a Allow TwoPhaseCommit TransactionalID t*"];
  const quotas: Locked["quotas"] = [
    { entity: { user: "shop" }, limits: { producer_byte_rate: 1024 } },
    { entity: { user: "shop", "client-id": "web" }, limits: { producer_byte_rate: 512 } },
  ];
  const users = [
    { ...shop, create: true },
    { name: "till", from: ["User:CN=a"], secret: "till-login", mechanism: "SCRAM-SHA-256" as const },
    { name: "desk", secret: "desk-login", existing: true },
  ];
  const config = configOf({ users }, acls, { quotas });
  let resources: readonly Registered[] = [];
  const named = (name: string): Registered => {
    const found = resources.find((resource) => resource.name === `shop-rights-${name}`);
    assert.ok(found, `${name} is not among ${resources.map((one) => one.name).join(", ")}`);
    return found;
  };
  before(async () => {
    const phase = "move-producers";
    const reached = { strategy: "producers-first", row: "mirror" };
    ({ resources } = await register({ config: { ...config, phase }, reached }));
  });

  it("are every ACL as one, given by the target's admin, with quotas that the provider has no word for", () => {
    const { target, ...inputs } = named("on-target").inputs as unknown as TargetRightsInputs;
    assert.equal(target.credentials?.name, "kafka-admin");
    assert.deepEqual(
      { users: inputs.users.map(({ name }) => name), acls: inputs.acls, quotas: inputs.quotas },
      {
        users: ["shop", "till"],
        acls: {
          "User:shop Allow Read from * of Topic Literal foo": true,
          "User:till Allow TwoPhaseCommit from * of TransactionalID Prefixed t": true,
        },
        quotas: [{ entity: { "client-id": "web", user: "shop" }, limits: { producer_byte_rate: 512 } }],
      },
    );
  });

  it("are users that are made once it is known that they overwrite nobody's password", () => {
    for (const user of ["shop-scram", "till-scram"]) {
      assert.ok(named(user).dependencies.includes(named("on-target").urn), user);
      assert.equal(named(user).provider, "shop-target-kafka");
    }
  });

  it("are a user with a generated password, one with its Secret's, and none where its owners make it", () => {
    const of = (user: string) =>
      resources
        .filter(({ name }) => name.startsWith(`shop-rights-${user}-`))
        .map(({ type }) => type.split(/[:/]/).at(-1));
    assert.deepEqual(of("shop").sort(), ["Credentials", "GeneratedSecret", "UserScramCredential"]);
    assert.deepEqual(of("till").sort(), ["Credentials", "UserScramCredential"]);
    assert.deepEqual(of("desk"), []);
    assert.equal(named("till-scram").inputs["scramMechanism"], "SCRAM-SHA-256");
  });

  it("are a quota with its limit", () => {
    assert.deepEqual(named("quota/user shop").inputs, {
      ...{ entityType: "user", entityName: "shop" },
      config: { producer_byte_rate: "1024" },
    });
  });

  it("stay when they leave the program: applications go on", () => {
    const ours = resources.filter(({ name, custom }) => custom && name.startsWith("shop-rights-"));
    const kept = ours.filter(({ retainOnDelete }) => retainOnDelete).map(({ name }) => name);
    const dropped = ours.filter(({ retainOnDelete }) => !retainOnDelete).map(({ name }) => name);
    assert.equal(kept.length, 4, kept.join(", "));
    // What was read of a Secret is no object, and the rights as one leave everything where it is.
    assert.deepEqual(dropped.sort(), [
      "shop-rights-on-target",
      "shop-rights-shop-password",
      "shop-rights-till-password",
    ]);
  });

  it("stand before a switch and behind the gates of the row", () => {
    const [producers] = ofType(resources, /:Switch$/);
    assert.ok(producers!.dependencies.includes(named("on-target").urn));
    assert.ok(producers!.dependencies.includes(named("shop-scram").urn));
  });

  it("hold no password", () => {
    assert.equal(JSON.stringify(resources).match(/"password":"[^-0]/), null);
  });

  it("are asked for by two gates before a move, with names of applications and no ACL of the lock", () => {
    const gates = ofType(resources, /:Gate$/).map(({ inputs }) => (inputs["condition"] as { kind: string }).kind);
    for (const kind of ["rights-as-on-source", "users-log-in"]) assert.ok(gates.includes(kind), gates.join(", "));
    const { condition } = gateInputs(config, scopeOf(config), {
      ...{ row: "move-producers", gate: "rights-as-on-source", sealed: false },
    });
    assert.deepEqual(condition, {
      kind: "rights-as-on-source",
      principals: [
        { principal: "User:CN=a", users: ["till"] },
        { principal: "User:desk", users: ["desk"] },
        { principal: "User:shop", users: ["shop"] },
      ],
      leftAlone: ["User:shop-mirror", "User:*"],
      staying: {},
      granted: [],
      applications: { shop: ["foo-producer"] },
    });
  });

  it("are known to the gate of logins with the mechanism that each user speaks", () => {
    const { condition } = gateInputs(config, scopeOf(config), {
      ...{ row: "move-producers", gate: "users-log-in", sealed: false },
    });
    assert.ok(condition.kind === "users-log-in");
    assert.deepEqual(
      condition.users.map(({ name, mechanism, credentials }) => [name, mechanism, credentials.name]),
      [
        ["shop", "SCRAM-SHA-256", "shop-login"],
        ["till", "SCRAM-SHA-256", "till-login"],
        ["desk", "PLAIN", "desk-login"],
      ],
    );
  });
});

describe("rights that are taken over one to one", () => {
  const users = ["a", "b"].map((name) => ({ name, secret: `${name}-login` }));
  const names: Readonly<Record<string, string>> = { Cluster: "kafka-cluster" };
  const anyAcl = fc.constantFrom("Topic", "Group", "Cluster", "TransactionalID", "User").chain((resourceType) =>
    fc.record({
      principal: fc.constantFrom("User:a", "User:b", "User:*"),
      host: fc.constantFrom("*", "10.0.0.5"),
      operation: fc.constantFrom("All", ...operationsOf[resourceType]!),
      permission: fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const),
      resourceType: fc.constant(resourceType),
      resourceName: fc.constantFrom(...(resourceType in names ? [names[resourceType]!] : ["*", "foo", "fo", "x"])),
      patternType: fc.constantFrom("Literal" as const, ...(resourceType in names ? [] : ["Prefixed" as const])),
    }),
  );

  it("leave nothing that was allowed on the source and is refused on the target", () => {
    const config = configOf({ users, everybody: true }, []);
    fc.assert(
      fc.property(fc.array(anyAcl, { maxLength: 12 }), (acls) => {
        const inventory = { ...config.inventory, acls };
        const target = targetAcls({ ...config, inventory }).map(({ user, ...acl }) => ({
          principal: `User:${user}`,
          ...acl,
        }));
        const lost = lostAccess(
          { acls, superUsers: [], openByDefault: false },
          { acls: target, superUsers: [], openByDefault: false },
          {
            principals: users.map(({ name }) => ({ principal: `User:${name}`, users: [name] })),
            ...{ moving: { Topic: config.topics, Group: config.groups.map(({ name }) => name) }, staying: {} },
          },
        );
        assert.deepEqual(lost, []);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the rights as one", () => {
  const [read, deny, group, late] = [
    ...["User:a Allow Read from * of Topic Literal foo", "User:a Deny Write from * of Topic Prefixed fo"],
    ...["User:a Allow Read from * of Group Literal g", "User:a Allow Write from * of Topic Literal foo"],
  ] as [string, string, string, string];
  const wanted = (...acls: string[]) => ({ acls: Object.fromEntries(acls.map((acl) => [acl, true as const])) });

  const cases: readonly [
    when: string,
    wanted: string[],
    former: string[],
    adopted: string[],
    existing: string[],
    RightsChanges,
  ][] = [
    ["they begin: denials first", [read, deny], [], [], [], { give: [deny, read], takeAway: [], adopted: [] }],
    ["some stand already", [read, deny], [], [], [read], { give: [deny], takeAway: [], adopted: [read] }],
    ["nothing changes", [read], [read], [], [read, group], { give: [], takeAway: [], adopted: [] }],
    ["one was lost", [read, group], [read, group], [], [group], { give: [read], takeAway: [], adopted: [] }],
    ["one is no longer wanted", [read], [read, group], [], [read, group], { give: [], takeAway: [group], adopted: [] }],
    [
      "one that stood before is no longer wanted",
      [read],
      [read, group],
      [group],
      [read, group],
      { give: [], takeAway: [], adopted: [] },
    ],
    [
      "one comes that somebody has given",
      [read, late],
      [read],
      [],
      [read, late],
      { give: [], takeAway: [], adopted: [late] },
    ],
  ];
  for (const [when, acls, former, adopted, existing, changes] of cases) {
    it(`${changes.give.length} come and ${changes.takeAway.length} go when ${when}`, () => {
      assert.deepEqual(changesOf(wanted(...acls), { ...wanted(...former), adopted }, new Set(existing)), changes);
    });
  }

  it("change with an ACL, a user, a quota or one that was lost, not with the order in which the state keeps them", async () => {
    const config = configOf({ users: [{ name: "a", secret: "a-login" }] }, []);
    const { resources } = await register({ config, reached: undefined });
    const { inputs } = resources.find(({ type }) => type.endsWith(":TargetRights"))!;
    const former = { ...inputs, ...wanted(read, deny), missing: [] };
    const changes = async (news: object) =>
      (await providerOf(inputs)!.diff!("rights", former, { ...former, ...news })).changes;
    assert.equal(await changes(wanted(deny, read)), false);
    assert.equal(await changes({ target: { bootstrap: ["elsewhere:9092"] }, going: [] }), false);
    assert.equal(await changes(wanted(read)), true);
    assert.equal(await changes({ users: [] }), true);
    assert.equal(await changes({ quotas: [{ entity: { user: "a", ip: "b" }, limits: {} }] }), true);
    assert.equal(await changes({ missing: [read] }), true);
  });

  it("have every word that Kafka's operations have, and refuse one of a later Kafka", () => {
    const numbers = Object.entries(operationsOf).flatMap(([type, operations]) =>
      ["All", ...operations].map((operation) => {
        const found = numbered(parseAcl(`User:a Allow ${operation} from * of ${type} Literal x`));
        return JSON.stringify([found.resourceType, found.operation]);
      }),
    );
    assert.equal(new Set(numbers).size, numbers.length);
    assert.throws(
      () => numbered(parseAcl("User:a Allow Fly from * of Topic Literal x")),
      /operation Fly is not known here/,
    );
  });
});
