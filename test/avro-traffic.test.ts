import assert from "node:assert/strict";
import { avroReader, avroWriter } from "../lab/traffic/avro.ts";
import { withRegistry, type TestRegistry } from "./support/registry-calls.ts";

const user = { username: "apps", password: "secret" };
const users = { apps: "secret" };
const headers = { authorization: `Basic ${Buffer.from("apps:secret").toString("base64")}` };
const put = (registry: TestRegistry, mode: string) => registry.call("PUT", "/mode?force=true", { mode }, headers);

describe("the Avro values of the traffic", () => {
  it("are read by the schema whose id they name, and by the one that it refers to", () =>
    withRegistry({ users }, async ({ server, call }) => {
      const access = { url: server.url, ...user };
      const writer = await avroWriter(access, "sales");
      const value = await writer.value("sales-1", 3);
      assert.deepEqual(await avroReader(access)(value, { key: "sales-1", seq: 3 }), { id: 2, fits: true });
      assert.deepEqual((await call("GET", "/subjects", undefined, headers)).body, ["money", "sales-value"]);
    }));

  it("do not fit another record", () =>
    withRegistry({ users }, async ({ server }) => {
      const access = { url: server.url, ...user };
      const writer = await avroWriter(access, "sales");
      const value = await writer.value("sales-1", 3);
      assert.equal((await avroReader(access)(value, { key: "sales-1", seq: 4 })).fits, false);
    }));

  it("cannot be read where the registry has no such id, or gives it to another schema", () =>
    withRegistry({ users }, async ({ server }) => {
      const writer = await avroWriter({ url: server.url, ...user }, "sales");
      const value = await writer.value("sales-1", 3);
      await withRegistry({ users }, async (other) => {
        const access = { url: other.server.url, ...user };
        assert.deepEqual(await avroReader(access)(value, { key: "sales-1", seq: 3 }), { id: 2, fits: false });
        for (const schema of ['"string"', '"long"']) {
          await other.call("POST", `/subjects/${schema.length}/versions`, { schema }, headers);
        }
        assert.deepEqual(await avroReader(access)(value, { key: "sales-1", seq: 3 }), { id: 2, fits: false });
      });
    }));

  it("wait for a registry that does not answer or refuses the user", () =>
    withRegistry({ users }, async ({ server }) => {
      const access = { url: server.url, ...user };
      const value = await (await avroWriter(access, "sales")).value("sales-1", 3);
      const wrong = avroReader({ ...access, password: "wrong" });
      await assert.rejects(wrong(value, { key: "sales-1", seq: 3 }), /Unauthorized/);
      const away = avroReader({ ...access, url: "http://127.0.0.1:1" });
      await assert.rejects(away(value, { key: "sales-1", seq: 3 }));
    }));

  it("keep their schema's id while the registry is read-only or imports, and a new schema gets its code", () =>
    withRegistry({ users }, async (registry) => {
      const access = { url: registry.server.url, ...user };
      const { id } = await avroWriter(access, "sales");
      for (const mode of ["READONLY", "IMPORT"]) {
        await put(registry, mode);
        assert.equal((await avroWriter(access, "sales")).id, id);
        await assert.rejects(avroWriter(access, "catalog"), /42205: .*is not in read-write mode/);
      }
      await put(registry, "READWRITE");
      assert.equal((await avroWriter(access, "catalog")).id, id + 1);
    }));
});
