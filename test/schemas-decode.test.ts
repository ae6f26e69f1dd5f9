import assert from "node:assert/strict";
import { SchemaRegistry } from "@kafkajs/confluent-schema-registry";
import { judge } from "../runtime/measure/judge.ts";
import { RegistryRest } from "../runtime/registry/rest.ts";
import { decodeAll, decoder, encodedParts, type Encoded } from "../runtime/schemas/decode.ts";
import { record, withRegistry, type TestRegistry } from "./support/registry-calls.ts";
import { now, scope } from "./support/verdict-readings.ts";

const at = (offset: number) => ({ topic: "orders", partition: 1, offset: BigInt(offset) });
const wire = (id: number, content: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, content]);
};

/** Records of `orders`, encoded through the source as an application does. */
async function encoded(source: TestRegistry): Promise<Encoded[]> {
  const money = await source.call("POST", "/subjects/money/versions", { schema: record("Money", "amount") });
  assert.equal(money.status, 200);
  const references = [{ name: "Money", subject: "money", version: 1 }];
  const schema = record("Order", ["price", "Money"]);
  const { body } = await source.call("POST", "/subjects/orders-value/versions", { schema, references });
  const client = new SchemaRegistry({ host: source.server.url });
  const value = await client.encode(body.id, { price: { amount: "7" } });
  return [...encodedParts(at(3), { key: null, value }), ...encodedParts(at(4), { key: value, value })];
}

async function copyOf(source: TestRegistry, target: TestRegistry): Promise<void> {
  await target.call("PUT", "/mode", { mode: "IMPORT" });
  for (const { subject, version, id, schema, references } of (await source.call("GET", "/schemas")).body) {
    await target.call("POST", `/subjects/${subject}/versions`, { schema, references, id, version });
  }
}

async function judged(source: TestRegistry, target: TestRegistry, sample: readonly Encoded[]) {
  const rest = {
    source: new RegistryRest({ side: "source", urls: [source.server.url] }),
    target: new RegistryRest({ side: "target", urls: [target.server.url] }),
  };
  const [from, to] = [source, target].map(
    ({ server }) => new SchemaRegistry({ host: server.url, retry: { retries: 0 } }),
  );
  const decoders = { source: (bytes: Buffer) => from!.decode(bytes), target: (bytes: Buffer) => to!.decode(bytes) };
  const found = await decodeAll(sample, rest, decoders);
  for (const side of [rest.source, rest.target]) side.close();
  const value = { ...found, records: sample.length, plain: [], empty: [] };
  const condition = { kind: "records-decode", sampleRecords: 20 } as const;
  return { ...found, ...judge(condition, { scope, takenAt: now, decoding: { value } }) };
}

const withBoth = (use: (source: TestRegistry, target: TestRegistry) => Promise<void>): Promise<void> =>
  withRegistry({}, (source) => withRegistry({}, (target) => use(source, target)));

describe("the gate records-decode", () => {
  it("decodes keys and values through the target, references too", () =>
    withBoth(async (source, target) => {
      const sample = await encoded(source);
      await copyOf(source, target);
      assert.deepEqual(
        { ...(await judged(source, target, sample)), known: [] },
        {
          ...{ decoded: 3, reread: 0, ids: 1, failures: [], notes: [], known: [], open: true },
          sentence:
            "3 keys and values of 3 records decode through the target's registry, with 1 schema equal on both sides",
        },
      );
    }));

  it("asks the address that answers, where another one of the registry is away", () =>
    withBoth(async (source) => {
      const sample = await encoded(source);
      const rest = new RegistryRest({ side: "target", urls: ["http://127.0.0.1:1", source.server.url] });
      const decode = decoder(rest);
      const found = await decodeAll(sample, { source: rest, target: rest }, { source: decode, target: decode });
      rest.close();
      assert.deepEqual([found.decoded, found.failures, found.notes], [3, [], []]);
    }));

  it("names the first record whose schema is not on the target", () =>
    withBoth(async (source, target) => {
      const found = await judged(source, target, await encoded(source));
      assert.equal(found.open, false);
      assert.equal(
        found.sentence,
        "schema id 2 is not in the target's registry, which the value of orders[1] at offset 3 is written with",
      );
    }));

  it("names an id that is another schema on the target, although the record decodes", () =>
    withBoth(async (source, target) => {
      const sample = await encoded(source);
      await target.call("POST", "/subjects/x/versions", { schema: record("X", "a") });
      await target.call("POST", "/subjects/y/versions", { schema: record("Y", "a") });
      assert.match(
        (await judged(source, target, sample)).sentence,
        /^schema id 2 is another schema on the target, which the value of orders\[1\] at offset 3 is written with$/,
      );
    }));

  it("takes a record that decodes on neither side for none of its own", () =>
    withBoth(async (source, target) => {
      const sample = await encoded(source);
      await copyOf(source, target);
      const broken = encodedParts(at(9), { key: null, value: wire(2, Buffer.from([200])) });
      const found = await judged(source, target, [...sample, ...broken]);
      assert.equal(found.open, true);
      assert.match(found.sentence, /; the value of orders\[1\] at offset 9 decodes on neither side \(.+\)$/);
    }));

  it("is closed for a record that decodes on the source only", () =>
    withBoth(async (source, target) => {
      const sample = await encoded(source);
      await target.call("PUT", "/mode", { mode: "IMPORT" });
      const [, { schema, references }] = (await source.call("GET", "/schemas")).body;
      // The same text refers to another version of the same name.
      await target.call("POST", "/subjects/money/versions", { schema: record("Money", "a", "b"), id: 9, version: 1 });
      await target.call("POST", "/subjects/orders-value/versions", { schema, references, id: 2, version: 1 });
      const found = await judged(source, target, sample);
      assert.equal(found.open, false);
      assert.match(
        found.sentence,
        /^the value of orders\[1\] at offset 3 does not decode through the target's registry: /,
      );
    }));

  it("accepts what producers have registered on the target since they moved", () =>
    withBoth(async (source, target) => {
      const sample = await encoded(target);
      assert.equal((await judged(source, target, sample)).open, true);
    }));

  it("passes over what only begins like the registry's format", () =>
    withBoth(async (source, target) => {
      const long = Buffer.from([0, 0, 0, 0, 0, 0, 0, 42]);
      const sample = encodedParts(at(0), { key: long, value: Buffer.from("text") });
      assert.equal(sample.length, 1);
      const found = await judged(source, target, sample);
      assert.deepEqual([found.open, found.sentence], [true, "none of 1 record is in the registry's format"]);
    }));

  it("looks an id up in the contexts that the registry has", () =>
    withBoth(async (source, target) => {
      for (const { call } of [source, target]) {
        await call("POST", "/subjects/:.old:orders/versions", { schema: record("Old", "a") });
      }
      const sample = encodedParts(at(0), { key: null, value: wire(1, Buffer.from([2, 65])) });
      assert.equal((await judged(source, target, sample)).decoded, 1);
      await target.call("POST", "/subjects/orders/versions", { schema: record("New", "a") });
      assert.match((await judged(source, target, sample)).sentence, /^schema id 1 is another schema on the target/);
    }));
});
