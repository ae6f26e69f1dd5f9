import { SchemaRegistry } from "@kafkajs/confluent-schema-registry";
import { randomBytes, randomInt } from "node:crypto";

/** How a process reaches the schema registry. */
export interface RegistryAccess {
  /** Base URL. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** What a value says of its record. */
interface Content {
  readonly key: string;
  readonly seq: number;
}

/** The schema of a topic's values, and those that it refers to, which are registered first. */
interface TopicSchema {
  readonly subject: string;
  readonly schema: object;
  readonly references: readonly { readonly name: string; readonly subject: string; readonly schema: object }[];
  /** Fields beside those of every value. */
  readonly more: () => object;
}

const record = (name: string, ...fields: [name: string, type: string][]) => ({
  type: "record",
  namespace: "shop",
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
});

const money = record("Money", ["currency", "string"], ["cents", "long"]);
const content: [string, string][] = [
  ["key", "string"],
  ["seq", "long"],
];

/** Avro values by topic. A sale names money by reference: reading it takes two questions to the registry. */
const schemas: Readonly<Record<string, TopicSchema>> = {
  sales: {
    subject: "sales-value",
    schema: record("Sale", ...content, ["total", "shop.Money"], ["note", "bytes"]),
    references: [{ name: "shop.Money", subject: "money", schema: money }],
    more: () => ({ total: { currency: "EUR", cents: randomInt(1, 100_000) }, note: randomBytes(randomInt(20, 200)) }),
  },
  catalog: {
    subject: "catalog-value",
    schema: record("Item", ...content, ["name", "string"]),
    references: [],
    more: () => ({ name: randomBytes(8).toString("hex") }),
  },
};

/** What is refused is asked again by who asks here, and logged each time. */
const client = ({ url, username, password }: RegistryAccess): SchemaRegistry =>
  new SchemaRegistry({ host: url, auth: { username, password }, retry: { retries: 0 } });

/** Registers a schema as producers do, and returns its id. Throws the registry's own code and sentence. */
export async function registerSchema(access: RegistryAccess, subject: string, body: object): Promise<number> {
  const login = Buffer.from(`${access.username}:${access.password}`).toString("base64");
  const answer = await fetch(`${access.url}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: "POST",
    headers: { "content-type": "application/vnd.schemaregistry.v1+json", authorization: `Basic ${login}` },
    body: JSON.stringify(body),
  });
  const { id, error_code, message } = (await answer.json()) as { id?: number; error_code?: number; message?: string };
  if (id === undefined) throw new Error(`the registry answers ${error_code}: ${message}`);
  return id;
}

/** Writes the values of one topic. */
export interface AvroWriter {
  /** The schema's id, by the registry that the process uses. */
  readonly id: number;
  value(key: string, seq: number): Promise<Buffer>;
}

/** Registers a topic's schema and what it refers to; throws what the registry answered. */
export async function avroWriter(access: RegistryAccess, topic: string): Promise<AvroWriter> {
  const found = schemas[topic];
  if (!found) throw new Error(`there is no Avro schema for the topic ${topic}; there is one for ${known()}`);
  const references = [];
  for (const { name, subject, schema } of found.references) {
    await registerSchema(access, subject, { schema: JSON.stringify(schema) });
    references.push({ name, subject, version: 1 });
  }
  const id = await registerSchema(access, found.subject, { schema: JSON.stringify(found.schema), references });
  const registry = client(access);
  return { id, value: (key, seq) => registry.encode(id, { key, seq, ...found.more() }) };
}

const known = () => Object.keys(schemas).join(", ");

/** What reading a value by its schema's id gave. */
export interface Decoded {
  readonly id: number;
  /** Whether the registry has the id, and the value read by it is that of this record. */
  readonly fits: boolean;
}

export type AvroReader = (value: Buffer, record: Content) => Promise<Decoded>;

/** Reads Avro values through a registry. A reader throws only where the registry does not answer. */
export function avroReader(access: RegistryAccess): AvroReader {
  const registry = client(access);
  return async (value, { key, seq }) => {
    const id = value.length < 5 || value[0] !== 0 ? -1 : value.readInt32BE(1);
    try {
      const read = (await registry.decode(value)) as Partial<Content>;
      return { id, fits: read.key === key && read.seq === seq };
    } catch (problem) {
      const { status } = problem as { status?: number };
      // Without an answer nothing is known about the record; its reader waits.
      if (status !== undefined && status !== 404) throw problem;
      return { id, fits: false };
    }
  };
}
