import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { DocumentBroken, DocumentConflict, readDocument, writeDocument } from "../runtime/kubernetes/documents.ts";
import { configMapBytes, partsAllowed } from "../runtime/model/document-limits.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";

/** Hexadecimal digits, of which gzip leaves about half. */
const noise = (bytes: number): string => randomBytes(bytes / 2).toString("hex");

describe("a document in ConfigMaps", () => {
  let api: ClusterApi;
  beforeEach(async () => (api = await clusterApi()));
  afterEach(() => api.close());

  const ref = () => ({
    ...{ migration: "shop", configMap: "shop-ledger" },
    // A refused write is tried again for twice as long.
    kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig, requestSeconds: 1 },
  });
  const partNames = () => [...api.objects.keys()].filter((key) => key.startsWith("configmaps/shop-ledger-part-"));
  const head = () => api.objects.get("configmaps/shop-ledger") as unknown as { data: Record<string, string> };
  const write = async (texts: Record<string, string>) =>
    writeDocument(ref(), texts, (await readDocument(ref())).resourceVersion);
  const read = async () => (await readDocument(ref())).texts;

  it("does not exist before it is written", async () => {
    assert.deepEqual(await readDocument(ref()), { texts: {}, resourceVersion: null });
  });

  it("is one plain ConfigMap as long as it fits, as version 0.1 wrote it", async () => {
    const texts = { "ledger.json": "[]", sha256: "0" };
    await write(texts);
    assert.deepEqual(head().data, texts);
    assert.deepEqual(partNames(), []);
    assert.deepEqual(await read(), texts);
  });

  it("is divided among ConfigMaps none of which is too large, and read back", async () => {
    const texts = { "a.json": noise(3_000_000), "b.json": noise(20_000), short: "1" };
    await write(texts);
    assert.ok(partNames().length >= 2, partNames().join());
    for (const [key, object] of api.objects) {
      const { data = {}, binaryData = {} } = object as { data?: object; binaryData?: Record<string, string> };
      const bytes = JSON.stringify(data).length + Buffer.from(binaryData["part"] ?? "", "base64").length;
      assert.ok(bytes < 1_000_000, `${key} has ${bytes} bytes`);
      if (key !== "configmaps/shop-ledger") assert.equal(object["immutable"], true, key);
    }
    assert.equal(head().data["short"], "1");
    assert.equal(head().data["b.json"], texts["b.json"], "what fits stays in the head");
    assert.deepEqual(await read(), texts);
  });

  it("keeps the parts of what does not change, and deletes those that nothing names any more", async () => {
    const texts = { "a.json": noise(2_000_000), "b.json": noise(2_000_000) };
    await write(texts);
    const before = new Set(partNames());
    let rewritten = 0;
    api.before = (method, key) => {
      if (method === "POST" && !before.has(key)) rewritten++;
      return undefined;
    };
    await write({ ...texts, "b.json": noise(2_000_000) });
    const after = partNames();
    assert.equal(after.length, before.size);
    assert.equal(after.filter((name) => before.has(name)).length, before.size / 2);
    assert.equal(rewritten, before.size / 2);
    await write({ "a.json": "short again" });
    assert.deepEqual(partNames(), []);
    assert.deepEqual(await read(), { "a.json": "short again" });
  });

  it("is as it was before when its writer dies before the head is written", async () => {
    const first = { "a.json": noise(2_000_000) };
    await write(first);
    api.before = (method, key) => (method === "PUT" && key === "configmaps/shop-ledger" ? 500 : undefined);
    await assert.rejects(write({ "a.json": noise(2_000_000) }), /could not write ConfigMap demo\/shop-ledger: not now/);
    delete api.before;
    assert.deepEqual(await read(), first);
    const left = partNames().length;
    // What a dead writer left goes once it is old enough that nobody can still be writing it.
    await write({ "a.json": noise(2_000_000) });
    assert.equal(partNames().length, left);
    for (const name of partNames()) api.objects.get(name)!.metadata.creationTimestamp = "2026-01-01T00:00:00Z";
    await write({ "a.json": "short" });
    assert.deepEqual(partNames(), []);
  });

  it("is refused with a part missing or changed, and never read in part", async () => {
    await write({ "a.json": noise(2_400_000) });
    const [first, second] = partNames() as [string, string];
    const kept = api.objects.get(first)!;
    api.objects.delete(first);
    await assert.rejects(read(), (error: Error) => {
      assert.ok(error instanceof DocumentBroken);
      assert.match(error.message, /^ConfigMap demo\/shop-ledger is incomplete: shop-ledger-part-\w+-1 of its parts/);
      return true;
    });
    api.objects.set(first, api.objects.get(second)!);
    await assert.rejects(
      read(),
      /ConfigMap demo\/shop-ledger was changed by another client: what its parts shop-ledger/,
    );
    api.objects.set(first, kept);
    assert.equal((await read())["a.json"]?.length, 2_400_000);
  });

  it("is written by one process at a time", async () => {
    await write({ a: "1" });
    const { resourceVersion } = await readDocument(ref());
    await write({ a: "2" });
    await assert.rejects(writeDocument(ref(), { a: "3" }, resourceVersion), DocumentConflict);
    await assert.rejects(writeDocument(ref(), { a: "3" }, null), DocumentConflict);
    assert.deepEqual(await read(), { a: "2" });
  });

  it("refuses what would need too many ConfigMaps before anything is written", async () => {
    // The head holds some of them, each of the others needs a part.
    const bytes = 14_000;
    const texts = Object.fromEntries(
      Array.from({ length: partsAllowed + configMapBytes / bytes + 5 }, (_, at) => [`${at}.json`, noise(bytes)]),
    );
    await assert.rejects(write(texts), /would have [\d,]+ bytes in \d+ parts, allowed: 64; nothing was written/);
    assert.equal(api.objects.size, 0);
  });
});
