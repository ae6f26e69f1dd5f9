import assert from "node:assert/strict";
import { parseConfig } from "../config/load.ts";
import { operationsOf } from "../config/rights.ts";
import { operationsOf as asked } from "../runtime/rights/access.ts";
import type { Raw } from "./support/broken-configs/broken-config.ts";
import { lockedAcl } from "./support/rights.ts";
import { stackInput, stackInventory } from "./support/stack.ts";

const reason = "it is read by nobody since the rehearsal";

/** Pulumi.dev.yaml with two users and their rights, after an edit of both. */
function problemsOf(edit: (input: Raw, locked: Raw) => void): readonly { path: string; message: string }[] {
  const input: Raw = stackInput("dev");
  const file = stackInventory("dev");
  const locked: Raw = JSON.parse("text" in file ? file.text : "");
  locked.acls = ["User:shop Allow Write Topic foo", "User:CN=report Allow Read Topic ba*"].map(lockedAcl);
  locked.users = [{ name: "shop", mechanisms: { "SCRAM-SHA-512": 4096 } }];
  input.rights = {
    users: [
      { name: "shop", secret: "shop-login", create: true },
      { name: "report", from: ["User:CN=report"], secret: "report-login" },
    ],
  };
  edit(input, locked);
  const parsed = parseConfig(input, { path: file.path, text: JSON.stringify(locked) });
  return "problems" in parsed ? parsed.problems : [];
}

/** What is broken, how, and the one problem that it makes. */
const cases: readonly [what: string, edit: (input: Raw, locked: Raw) => void, path: string, message: string][] = [
  [
    "a user twice",
    ({ rights }) => rights.users.push({ name: "shop", secret: "other" }),
    "rights.users",
    '"shop" is named twice; name it once',
  ],
  [
    "a user with its type before its name",
    ({ rights }) => (rights.users[0].name = "User:shop"),
    "rights.users[0].name",
    'found "User:shop"; allowed: a user\'s name, without "User:", spaces, colons and asterisks',
  ],
  [
    "a principal without its type",
    ({ rights }) => (rights.users[1].from = ["CN=report"]),
    "rights.users[1].from[0]",
    "found text of another form; allowed: a principal with its type, such as User:billing",
  ],
  [
    "a user that is made here and by its owners",
    ({ rights }) => (rights.users[0].existing = true),
    "rights.users[0].create",
    "found true with existing: true; allowed: one of them, because a user that exists already has a password",
  ],
  [
    "a user that is made in a way the brokers would not learn of",
    ({ rights }) => (rights.users[0].mechanism = "PLAIN"),
    "rights.users[0].mechanism",
    "found PLAIN; allowed for a user that the program creates: SCRAM-SHA-256, SCRAM-SHA-512; for a user that exists already, set existing: true",
  ],
  [
    "a mechanism that KubeDB's brokers do not offer",
    ({ rights }) => (rights.users[0].mechanism = "SCRAM-SHA-512"),
    "rights.users[0].mechanism",
    "found SCRAM-SHA-512, which KubeDB's brokers do not offer; allowed: PLAIN, SCRAM-SHA-256",
  ],
  [
    "users of a target where nobody logs in",
    ({ target }) => {
      target.cluster = { kind: "external" };
      target.bootstrap = ["kafka.example.internal:9093"];
      target.security = { protocol: "SSL" };
      delete target.credentials;
    },
    "rights.users",
    "found, but with SSL the target has no users; allowed with SASL_PLAINTEXT, SASL_SSL",
  ],
  [
    "MirrorMaker 2's own user",
    ({ rights }) => rights.users.push({ name: "shop-mirror", secret: "other" }),
    "rights.users[2].name",
    'found "shop-mirror", MirrorMaker 2\'s own user; allowed: another name',
  ],
  [
    "two users in one Secret",
    ({ rights }) => (rights.users[1].secret = "shop-login"),
    "rights.users[1].secret",
    "it is also the Secret of user shop, and a Secret holds one user; allowed: another Secret",
  ],
  [
    "a user in the admin's Secret",
    ({ rights }) => (rights.users[1].secret = "kafka-admin"),
    "rights.users[1].secret",
    "it is also the Secret of the target's runner, and a Secret holds one user; allowed: another Secret",
  ],
  [
    "a Secret in an unknown Kubernetes",
    ({ rights }) => (rights.users[1].kubernetes = "elsewhere"),
    "rights.users[1].kubernetes",
    '"elsewhere" is not under kubernetes; allowed: lab',
  ],
  [
    "a role for a user that is not there",
    ({ rights }) => (rights.roles = [{ name: "r", users: ["shopp"], from: ["User:shop"] }]),
    "rights.roles[0].users",
    '"shopp" is not under rights.users; did you mean "shop"? allowed: shop, report',
  ],
  [
    "a role that gives nothing",
    ({ rights }) => (rights.roles = [{ name: "r", users: ["shop"] }]),
    "rights.roles[0]",
    "it grants nothing; name principals of the source under from, or rights under allow",
  ],
  [
    "an operation that a group does not have",
    ({ rights }) =>
      (rights.roles = [
        { name: "r", users: ["shop"], allow: [{ operations: ["Read", "Write"], resource: "Group", name: "g" }] },
      ]),
    "rights.roles[0].allow[0].operations",
    "found Write for Group; allowed: All, Read, Delete, Describe, AlterConfigs, DescribeConfigs",
  ],
  [
    "a cluster by another name",
    ({ rights }) =>
      (rights.roles = [
        { name: "r", users: ["shop"], allow: [{ operations: ["Describe"], resource: "Cluster", name: "*" }] },
      ]),
    "rights.roles[0].allow[0].name",
    'found "*", Literal; allowed for the Cluster: kafka-cluster, Literal',
  ],
  [
    "a principal that is mapped and ignored",
    ({ rights }) => (rights.ignore = [{ principal: "User:shop", reason }]),
    "rights.ignore[0].principal",
    "User:shop is mapped to shop as well; keep one of the two",
  ],
  [
    "a principal that is misspelt",
    ({ rights }) => (rights.users[0].from = ["User:shop", "User:CN=reprot"]),
    "rights.users[0].from[1]",
    'User:CN=reprot has neither rights nor a password in the inventory; did you mean "User:CN=report"? allowed: its principals; run npm run assess for a new one',
  ],
  [
    "a workload's user that is not there",
    ({ workloads }) => (workloads[0].user = "shopp"),
    "workloads[0].user",
    '"shopp" is not under rights.users; did you mean "shop"? allowed: shop, report',
  ],
  [
    "a principal that nobody thought of",
    (_, { acls }) =>
      acls.push(lockedAcl("User:audit Allow Read Topic foo"), lockedAcl("User:audit Allow Read Topic bar")),
    "rights",
    "User:audit is allowed Read Topic foo and has 1 more ACLs on what moves, and no user replaces it; add {name: audit, secret: …} to rights.users, name it in a role's from, or under rights.ignore with the reason",
  ],
  [
    "a principal of a certificate that nobody thought of",
    (_, { acls }) => acls.push(lockedAcl("User:CN=audit Allow Read Group foo-consumer")),
    "rights",
    'User:CN=audit is allowed Read Group foo-consumer, and no user replaces it; add {name: …, from: ["User:CN=audit"], secret: …} to rights.users, name it in a role\'s from, or under rights.ignore with the reason',
  ],
  [
    "what everybody may",
    (_, { acls }) => acls.push(lockedAcl("User:* Allow Read Topic *")),
    "rights",
    "User:* is allowed Read Topic *, and that means all users; set rights.everybody: true, grant it to users through a role's from, or name it under rights.ignore with the reason",
  ],
  [
    "a source whose rights the runner may not read",
    (_, locked) => {
      locked.acls = [];
      locked.unread = [{ what: "acls", reason: "the user has no right to read it (CLUSTER_AUTHORIZATION_FAILED)" }];
    },
    "rights",
    "the inventory lacks the source's ACLs: the user has no right to read it (CLUSTER_AUTHORIZATION_FAILED); grant the runner's user Describe on the cluster and run npm run assess again",
  ],
  [
    "a quota that is not there",
    ({ rights }) => (rights.quotas = { ignore: [{ user: "shop", reason }] }),
    "rights.quotas.ignore[0]",
    "the inventory has no quota of user shop; allowed: none",
  ],
  [
    "two quotas for one user",
    ({ rights }, locked) => {
      rights.users = [{ name: "shop", from: ["User:shop", "User:CN=report"], secret: "shop-login" }];
      locked.quotas = [
        { entity: { user: "shop" }, limits: { producer_byte_rate: 1 } },
        { entity: { user: "CN=report" }, limits: { producer_byte_rate: 2 } },
      ];
    },
    "rights.quotas",
    "user shop would get different quotas from User:shop, User:CN=report; name those that it must not get under rights.quotas.ignore",
  ],
];

describe("the rights of a config", () => {
  it("are none where the config says nothing, whatever the source has", () => {
    assert.deepEqual(
      problemsOf((input) => delete input.rights),
      [],
    );
  });

  it("may leave alone who has nothing to do with what moves, super users and the program's own", () => {
    const others = [
      ...["User:x Allow Read Topic other", "User:admin Allow All Topic *", "User:shop-mirror Allow Read Topic foo"],
      ...["User:runner Allow Describe Group *", "User:y Allow IdempotentWrite Cluster kafka-cluster"],
    ];
    const problems = problemsOf((_, locked) => {
      locked.acls.push(...others.map(lockedAcl));
      locked.ownPrincipals = ["User:admin", "User:runner"];
    });
    assert.deepEqual(problems, []);
  });

  it("may be those of roles only, where the source asks nobody", () => {
    const problems = problemsOf(({ rights }, locked) => {
      locked.acls = [];
      locked.users = [];
      locked.unread = [{ what: "acls", reason: "the cluster has no authorizer (SECURITY_DISABLED)" }];
      delete rights.users[1].from;
      rights.roles = [
        {
          name: "r",
          users: ["shop"],
          allow: [{ operations: ["All"], resource: "Topic", name: "f", pattern: "Prefixed" }],
        },
      ];
    });
    assert.deepEqual(problems, []);
  });

  it("read the former name of existing", () => {
    assert.deepEqual(
      problemsOf(({ rights }) => (rights.users[0].standing = true)),
      problemsOf(({ rights }) => (rights.users[0].existing = true)),
    );
    const both = problemsOf(({ rights }) => Object.assign(rights.users[1], { standing: true, existing: true }));
    assert.deepEqual(
      both.map(({ path }) => path),
      ["rights.users[1].standing"],
    );
  });

  for (const [what, edit, path, message] of cases) {
    it(`name ${what}: ${path}`, () => assert.deepEqual(problemsOf(edit), [{ path, message }]));
  }

  it("name all problems at once", () => {
    const problems = problemsOf(({ rights }, locked) => {
      rights.users[0].existing = true;
      rights.ignore = [{ principal: "User:shop", reason }];
      locked.acls.push(lockedAcl("User:audit Allow Read Topic foo"));
    });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["rights.users[0].create", "rights.ignore[0].principal", "rights"],
    );
  });
});

describe("operations that a role may give", () => {
  it("are those that Kafka asks for", () => {
    assert.deepEqual(operationsOf, asked);
  });
});
