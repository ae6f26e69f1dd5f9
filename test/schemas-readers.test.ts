/** Whether existing records can be read by new versions of their consumers, through real registries' answers. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SchemaRegistry, SchemaType } from "@kafkajs/confluent-schema-registry";
import { parseConfig } from "../config/load.ts";
import { readReaderFiles } from "../config/reader-schemas.ts";
import { planOf } from "../plan/write.ts";
import { recordsDecode } from "../gates/records-decode.ts";
import type { ReaderSchema } from "../runtime/model/reader-schema.ts";
import { judge } from "../runtime/measure/judge.ts";
import { RegistryRest } from "../runtime/registry/rest.ts";
import { decodeAll, decoder, encodedParts, type Encoded } from "../runtime/schemas/decode.ts";
import { record, withRegistry, type TestRegistry } from "./support/registry-calls.ts";
import { stackInput, stackInventory } from "./support/stack.ts";
import { now, scope } from "./support/verdict-readings.ts";

/** What must be in no sentence. */
const content = "4929-1234-secret";
const order = record("Order", "card", ["amount", "int"]);
const jsonOrder = {
  type: "object",
  properties: { card: { type: "string" }, amount: { type: "integer" } },
  additionalProperties: true,
};

/** Records of `orders`, written with a schema of this type. */
async function written(registry: TestRegistry, type: "AVRO" | "JSON"): Promise<Encoded[]> {
  const client = new SchemaRegistry({ host: registry.server.url });
  const { id } =
    type === "AVRO"
      ? await client.register({ type: SchemaType.AVRO, schema: order }, { subject: "orders-value" })
      : await client.register(
          { type: SchemaType.JSON, schema: JSON.stringify(jsonOrder) },
          { subject: "orders-value" },
        );
  const records = [
    { card: content, amount: 1 },
    { card: content, amount: 2, [content]: "as a field's name" },
  ];
  const parts = await Promise.all(
    records.map(async (one, at) => {
      const value = await client.encode(id, one);
      return encodedParts({ topic: "orders", partition: at, offset: BigInt(at + 7) }, { key: null, value });
    }),
  );
  return parts.flat();
}

/** The verdict about records that lie on the target with the same registry on both sides. */
async function verdict(registry: TestRegistry, sample: readonly Encoded[], readers: readonly ReaderSchema[]) {
  const rest = new RegistryRest({ side: "target", urls: [registry.server.url] });
  const decode = decoder(rest);
  const found = await decodeAll(sample, { source: rest, target: rest }, { source: decode, target: decode }, readers);
  rest.close();
  const value = { ...found, records: sample.length, plain: [], empty: [] };
  return judge({ kind: "records-decode", sampleRecords: 20, readers }, { scope, takenAt: now, decoding: { value } });
}

const reader = (type: ReaderSchema["type"], schema: string | object, part: ReaderSchema["part"] = "value") => ({
  ...{ topic: "orders", part, type, file: type === "AVRO" ? "schemas/order-v2.avsc" : "schemas/order-v2.json" },
  schema: typeof schema === "string" ? schema : JSON.stringify(schema),
});

const withDefault = JSON.stringify({
  ...(JSON.parse(order) as object),
  fields: [
    { name: "card", type: "string" },
    { name: "amount", type: "long" },
    { name: "currency", type: "string", default: "EUR" },
  ],
});

describe("existing records and the schemas of new consumers", () => {
  // prettier-ignore
  const cases: readonly (readonly [what: string, written: "AVRO" | "JSON", reader: ReaderSchema, closed: RegExp | null])[] = [
    ["a field that is new and has a default, another that is wider", "AVRO", reader("AVRO", withDefault), null],
    ["a field that is new and has no default", "AVRO", reader("AVRO", record("Order", "card", "currency")), /^the value of orders\[0\] at offset 7 cannot be read with the schema of schemas\/order-v2\.avsc: /],
    ["a field of another type", "AVRO", reader("AVRO", record("Order", ["card", "int"])), /^the value of orders\[0\] at offset 7 cannot be read with .*order-v2\.avsc: /],
    ["a schema that is none", "AVRO", reader("AVRO", { type: "record" }), /order-v2\.avsc: /],
    ["the other format", "AVRO", reader("JSON", jsonOrder), /order-v2\.json: it is written with a schema of type AVRO, and the file's is JSON/],
    ["what is already so", "JSON", reader("JSON", jsonOrder), null],
    ["a draft of 2020", "JSON", reader("JSON", { ...jsonOrder, $schema: "https://json-schema.org/draft/2020-12/schema" }), null],
    ["a field that must be there", "JSON", reader("JSON", { ...jsonOrder, required: ["currency"] }), /offset 7 cannot be read with the schema of schemas\/order-v2\.json: it is not as #\/required demands/],
    ["no field beside those that it knows", "JSON", reader("JSON", { ...jsonOrder, additionalProperties: false }), /^the value of orders\[1\] at offset 8 cannot be read with .*: it is not as #\/additionalProperties demands$/],
    ["fields of another form", "JSON", reader("JSON", { ...jsonOrder, properties: { card: { pattern: "^X" } } }), /it is not as #\/properties\/card\/pattern demands/],
    ["a key, where there are values alone", "JSON", reader("JSON", { ...jsonOrder, required: ["currency"] }, "key"), null],
  ];
  for (const [what, type, wanted, closed] of cases)
    it(`${closed ? "are refused by" : "can be read by"} one that asks for ${what}`, () =>
      withRegistry({}, async (registry) => {
        const found = await verdict(registry, await written(registry, type), [wanted]);
        assert.equal(found.open, closed === null, found.sentence);
        if (closed) assert.match(found.sentence, closed);
        else assert.match(found.sentence, /; \d keys and values can be read with schemas\/order-v2\./);
        assert.ok(!found.sentence.includes(content), found.sentence);
      }));

  it("are counted by those that were tried", () =>
    withRegistry({}, async (registry) => {
      const readers = [reader("AVRO", order), reader("AVRO", withDefault)];
      const { sentence } = await verdict(registry, await written(registry, "AVRO"), readers);
      assert.match(sentence, /; 4 keys and values can be read with schemas\/order-v2\.avsc$/);
    }));

  it("never show what of a record is no JSON", () =>
    withRegistry({}, async (registry) => {
      await written(registry, "JSON");
      const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from(content)]);
      const broken = encodedParts({ topic: "orders", partition: 0, offset: 9n }, { key: null, value });
      const { sentence } = await verdict(registry, broken, []);
      assert.match(sentence, /\(it is not JSON\)/);
      assert.ok(!sentence.includes(content), sentence);
    }));
});

describe("the files of schemas.readers", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "readers-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function parsed(text: string | undefined, edit: (input: ReturnType<typeof stackInput>) => void = () => {}) {
    const file = join(folder, "order.avsc");
    if (text !== undefined) writeFileSync(file, text);
    const input = stackInput("dev");
    for (const side of [input.source, input.target])
      side.registry = { urls: [`http://registry-${side.kubernetes}-${side === input.source ? "a" : "b"}:8081`] };
    input.schemas = { readers: [{ topic: "orders", file }] };
    edit(input);
    return parseConfig(input, stackInventory("dev"), readReaderFiles(input));
  }

  it("are read for the plan as well", () => {
    const file = join(folder, "order.avsc");
    writeFileSync(file, order);
    const input = stackInput("dev");
    for (const side of [input.source, input.target])
      side.registry = { urls: [`http://registry-${side.kubernetes}-${side === input.source ? "a" : "b"}:8081`] };
    input.schemas = { readers: [{ topic: "orders", file }] };
    const inventory = join(folder, "inventory.json");
    const locked = stackInventory("dev");
    assert.ok("text" in locked);
    writeFileSync(inventory, locked.text);
    assert.match(planOf({ ...input, inventory }, "dev", "Pulumi.dev.yaml"), /^# /);
  });

  it("are read with the config, and stay out of a gate's inputs where none is named", () => {
    const found = parsed(order);
    assert.ok("config" in found, JSON.stringify(found));
    const params = recordsDecode.params(found.config, null as never);
    assert.deepEqual(params, {
      sampleRecords: 20,
      readers: [{ topic: "orders", part: "value", type: "AVRO", file: join(folder, "order.avsc"), schema: order }],
    });
    assert.deepEqual(recordsDecode.params({ ...found.config, readerSchemas: [] }, null as never), {
      sampleRecords: 20,
    });
  });

  // prettier-ignore
  for (const [what, text, message] of [
    ["a file that is not there", undefined, /order\.avsc cannot be read \(ENOENT\); allowed: a readable file$/],
    ["a file that is not JSON", "{", /order\.avsc is not JSON; allowed: an Avro schema/],
  ] as const)
    it(`are refused for ${what}`, () => {
      const found = parsed(text);
      assert.ok("problems" in found);
      assert.deepEqual(found.problems.map(({ path }) => path), ["schemas.readers[0].file"]);
      assert.match(found.problems[0]!.message, message);
    });

  const refused = (edit: (input: ReturnType<typeof stackInput>) => void) => {
    const found = parsed(order, edit);
    return "problems" in found ? found.problems.map(({ path, message }) => `${path}: ${message}`) : [];
  };

  it("are refused without registries, and for a topic that is not migrated", () => {
    const [first, ...others] = refused(({ source, target }) => {
      delete source.registry;
      delete target.registry;
    });
    assert.match(
      first!,
      /^schemas\.readers: found, but what records are written with is known from registries alone; /,
    );
    assert.deepEqual(others, []);
    assert.match(
      refused((input) => (input.schemas!.readers![0]!.topic = "elsewhere")).join(),
      /^schemas\.readers\[0\]\.topic: "elsewhere" is not migrated; allowed: a topic that is/,
    );
  });
});
