import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { RegistryRest } from "../runtime/registry/rest.ts";
import { compare, differences, isEqual } from "../runtime/schemas/compare.ts";
import { copySchemas, readBoth } from "../runtime/schemas/copy.ts";
import { registries, shop } from "./support/registries.ts";
import { withRegistry } from "./support/registry-calls.ts";
import { RegistryModel } from "./support/registry-model.ts";

describe("a copy of a registry", () => {
  it("has every version of every context with its id, soft-deletes, configs and modes under IMPORT", async () => {
    const { source, target, rest, lines } = registries(shop());
    const { versions, deleted, configs } = await copySchemas(rest, (line) => lines.push(line));
    assert.deepEqual(target.listing().sort(), source.listing().sort());
    assert.deepEqual({ versions, deleted, configs }, { versions: 9, deleted: 2, configs: 3 });
    assert.deepEqual(target.modes, { "": "IMPORT", ":.old:": "IMPORT" });
    assert.deepEqual(Object.fromEntries(target.state.configs), {
      "": { compatibilityLevel: "NONE", normalize: true },
      ":.old:": { compatibilityLevel: "NONE" },
      "orders/v1:a b": { compatibilityLevel: "NONE" },
    });
    assert.deepEqual(lines, ["copying 9 versions of 6 subjects"]);
    const both = await readBoth(rest);
    assert.ok(isEqual(compare(both.source, both.target)));
  });

  it("is begun again without a mark after it was killed at any change, and then copies the rest only", async () => {
    const count = await changes();
    assert.ok(count > 15, `only ${count} changes`);
    for (let at = 1; at <= count; at += 1) {
      for (const after of [false, true]) {
        const { source, target, rest } = registries(shop(), new RegistryModel(), { killAt: at, after });
        await assert.rejects(copySchemas(rest, () => {}));
        const again = registries(source, target);
        const { versions } = await copySchemas(again.rest, () => {});
        assert.ok(versions <= 9);
        assert.deepEqual(target.listing().sort(), source.listing().sort(), `killed at ${at}`);
        assert.deepEqual([...target.state.configs].sort(), [...source.state.configs].sort());
      }
    }
  });

  const changes = async (): Promise<number> => {
    const { target, rest } = registries(shop());
    await copySchemas(rest, () => {});
    return target.requests.filter((each) => !each.startsWith("GET")).length;
  };

  it("takes for the source's what another copy brings to the target meanwhile", async () => {
    const { source, target, rest } = registries(shop());
    const register = rest.target.register.bind(rest.target);
    let others = 0;
    rest.target.register = async (version) => {
      const id = await register(version);
      others += 1;
      // Once all of it is there, a schema that this copy has not seen.
      if (others === 9) {
        source.produce("meanwhile", '"long"');
        await copySchemas(registries(source, target).rest, () => {});
      }
      return id;
    };
    const { versions } = await copySchemas(rest, () => {});
    assert.equal(versions, 9);
    assert.deepEqual(target.listing().sort(), source.listing().sort());
    assert.ok(target.listing().join().includes("meanwhile"));
  });

  it("reads the target before the source, so that what another copy brings meanwhile is on both", async () => {
    const { target, rest } = registries(shop());
    await copySchemas(rest, () => {});
    const find = rest.source.find.bind(rest.source);
    let asked: number | undefined;
    rest.source.find = (route) => {
      asked ??= target.requests.length;
      return find(route);
    };
    await readBoth(rest);
    const after = target.requests.slice(asked);
    assert.ok(after.length > 0 && after.every((request) => request.includes("/mode")), after.join());
  });

  it("copies only what is new the second time", async () => {
    const { source, target, rest } = registries(shop());
    await copySchemas(rest, () => {});
    source.produce("orders-value", '"long"');
    source.remove("orders-value", 2);
    const before = target.requests.length;
    const { versions, deleted } = await copySchemas(rest, () => {});
    assert.deepEqual({ versions, deleted }, { versions: 1, deleted: 1 });
    const changed = target.requests.slice(before).filter((each) => !each.startsWith("GET"));
    assert.deepEqual(changed, ["POST /subjects/orders-value/versions", "DELETE /subjects/orders-value/versions/2"]);
  });

  it("reads more schemas than a server puts into one answer", async () => {
    const source = new RegistryModel();
    source.pageSize = 7;
    for (let at = 0; at < 30; at += 1) source.produce(`s${at}`, `{"type":"enum","name":"E${at}","symbols":["A"]}`);
    const { target, rest } = registries(source);
    await copySchemas(rest, () => {});
    assert.equal(target.listing().length, 30);
    assert.deepEqual(
      source.requests.filter((each) => each.startsWith("GET /subjects/")),
      [],
    );
  });

  for (const dialect of ["karapace", "apicurio-2", "apicurio-3"] as const)
    it(`reads a source that speaks as ${dialect} whole`, async () => {
      const source = new RegistryModel(dialect);
      source.produce("a/b", '"string"');
      source.put("config", "", { compatibility: "NONE" });
      source.produce("a/b", '"int"');
      source.produce("c", '"bytes"');
      source.remove("c", 1);
      const { target, rest } = registries(source);
      await copySchemas(rest, () => {});
      assert.deepEqual(target.listing().sort(), source.listing().sort());
    });

  it("goes on giving ids after the largest that the source ever gave, also to what was deleted for ever", async () => {
    const source = shop();
    source.produce("gone", '"float"');
    source.remove("gone", 1, true);
    const { target, rest } = registries(source);
    await copySchemas(rest, () => {});
    assert.equal(target.state.largestId("."), source.state.largestId("."));
    assert.ok(!source.listing().some((line) => line.endsWith(`id ${source.state.largestId(".")}`)));
    assert.deepEqual(target.listing().sort(), source.listing().sort());
  });

  const refused = [
    // when                                                what the target has                                               message
    [
      "it holds a subject of somebody else",
      (t: RegistryModel) => void t.produce("theirs", '"double"'),
      /the target's registry holds 1 version of 1 subject and is not a copy of this migration: id 1 is money version 1 on the source and theirs version 1 on the target, theirs version 1 \(id 1\) is on the target only; name an empty registry/,
    ],
    [
      "it holds soft-deleted versions, which entering IMPORT would delete permanently",
      (t: RegistryModel) => {
        t.produce("theirs", '"double"');
        t.remove("theirs", 1);
      },
      /holds 1 version of 1 subject that are soft-deleted, which entering IMPORT would delete permanently; delete them with \?permanent=true/,
    ],
    [
      "both sides have issued the same id",
      (t: RegistryModel) => void t.produce("orders-value", '"double"'),
      /id 1 is money version 1 on the source and orders-value version 1 on the target, orders-value version 1 has id 1 on the target, \d on the source/,
    ],
    [
      "it holds just what the source has and is in READWRITE",
      (t: RegistryModel) => void t.produce("money", shopMoney),
      /all of it is on the source too, and the global mode is READWRITE, not IMPORT; if both addresses lead to one registry, leave registry out on both sides/,
    ],
  ] as const;
  for (const [when, change, message] of refused)
    it(`changes nothing on a target when ${when}`, async () => {
      const { target, rest } = registries(shop());
      change(target);
      const before = target.listing();
      await assert.rejects(
        copySchemas(rest, () => {}),
        message,
      );
      assert.deepEqual(target.listing(), before);
      assert.deepEqual(target.modes, {});
    });

  it("says who refers to what when a reference is not there", async () => {
    const { source, rest } = registries(shop());
    source.state.apply({ kind: "purge", subject: "money", version: 1 });
    await assert.rejects(
      copySchemas(rest, () => {}),
      /price version 1 \(id 2\) refers to money version 1, which the source does not have/,
    );
  });

  it("stops at the first id that comes back otherwise", async () => {
    const target = new RegistryModel("apicurio-3");
    for (let at = 0; at < 40; at += 1) target.produce(`theirs${at}`, `{"type":"enum","name":"E${at}","symbols":["A"]}`);
    for (let at = 0; at < 40; at += 1) target.remove(`theirs${at}`, 1, true);
    const { rest } = registries(shop(), target);
    await assert.rejects(
      copySchemas(rest, () => {}),
      /gave id 41 to money version 1 \(id 1\): it does not keep ids, and records would be read with other schemas/,
    );
  });
});

const shopMoney = shop().state.find("money", 1)!.schema;

describe("the difference between two registries", () => {
  it("names the first subjects and versions", async () => {
    const { source, rest } = registries(shop());
    await copySchemas(rest, () => {});
    source.produce("orders-value", '"long"');
    source.remove("orders-value", 2);
    const { source: from, target: to } = await readBoth(rest);
    assert.equal(
      differences(compare(from, to)),
      "orders-value version 4 (id 7) is not on the target, orders-value version 2 (id 4, soft-deleted) is soft-deleted on the source only",
    );
  });

  it("takes white space in a schema for nothing", async () => {
    const { target, rest } = registries(shop());
    await copySchemas(rest, () => {});
    const stored = target.state.find("money", 1) as { schema: string };
    stored.schema = JSON.stringify(JSON.parse(stored.schema), null, 2);
    const both = await readBoth(rest);
    assert.ok(isEqual(compare(both.source, both.target)));
    stored.schema = stored.schema.replace("amount", "sum");
    const changed = await readBoth(rest);
    assert.match(
      differences(compare(changed.source, changed.target)),
      /money version 1 \(id 1\) has another schema on the target/,
    );
  });
});

describe("the client of a registry", () => {
  const endpoint = { side: "target", urls: ["http://a:1", "http://b:1/"] } as const;

  it("asks the next address when one gives no answer, and again when the registry cannot at the moment", async () => {
    const model = new RegistryModel();
    model.failures.push({ status: 500, body: '{"error_code":50003,"message":"forwarding"}' });
    const asked: string[] = [];
    const rest = new RegistryRest(endpoint, {
      send: async (call) => {
        asked.push(call.url);
        if (call.url.startsWith("http://a")) throw new Error("connect ECONNREFUSED");
        return model.send(call);
      },
    });
    assert.equal(await rest.mode(""), "READWRITE");
    assert.deepEqual(asked, ["http://a:1/mode", "http://b:1/mode", "http://a:1/mode", "http://b:1/mode"]);
  });

  it("gives up with what each address said", async () => {
    const send = async () => Promise.reject(new Error("connect ECONNREFUSED"));
    const rest = new RegistryRest(endpoint, { send, deadlineMilliseconds: 200 });
    await assert.rejects(
      rest.mode(""),
      /^Error: the target's registry: GET \/mode failed for 0\.2 s: http:\/\/a:1 connect ECONNREFUSED; http:\/\/b:1\/ connect ECONNREFUSED$/,
    );
  });

  it("does not repeat what the registry refuses, and names its code", async () => {
    const model = new RegistryModel();
    const rest = new RegistryRest(endpoint, { send: model.send });
    await assert.rejects(
      rest.setMode("", "IMPORT_ONLY"),
      /PUT \/mode at http:\/\/a:1 was answered 42204: Invalid mode/,
    );
    assert.equal(model.requests.length, 1);
  });

  it("says what to correct when the registry refuses the user", async () => {
    await withRegistry({ users: { shop: "secret" } }, async ({ server: { url } }) => {
      const rest = new RegistryRest({ side: "source", urls: [url] });
      await assert.rejects(
        rest.mode(""),
        /was answered 401: Unauthorized; name a Secret with its user under source\.registry\.credentials/,
      );
      rest.close();
    });
  });

  it("keeps its connections for many requests", async () => {
    let opened = 0;
    const server = createServer((_request, response) => void response.end('{"mode":"IMPORT"}'));
    server.on("connection", () => (opened += 1));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const rest = new RegistryRest({
      side: "source",
      urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`],
    });
    try {
      for (let at = 0; at < 20; at += 1) assert.equal(await rest.mode(""), "IMPORT");
      assert.equal(opened, 1);
    } finally {
      rest.close();
      server.close();
    }
  });
});
