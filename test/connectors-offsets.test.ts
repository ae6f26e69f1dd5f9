import assert from "node:assert/strict";
import { differing, hasMore, offsetsText, parseOffsets } from "../runtime/connect/connector-offsets.ts";
import { can } from "../runtime/connect/version.ts";

const answer = (...offsets: string[]) => `{"offsets":[${offsets.join(",")}]}`;
const one = (partition: string, offset: string) => `{"partition":${partition},"offset":${offset}}`;

describe("a source connector's offsets", () => {
  it("keep every digit of a number that a double cannot hold, and a fraction as it was sent", () => {
    const text = answer(
      one('{"file":"/a"}', '{"lsn":9007199254740993,"ratio":1.10,"deep":{"b":[12345678901234567890],"a":-0}}'),
    );
    const offsets = parseOffsets(text);
    assert.deepEqual(offsets, [
      {
        partition: '{"file":"/a"}',
        offset: '{"deep":{"a":-0,"b":[12345678901234567890]},"lsn":9007199254740993,"ratio":1.10}',
      },
    ]);
    assert.deepEqual(parseOffsets(offsetsText(offsets)), offsets);
  });

  it("are equal whatever the order of keys and partitions", () => {
    const a = parseOffsets(answer(one('{"x":1,"y":2}', '{"p":1,"q":null}'), one('{"x":2}', '{"p":true}')));
    const b = parseOffsets(answer(one('{"x":2}', '{"p":true}'), one('{"y":2,"x":1}', '{"q":null,"p":1}')));
    assert.deepEqual(differing(a, b), []);
  });

  it("differ by one digit, by a partition more and by one less", () => {
    const a = parseOffsets(answer(one('{"x":1}', '{"p":9007199254740993}')));
    const b = parseOffsets(answer(one('{"x":1}', '{"p":9007199254740992}')));
    const c = parseOffsets(answer(one('{"x":1}', '{"p":9007199254740993}'), one('{"x":2}', '{"p":1}')));
    assert.deepEqual(differing(a, b), ['{"x":1}']);
    assert.deepEqual(differing(a, c), ['{"x":2}']);
    assert.deepEqual(differing(c, a), ['{"x":2}']);
    assert.deepEqual([hasMore(a, b), hasMore(a, c), hasMore(c, a)], [false, true, false]);
  });

  it("that were deleted are none", () => {
    assert.deepEqual(parseOffsets(answer(one('{"x":1}', "null"))), []);
    assert.deepEqual(parseOffsets("{}"), []);
  });
});

describe("a Connect worker", () => {
  const versions: [version: string, stop: boolean, offsets: boolean, startStopped: boolean][] = [
    ["2.8.1", false, false, false],
    ["3.4.1", false, false, false],
    ["3.5.0", true, false, false],
    ["3.6.2", true, true, false],
    ["3.7.0", true, true, true],
    ["4.2.0", true, true, true],
    ["3.10.0", true, true, true],
    ["6.2.0-ccs", false, false, false],
    ["7.4.1-ccs", false, false, false],
    ["7.6.0-ccs", true, true, false],
    ["7.9.1-ce", true, true, true],
    ["8.0.0-ccs", true, true, true],
    ["3.7.0.redhat-01", true, true, true],
    ["unknown", true, true, true],
  ];
  for (const [version, ...abilities] of versions) {
    it(`of version ${version} ${abilities[0] ? "can" : "cannot"} stop a connector`, () => {
      assert.deepEqual([can("stop", version), can("offsets", version), can("startStopped", version)], abilities);
    });
  }
});
