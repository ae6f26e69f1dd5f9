import assert from "node:assert/strict";
import { readBatches } from "../runtime/brokers/batches.ts";
import { oldLogs } from "./support/old-logs.ts";
import { recordBatch } from "./support/record-batches.ts";

const names = Object.keys(oldLogs) as (keyof typeof oldLogs)[];
const log = (name: keyof typeof oldLogs) => Buffer.from(oldLogs[name], "base64");
const words = (name: keyof typeof oldLogs, bytes = log(name)) =>
  readBatches(bytes).map(({ firstOffset, firstTimestamp, magic, records: [record] }) =>
    [firstOffset, magic, firstTimestamp, record?.key, record?.value].map(String),
  );

describe("records in the formats before Kafka 0.11", () => {
  for (const name of names) {
    const format = name.startsWith("format 0") ? "0" : "1";
    const at = (milliseconds: string) => (format === "0" ? "-1" : `170000000000${milliseconds}`);

    it(`are read as they were written: ${name}`, () => {
      assert.deepEqual(words(name), [
        ["0", format, at("0"), "k0", "value 0"],
        ["1", format, at("0"), "k0", "value 0"],
        ["2", format, at("1"), "null", "value 1"],
        ["3", format, at("2"), "k2", "null"],
      ]);
    });

    it(`leave out what an answer has cut off: ${name}`, () => {
      const whole = words(name);
      const cut = words(name, log(name).subarray(0, -1));
      assert.ok(cut.length < whole.length);
      assert.deepEqual(cut, whole.slice(0, cut.length));
    });
  }

  it("take the broker's timestamp where the broker set it", () => {
    const bytes = log("format 1 gzip");
    // The attributes of the second set, and its timestamp: the first set is 12 + 73 bytes long.
    bytes.writeUInt8(bytes.readUInt8(85 + 17) | 0b1000, 85 + 17);
    bytes.writeBigInt64BE(1_800_000_000_000n, 85 + 18);
    assert.deepEqual(
      readBatches(bytes).map(({ firstTimestamp }) => firstTimestamp),
      [1_700_000_000_000n, 1_800_000_000_000n, 1_800_000_000_000n, 1_800_000_000_000n],
    );
  });

  it("may be followed by today's in one answer", () => {
    const today = recordBatch([{ key: "k4", value: "value 4", timestamp: 7 }], { firstOffset: 4, gzip: true });
    const all = [log("format 0 lz4"), today, log("format 1 snappy")];
    assert.deepEqual(
      readBatches(Buffer.concat(all)).map(({ magic, firstOffset }) => [magic, Number(firstOffset)]),
      [
        [0, 0],
        [0, 1],
        [0, 2],
        [0, 3],
        [2, 4],
        [1, 0],
        [1, 1],
        [1, 2],
        [1, 3],
      ],
    );
  });
});
