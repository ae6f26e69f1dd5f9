import assert from "node:assert/strict";
import { evenControllers } from "../runtime/model/even-controllers.ts";
import { checkpointsTopic, isMirrorTopic, notMirrored, syncsTopic } from "../runtime/model/mirror-topics.ts";
import { sameCluster } from "../runtime/model/same-cluster.ts";
import { isStreamsGroup } from "../runtime/model/streams.ts";

describe("what config, assessment and runtime ask in the same words", () => {
  // prettier-ignore
  const topics = [
    // name                             why MirrorMaker 2 does not mirror it, and whether it is its own
    ["orders",                          null,         false],
    ["heartbeats",                      "heartbeats", false],
    ["eu.heartbeats",                   "heartbeats", false],
    ["__consumer_offsets",              "hidden",     false],
    [".hidden",                         "hidden",     false],
    ["orders.replica",                  "mirror",     false],
    ["orders.internal",                 null,         false],
    [syncsTopic("source"),              "mirror",     true],
    [checkpointsTopic("source"),        "mirror",     true],
  ] as const;
  for (const [name, why, own] of topics) {
    it(`${name}: ${why ?? "mirrored"}`, () => assert.deepEqual([notMirrored(name), isMirrorTopic(name)], [why, own]));
  }

  it("an even number of controllers is two, four and so on, never none", () => {
    assert.deepEqual([0, 1, 2, 3, 4].map(evenControllers), [false, false, true, false, true]);
  });

  it("two sides are one cluster only where both say the same id", () => {
    const pairs = [
      ["a", "a"],
      ["a", "b"],
      ["", ""],
      [undefined, undefined],
      [null, null],
      ["a", undefined],
    ] as const;
    assert.deepEqual(
      pairs.map(([one, other]) => sameCluster(one, other)),
      [true, false, false, false, false, false],
    );
  });

  it("a group is a Streams application where the lock says so", () => {
    assert.deepEqual([{ streams: true as const }, {}].map(isStreamsGroup), [true, false]);
  });
});
