import assert from "node:assert/strict";
import { ConnectHttp } from "../runtime/connect/connect-http.ts";
import { fakeServer, type FakeServer } from "./support/fake-server.ts";

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
