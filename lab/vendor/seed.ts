import kafkajs, { type AclEntry, type Admin } from "../kafkajs.ts";
import type { SourceAccess } from "../source.ts";
import { vendorUsers } from "./users.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Topics besides those that the lab is born with. `catalog` is written only after the move. */
export const vendorTopics = [
  { topic: "sales", numPartitions: 4 },
  { topic: "lines", numPartitions: 1 },
  { topic: "catalog", numPartitions: 1 },
];

const resourceTypes = {
  Topic: AclResourceTypes.TOPIC,
  Group: AclResourceTypes.GROUP,
  TransactionalID: AclResourceTypes.TRANSACTIONAL_ID,
} as const;
const operations = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Describe: AclOperationTypes.DESCRIBE,
} as const;
const patterns = { Literal: ResourcePatternTypes.LITERAL, Prefixed: ResourcePatternTypes.PREFIXED } as const;

/** The users' rights as the brokers keep them. */
export const vendorAcls = (): AclEntry[] =>
  vendorUsers.flatMap(({ name, rights }) =>
    rights.flatMap((right) =>
      right.operations.map((operation) => ({
        principal: `User:${name}`,
        host: "*",
        operation: operations[operation],
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: resourceTypes[right.resource],
        resourceName: right.name,
        resourcePatternType: patterns[right.pattern],
      })),
    ),
  );

/** Creates the topics that are missing, and the users' rights; asking for a right twice changes nothing. */
export async function seedVendor(brokers: readonly string[], access: SourceAccess): Promise<void> {
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  const client = new kafkajs.Kafka({
    clientId: "lab-seed",
    brokers: [...brokers],
    sasl: { mechanism: "plain", username: access.username, password: access.password },
    ssl: { ca: [access.ca] },
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 200, retries: 8 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    await createTopics(admin);
    await admin.createAcls({ acl: vendorAcls() });
  } finally {
    await admin.disconnect();
  }
}

async function createTopics(admin: Admin): Promise<void> {
  const present = new Set(await admin.listTopics());
  const topics = vendorTopics
    .filter(({ topic }) => !present.has(topic))
    .map((topic) => ({ ...topic, replicationFactor: 2 }));
  if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: false, timeout: 20_000 });
}
