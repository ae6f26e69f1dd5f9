import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { behind, positionsIn } from "../runtime/pega/flow-positions.ts";
import { jsonPath } from "../runtime/pega/json-path.ts";
import { countsIn, readQueues } from "../runtime/pega/queues.ts";
import { unreadRanges } from "../runtime/pega/unread.ts";
import { logs, split } from "./support/verdict-readings.ts";
import { rangeName } from "../runtime/brokers/ranges.ts";

describe("a JSONPath", () => {
  const document = { queues: [{ name: "a", n: 1, of: { n: 5 } }, { name: "b" }, 7], "odd key": { x: [3, 4] } };
  // prettier-ignore
  const paths: readonly (readonly [string, unknown[]])[] = [
    ["$", [document]],
    ["$.queues[*].n", [1]],
    ["$.queues[*].name", ["a", "b"]],
    ["$.queues[1].name", ["b"]],
    ["$.queues[9].name", []],
    ["$['odd key']['x'][1]", [4]],
    ['$["odd key"].x[*]', [3, 4]],
    ["$..n", [1, 5]],
    ["$.queues.*.of.n", [5]],
    ["$.queues[-2].name", ["b"]],
    ["$.queues[?@.n == 1].name", ["a"]],
    ["$.constructor", []],
    ["$.queues.length", []],
  ];
  for (const [path, found] of paths)
    it(`${path} finds ${JSON.stringify(found)}`, () => {
      assert.deepEqual(jsonPath(path, document), found);
    });

  for (const path of ["queues[*].n", "$.queues[?(@.n>)]", "$queues", "$.queues[1.5]", "$.", ""]) {
    it(`"${path}" is not understood`, () => {
      assert.throws(
        () => jsonPath(path, document),
        /^Error: JSONPath ".*" is not understood: .*; write it as RFC 9535 says/,
      );
    });
  }
});

describe("counts of queues", () => {
  const probe = { url: "http://queues.example:8080/api?token=secret", counts: "$[*].n", names: "$[*].name" };

  it("are numbers, or digits as text, with their names", () => {
    const answer = [
      { name: "a", n: 3 },
      { name: "b", n: "0" },
    ];
    assert.deepEqual(countsIn(probe, answer), [
      { name: "a", records: 3 },
      { name: "b", records: 0 },
    ]);
    const { names: _, ...unnamed } = probe;
    assert.deepEqual(
      countsIn(unnamed, answer).map(({ name }) => name),
      ["number 1", "number 2"],
    );
  });

  for (const n of [null, -1, 1.5, "3 records", "", true, {}]) {
    it(`are not ${JSON.stringify(n)}`, () => {
      assert.throws(() => countsIn(probe, [{ name: "a", n }]), {
        message:
          "the answer of http://queues.example:8080/api has no count for queue a at $[*].n; correct drain.queues.probe",
      });
    });
  }

  it("must be as many as the names", () => {
    assert.throws(() => countsIn(probe, [{ name: "a", n: 1 }, { name: "b" }]), {
      message:
        "the answer of http://queues.example:8080/api has 1 numbers at $[*].n and 2 names at $[*].name; " +
        "correct drain.queues.probe",
    });
  });
});

describe("a probe of queues", () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => answer(request, response));
  let url: string;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/queues`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const secret = { kubernetes: { namespace: "pega" }, name: "probe" };
  const header = { name: "X-Token", secret, key: "token" };
  const ask = (held: Record<string, string>, signal = AbortSignal.timeout(2_000)) =>
    readQueues({ url, header, counts: "$[*].n" }, signal, async () => held);

  it("sends the header that a Secret holds", async () => {
    let sent: unknown;
    answer = (request, response) => {
      sent = request.headers["x-token"];
      response.end('[{"n": 4}]');
    };
    assert.deepEqual(await ask({ token: "hidden\n" }), [{ name: "number 1", records: 4 }]);
    assert.equal(sent, "hidden");
  });

  // prettier-ignore
  const answers: readonly (readonly [string, typeof answer, RegExp])[] = [
    ["refuses the header", (_, response) => response.writeHead(401).end(), /^Error: the queues at http:\/\/127\.0\.0\.1:\d+\/queues cannot be asked: HTTP status 401$/],
    ["sends it elsewhere", (_, response) => response.writeHead(302, { location: "http://elsewhere.example/" }).end(), /HTTP status 302; name the address that it leads to$/],
    ["answers a page", (_, response) => response.end("<html>"), /^Error: the answer of http:\/\/127\.0\.0\.1:\d+\/queues is no JSON$/],
    ["hangs up", (request) => request.socket.destroy(), /cannot be asked: (other side closed|read ECONNRESET|socket hang up)$/],
  ];
  for (const [what, how, sentence] of answers) {
    it(`says so where the other side ${what}`, async () => {
      answer = how;
      await assert.rejects(ask({ token: "hidden" }), sentence);
    });
  }

  it("ends in time where nobody answers", async () => {
    answer = () => undefined;
    await assert.rejects(ask({ token: "hidden" }, AbortSignal.timeout(50)), /cannot be asked: no answer in time$/);
  });

  it("does not ask without the header, and never tells what the Secret holds", async () => {
    answer = (_, response) => response.end("[]");
    await assert.rejects(ask({}), /^Error: Secret pega\/probe has no key token, whose value the header X-Token/);
    await assert.rejects(ask({ token: "hid\nden" }), {
      message: "key token of Secret pega/probe cannot be sent as an HTTP header",
    });
  });
});

describe("what is behind a data flow", () => {
  const found = logs("S", { "orders[0]": [2, 10, 10], "orders[1]": [0, 4, 4], "other[0]": [0, 5, 5] });
  const ranges = (lastIds: Record<string, string>, convention: "next" | "last-processed") =>
    positionsIn([{ name: "Billing", topic: "orders", lastIds }], convention, found)
      .flatMap((position) => behind(position) ?? [])
      .map(rangeName);

  it("begins after the last ID, or at it where it is the next offset", () => {
    assert.deepEqual(ranges({ "0": "6", "1": "3" }, "last-processed"), ["orders[0] 7..10"]);
    assert.deepEqual(ranges({ "0": "6", "1": "3" }, "next"), ["orders[0] 6..10", "orders[1] 3..4"]);
  });

  it("is the whole log of a partition without a last ID", () => {
    assert.deepEqual(ranges({ "0": "9" }, "last-processed"), ["orders[1] 0..4"]);
  });

  it("is not asked for by something that is no offset", () => {
    assert.throws(() => ranges({ "0": "ID 7" }, "next"), {
      message: 'flow Billing has no last ID of orders[0]: "ID 7" is no offset',
    });
  });
});

describe("what is unread in the embedded stream", () => {
  const found = logs("S", { "a[0]": [0, 10, 10], "a[1]": [3, 8, 8], "b[0]": [0, 5, 5], "c[0]": [4, 4, 4] });
  const group = (offsets: Record<string, number>) =>
    new Map(
      Object.entries(offsets).map(([name, offset]) => [name, { ...split(name), offset: BigInt(offset), metadata: "" }]),
    );

  it("is behind the slowest group that reads the topic, and all of a topic that no group reads", () => {
    const groups = new Map([
      ["fast", group({ "a[0]": 9, "a[1]": 8 })],
      ["slow", group({ "a[0]": 4, "a[1]": 1 })],
      ["idle", group({})],
    ]);
    assert.deepEqual(
      unreadRanges(found, { groups }).map(({ range, read }) => [rangeName(range), read]),
      [
        ["a[0] 4..10", true],
        ["a[1] 3..8", true],
        ["b[0] 0..5", false],
      ],
    );
  });

  it("is all of a partition that a group of its topic has never committed", () => {
    const groups = new Map([["g", group({ "a[0]": 10 })]]);
    assert.deepEqual(
      unreadRanges(found, { groups }).map(({ range }) => rangeName(range)),
      ["a[1] 3..8", "b[0] 0..5"],
    );
  });
});
