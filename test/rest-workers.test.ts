import assert from "node:assert/strict";
import { ConnectHttp } from "../runtime/connect/connect-http.ts";
import { RegistryError, RegistryRest } from "../runtime/registry/rest.ts";
import { fakeServer, type FakeServer } from "./support/fake-server.ts";

describe("a REST API that refuses for now", () => {
  /** Answers with these statuses, one a request, then with 200; the first names a second to wait. */
  const refusing = async (...statuses: number[]) => {
    let asked = 0;
    const server = await fakeServer((socket) => {
      socket.on("data", () => {
        const status = statuses[asked] ?? 200;
        const retry = asked++ === 0 ? "retry-after: 1\r\n" : "";
        socket.end(`HTTP/1.1 ${status} X\r\n${retry}content-length: 2\r\n\r\n{}`);
      });
    });
    return { server, url: `http://${server.address}`, asked: () => asked };
  };
  type Kind = [string, (url: string) => Promise<unknown>];
  const patience = { requestMilliseconds: 2_000, deadlineMilliseconds: 4_000 };
  const kinds: Kind[] = [
    ["Connect", (url) => new ConnectHttp({ urls: [url] }, patience).call("PUT", "/connectors/a/stop")],
    ["a registry", (url) => new RegistryRest({ side: "source", urls: [url] }, patience).setMode("", "READONLY")],
  ];
  for (const [whose, ask] of kinds) {
    for (const status of [408, 429, 500, 502, 503, 504])
      it(`is asked again by ${whose}'s client after a ${status}, when it says`, async () => {
        const { server, url, asked } = await refusing(status);
        const startedAt = performance.now();
        await ask(url);
        assert.equal(asked(), 2);
        assert.ok(performance.now() - startedAt >= 990, `${performance.now() - startedAt} ms`);
        await server.close();
      });
    for (const status of [400, 403, 501])
      it(`is not asked again by ${whose}'s client after a ${status}`, async () => {
        const { server, url, asked } = await refusing(status);
        await assert.rejects(ask(url), new RegExp(String(status)));
        assert.equal(asked(), 1);
        await server.close();
      });
  }

  it("is taken for a registry that cannot do a thing where it answers 500 for as long as is waited", async () => {
    const { server, url } = await refusing(...Array.from({ length: 50 }, () => 500));
    const registry = new RegistryRest({ side: "source", urls: [url] }, { ...patience, deadlineMilliseconds: 1_500 });
    await assert.rejects(registry.setMode("", "READONLY"), RegistryError);
    await server.close();
  });
});

describe("several addresses of one REST API", () => {
  let silent: FakeServer;
  let answering: FakeServer;

  before(async () => {
    silent = await fakeServer(() => undefined);
    answering = await fakeServer((socket) => {
      socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
    });
  });
  after(() => Promise.all([silent.close(), answering.close()]));

  it("each have their turn, also where one accepts and is silent", async () => {
    const urls = [silent, answering].map(({ address }) => `http://${address}`);
    const connect = new ConnectHttp({ urls }, { requestMilliseconds: 1_000, deadlineMilliseconds: 1_000 });
    const { status, body } = await connect.call("GET", "/");
    assert.deepEqual({ status, body }, { status: 200, body: "{}" });
    assert.equal(silent.connections(), 1);
  });

  it("are asked once where they may be away for good", async () => {
    const urls = ["http://127.0.0.1:1"];
    const once = new ConnectHttp({ urls }, { requestMilliseconds: 20_000, deadlineMilliseconds: 20_000, once: true });
    const startedAt = performance.now();
    await assert.rejects(once.call("GET", "/x"), /ECONNREFUSED/);
    assert.ok(performance.now() - startedAt < 5_000);
  });

  it("are all named where none of them answers", async () => {
    const urls = [silent, silent].map(({ address }) => `http://${address}`);
    const connect = new ConnectHttp({ urls }, { requestMilliseconds: 600, deadlineMilliseconds: 600 });
    await assert.rejects(connect.call("GET", "/x"), (error: Error) => {
      const each = /http:\/\/127\.0\.0\.1:\d+ gave no answer within (\d+) ms/g;
      const waited = [...error.message.matchAll(each)].map(([, milliseconds]) => Number(milliseconds));
      assert.equal(waited.length, 2, error.message);
      assert.ok(
        waited.every((milliseconds) => milliseconds > 200),
        error.message,
      );
      return true;
    });
  });
});
