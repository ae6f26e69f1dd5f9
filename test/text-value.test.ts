import assert from "node:assert/strict";
import { parseValue } from "../config/text-value.ts";

describe("a value of the stack file", () => {
  const times = [
    ["2026-11-30 12:00:00 +0000 UTC", "2026-11-30T12:00:00Z"],
    ["2026-11-21 14:05:00.5 +0200 EET", "2026-11-21T14:05:00.5+02:00"],
    ["2026-11-21 14:05:00 -0330 -0330", "2026-11-21T14:05:00-03:30"],
  ];
  for (const [printed, written] of times)
    it(`has the time ${written} again that \`pulumi config set\` wrote as ${printed}`, () => {
      assert.deepEqual(parseValue(JSON.stringify({ streams: [{ at: printed, by: "lab" }] })), {
        streams: [{ at: written, by: "lab" }],
      });
    });

  for (const text of ["prepare", "2026-11-30T12:00:00Z", "since 2026-11-30 12:00:00 +0000 UTC"])
    it(`leaves ${text} as it is`, () => {
      assert.equal(parseValue(text), text);
      assert.deepEqual(parseValue(JSON.stringify([text])), [text]);
    });
});
