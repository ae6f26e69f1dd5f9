import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { readArguments } from "../demo/cli.ts";
import { configForLab } from "../demo/stack.ts";
import { isVendorDemo } from "../demo/vendor/options.ts";
import { vendorLines, vendorProblems, type VendorOutcome } from "../demo/vendor/outcome.ts";
import { vendorTraffic } from "../lab/traffic/vendor-workloads.ts";
import { registryUrl } from "../lab/vendor/addresses.ts";
import { vendorUsers } from "../lab/vendor/users.ts";

const good: VendorOutcome = {
  rights: { users: 7, rights: 12, missing: [], extra: [] },
  decoded: { acknowledged: 100, decoded: 100, undecodable: 0, wrongIds: 0 },
  lines: { written: 300, read: 300, lost: 0, repeated: 0, outOfOrder: 0, unexpected: 0 },
  registration: {
    refusals: 4,
    firstRefusal: "the registry answers 42205: Subject catalog-value in context . is not in read-write mode",
    firstRefusalAt: 1_000,
    firstWriteAt: 61_000,
    schemaId: 3,
    records: 20,
  },
};

describe("the demo of a move to a vendor", () => {
  it("is chosen by --vendor with consumers-first, and writes less", () => {
    const options = readArguments(["--strategy", "consumers-first", "--vendor"]);
    assert.equal(isVendorDemo(options), true);
    assert.equal(options.messagesPerSecond, 200);
    assert.equal(isVendorDemo(readArguments(["--strategy", "consumers-first"])), false);
  });

  for (const strategy of ["producers-first", "pega-drained"])
    it(`is refused with ${strategy}`, () =>
      assert.throws(
        () => readArguments(["--strategy", strategy, "--vendor"]),
        new RegExp(`--vendor is not possible with ${strategy}; allowed: consumers-first`),
      ));

  it("succeeds when rights, schemas and lines are whole and the refused producer has recovered", () => {
    assert.deepEqual(vendorProblems(good), []);
    const text = vendorLines(good).join("\n");
    assert.match(text, /refused 4 times \(the registry answers 42205: .*\); taken as id 3 .* 60 s after/);
  });

  const bad: [what: string, change: Partial<VendorOutcome>, said: RegExp][] = [
    ["a right is missing", { rights: { ...good.rights, missing: ["User:a"] } }, /missing on the target: User:a/],
    ["a user may more", { rights: { ...good.rights, extra: ["User:a"] } }, /only on the target: User:a/],
    ["a record is not there", { decoded: { ...good.decoded, decoded: 99 } }, /of 100 Avro records 99/],
    ["a record cannot be read", { decoded: { ...good.decoded, undecodable: 1 } }, /1 cannot be read/],
    ["a record has another id", { decoded: { ...good.decoded, wrongIds: 1 } }, /1 have another id/],
    ["nothing was written", { decoded: { ...good.decoded, acknowledged: 0, decoded: 0 } }, /no Avro record/],
    ["a line came twice", { lines: { ...good.lines, repeated: 1 } }, /repeated 1/],
    ["no schema was refused", { registration: { ...good.registration, firstRefusal: null } }, /no new schema/],
    ["the producer gave up", { registration: { ...good.registration, records: 0 } }, /did not recover/],
  ];
  for (const [what, change, said] of bad)
    it(`fails when ${what}`, () => {
      const problems = vendorProblems({ ...good, ...change });
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, said);
    });

  it("fails when nobody looked", () => assert.equal(vendorProblems(undefined).length, 1));
});

describe("the stack of a move to a vendor", () => {
  const text = readFileSync(path.join(import.meta.dirname, "../Pulumi.vendor.yaml"), "utf8");
  const { config } = parse(configForLab(text, { block: 7, dir: "/tmp/lab" })) as {
    config: Record<string, ReturnType<typeof JSON.parse>>;
  };

  it("names the registries where the lab has them", () => {
    for (const side of ["source", "target"] as const)
      assert.deepEqual(config[`kafka-migration:${side}`].registry.urls, [registryUrl({ block: 7 }, side)]);
  });

  it("names every workload of the lab's traffic, and every user", () => {
    const names = (config["kafka-migration:workloads"] as { name: string }[]).map(({ name }) => name);
    const all = [...vendorTraffic.producers, ...vendorTraffic.consumers].map(({ name }) => name);
    assert.deepEqual(names.sort(), [...all, "lines-in", "lines-out"].sort());
    const users = (config["kafka-migration:rights"].users as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(
      users,
      vendorUsers.map(({ name }) => name),
    );
  });
});
