import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import kafkajs from "../../lab/kafkajs.ts";
import { parse, stringify } from "yaml";
import { addScramUser, endpointOf } from "../lab/support/lab-kafka.ts";
import { labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";
import { stackInput } from "../support/stack.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
type Side = "source" | "target";
type Admin = kafkajs.Admin;

/** The types say enums where there are objects with numbers. */
const numberOf = <T extends object>(words: T, word: string): T[keyof T] =>
  Object.entries(words).find(([key]) => key === word)![1] as T[keyof T];

/** An ACL of kafkajs in words: `User:app-0 ALLOW WRITE TOPIC LITERAL foo *`. */
function aclOf(words: string) {
  const [principal = "", permission = "", operation = "", type = "", pattern = "", resourceName = "", host = "*"] =
    words.split(" ");
  return {
    ...{ principal, host, resourceName },
    permissionType: numberOf(AclPermissionTypes, permission) as never,
    operation: numberOf(AclOperationTypes, operation) as never,
    resourceType: numberOf(AclResourceTypes, type) as never,
    resourcePatternType: numberOf(ResourcePatternTypes, pattern) as never,
  };
}

const users = Array.from({ length: 20 }, (_, at) => `app-${at}`);
const topics = ["foo", "bar", "orders", "profiles", "payments", "empty", "history"];

/** Fifty ACLs of every kind. */
const aclsOf = (user: string): string[] => {
  const who = `User:${user}`;
  return [
    ...topics.flatMap((topic) =>
      ["READ", "WRITE", "ALTER_CONFIGS"].map((operation) => `${who} ALLOW ${operation} TOPIC LITERAL ${topic}`),
    ),
    `${who} DENY DELETE TOPIC LITERAL *`,
    `${who} ALLOW IDEMPOTENT_WRITE CLUSTER LITERAL kafka-cluster`,
    `${who} ALLOW DESCRIBE DELEGATION_TOKEN LITERAL t`,
    `${who} ALLOW READ GROUP LITERAL ${user} 10.0.0.5`,
    ...Array.from({ length: 12 }, (_, at) => `${who} ALLOW WRITE TRANSACTIONAL_ID PREFIXED ${user}-${at}-`),
    ...Array.from({ length: 13 }, (_, at) => `${who} ALLOW ALL GROUP PREFIXED ${user}.${at}.`),
  ];
};
const all = users.flatMap(aclsOf);

describe("the rights of a thousand ACLs", function () {
  inOrder();
  this.timeout(15 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(100, shortTimes, { strategy: "producers-first", ownUsers: true });
  });

  async function asAdmin<T>(side: Side, act: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = (await walk.kafka(side)).admin();
    await admin.connect();
    try {
      return await act(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** Every ACL of the applications as a side's brokers list them, in the words of `aclOf`. */
  async function listed(side: Side, ofWhom = /^User:app-/): Promise<string[]> {
    const name = (words: object, value: number) => Object.entries(words).find(([, one]) => one === value)![0];
    const any = { operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
    const { resources } = await asAdmin(side, (admin) =>
      admin.describeAcls({ resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY, ...any }),
    );
    return resources
      .flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
        acls.map(({ principal, host, operation, permissionType }) =>
          [
            ...[principal, name(AclPermissionTypes, permissionType), name(AclOperationTypes, operation)],
            ...[name(AclResourceTypes, resourceType), name(ResourcePatternTypes, resourcePatternType), resourceName],
            ...(host === "*" ? [] : [host]),
          ].join(" "),
        ),
      )
      .filter((words) => ofWhom.test(words))
      .sort();
  }

  const give = (side: Side, acls: readonly string[]) =>
    asAdmin(side, (admin) => admin.createAcls({ acl: acls.map(aclOf) }));
  const take = (side: Side, acls: readonly string[]) =>
    asAdmin(side, (admin) => admin.deleteAcls({ filters: acls.map(aclOf) }));

  /** Edits the stack's config file. */
  function configure(edit: (config: Record<string, unknown>) => void): void {
    const document = parse(readFileSync(walk.stack.configFile, "utf8")) as { config: Record<string, unknown> };
    edit(document.config);
    writeFileSync(walk.stack.configFile, stringify(document));
  }

  async function putPassword(name: string, password: string): Promise<void> {
    const { metadata, data } = await walk.core.readNamespacedSecret({ namespace, name });
    const body = { metadata: metadata!, type: "kubernetes.io/basic-auth" };
    const changed = { ...data, password: Buffer.from(password).toString("base64") };
    await walk.core.replaceNamespacedSecret({ namespace, name, body: { ...body, data: changed } });
  }

  const preview = async (phase: string): Promise<string> => {
    await walk.stack.set("kafka-migration:phase", phase);
    return (await walk.stack.attempt(["preview", "--diff"])).output;
  };

  it("are taken over within two minutes, of every kind, and nothing else", async () => {
    await walk.goes("prepare");
    await give("source", all);
    // One stands on the target already: it is adopted.
    await give("target", [all[0]!]);
    await walk.assess();
    configure((config) => {
      config["kafka-migration:rights"] = {
        users: users.map((name) => ({ name, secret: `${name}-login`, create: true })),
      };
      const { workloads } = stackInput("dev");
      config["kafka-migration:workloads"] = workloads.map((workload) =>
        workload.name === "foo-producer" ? { ...workload, user: "app-0" } : workload,
      );
    });
    const startedAt = Date.now();
    const { code, output } = await walk.up("prepare");
    const seconds = (Date.now() - startedAt) / 1000;
    assert.equal(code, 0, output);
    console.log(`      ${all.length} ACLs and ${users.length} users in an update of ${Math.round(seconds)} s`);
    assert.equal(all.length, 1000);
    assert.deepEqual(await listed("target"), [...all].sort());
    assert.ok(seconds < 120, `${seconds} s`);
    const again = await walk.stack.attempt(["preview", "--expect-no-changes", "--diff"]);
    assert.equal(again.code, 0, again.output);
  });

  it("let each user in with the password of its Secret", async () => {
    const admin = (await walk.kafka("target", "app-7-login")).admin({ retry: { retries: 0 } });
    await admin.connect();
    await admin.disconnect();
    const output = await walk.goes("mirror");
    assert.match(output, /inventory-current/);
    const open = await preview("move-producers");
    assert.match(open, /users-log-in is open: 20 users can log in on the target/);
    assert.match(
      open,
      /rights-as-on-source is open: 20 users on the target have the rights of 20 principals on the source/,
    );
  });

  it("name the application whose right is missing, in the preview before it moves, and hold it back", async () => {
    await take("target", ["User:app-0 ALLOW WRITE TOPIC LITERAL foo", "User:app-3 ALLOW ALL GROUP PREFIXED app-3.1."]);
    const sentence =
      /application foo-producer would be refused Write on topic foo: User:app-0 is allowed on the source, on the target User:app-0 is not allowed; and \d+ more rights of 1 user/;
    assert.match(await preview("move-producers"), sentence);
    await walk.stack.set("kafka-migration:gates.timeoutSeconds", "25");
    const { code, output } = await walk.up("move-producers");
    await walk.stack.set("kafka-migration:gates.timeoutSeconds", "60");
    assert.notEqual(code, 0);
    assert.match(output, sentence);
    assert.match(output, /Nothing behind this gate was changed; set the phase back to the one before/);
  });

  it("are made again by the row before, as the sentence says", async () => {
    const lost = await preview("mirror");
    assert.match(lost, /User:app-0 Allow Write from \* of Topic Literal foo/);
    await walk.reaches("mirror");
    assert.deepEqual(await listed("target"), [...all].sort());
  });

  it("name the application whose login fails, in the preview before it moves", async () => {
    const { data } = await walk.core.readNamespacedSecret({ namespace, name: "app-0-login" });
    await putPassword("app-0-login", "changed on one side only");
    assert.match(
      await preview("move-producers"),
      /application foo-producer cannot log in on the target as user app-0: with Secret demo\/app-0-login: the credentials are refused/,
    );
    await putPassword("app-0-login", Buffer.from(data!["password"]!, "base64").toString());
  });

  it("name somebody who got rights since the inventory was written", async () => {
    await give("source", ["User:late ALLOW READ TOPIC LITERAL foo"]);
    assert.match(await preview("move-producers"), /User:late has rights on topic foo of the source and is not in the/);
    await take("source", ["User:late ALLOW READ TOPIC LITERAL foo"]);
  });

  it("go on the target once they are gone from the inventory, but one that stood there before", async () => {
    const gone = [all[0]!, all[1]!, all[60]!];
    await take("source", gone);
    await walk.assess();
    assert.match(await preview("mirror"), /going[^]*User:app-0 Allow Write from \* of Topic Literal foo/);
    await walk.reaches("mirror");
    assert.deepEqual(await listed("target"), all.filter((acl) => acl === all[0] || !gone.includes(acl)).sort());
  });

  it("are not given to a user that stands with another password", async () => {
    await addScramUser(endpointOf("target", 3), "stands", "another");
    configure((config) => {
      const rights = config["kafka-migration:rights"] as { users: object[] };
      rights.users.push({ name: "stands", secret: "stands-login", create: true });
    });
    const { code, output } = await walk.up("mirror");
    assert.notEqual(code, 0);
    assert.match(output, /user stands already exists on the target, and creating it would overwrite its password/);
    configure((config) => {
      const rights = config["kafka-migration:rights"] as { users: { name: string }[] };
      rights.users = rights.users.filter(({ name }) => name !== "stands");
    });
  });

  it("move, and stay after the stack is destroyed, with passwords that no output or state holds", async () => {
    await walk.reaches("move-producers");
    const before = await listed("target");
    const state = await walk.stack.state();
    const texts = [state, readFileSync(walk.stack.logFile, "utf8")];
    for (const user of ["app-0", "app-7"]) {
      const { data } = await walk.core.readNamespacedSecret({ namespace, name: `${user}-login` });
      const password = Buffer.from(data!["password"]!, "base64").toString();
      for (const text of texts) assert.ok(!text.includes(password), user);
    }
    const { code, output } = await walk.stack.attempt(["destroy", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.deepEqual(await listed("target"), before);
    const admin = (await walk.kafka("target", "app-7-login")).admin({ retry: { retries: 0 } });
    await admin.connect();
    await admin.disconnect();
  });
});
