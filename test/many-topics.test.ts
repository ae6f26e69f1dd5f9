import assert from "node:assert/strict";
import { parse } from "yaml";
import { withTrafficOf } from "../demo/many-config.ts";
import { configForLab } from "../demo/stack.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { topics as usualTopics } from "../lab/seed.ts";
import { auditTable } from "../lab/traffic/audit-files.ts";
import { audit } from "../lab/traffic/audit.ts";
import { trafficManifests } from "../lab/traffic/manifests.ts";
import { quietTopics, withMany } from "../lab/traffic/many-topics.ts";
import { usualTraffic } from "../lab/traffic/workloads.ts";
import { root } from "./support/stack.ts";

const size = { topics: 1_000, groups: 200 };
const others = usualTopics.length;
const traffic = withMany(usualTraffic, size, others);
const groups = traffic.consumers.flatMap(({ group, reads, more = [] }) => [{ group, reads }, ...more]);

describe("many quiet topics and groups beside the usual traffic", () => {
  it("are as many as was asked for; each topic is written by one application and read by one group", () => {
    const quiet = quietTopics(size, others).map(({ topic }) => topic);
    assert.equal(quiet.length + others, 1_000);
    assert.equal(groups.length, 200);
    const written = traffic.producers.flatMap(({ writes }) => writes.map(({ topic }) => topic));
    const read = groups.flatMap(({ reads }) => reads);
    const quietIn = (names: readonly string[]) => names.filter((name) => quiet.includes(name)).sort();
    assert.deepEqual(quietIn(written), quiet);
    assert.deepEqual(quietIn(read), quiet);
    assert.deepEqual(withMany(usualTraffic, { topics: others, groups: 4 }, others), usualTraffic);
  });

  it("are twentieths of the traffic, in few pods", () => {
    const shares = traffic.producers.flatMap(({ name, writes }) =>
      name.startsWith("quiet") ? writes.map(({ percent }) => percent) : [],
    );
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 5) < 1e-9);
    const common = { namespace: "demo", messagesPerSecond: 1_000, twins: false, logDir: "/logs", bootstrap: "b:9092" };
    const manifests = trafficManifests({ ...common, secret: "s", caSecret: "c", traffic });
    const usual = trafficManifests({ ...common, secret: "s", caSecret: "c" });
    assert.equal(manifests.length - usual.length, 2 * 8);
  });

  it("are in the stack's config with their groups and the workloads that join them", () => {
    const lab = { block: 0, dir: ".lab" };
    const text = configForLab(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8"), lab);
    const { config } = parse(withTrafficOf(traffic, text)) as { config: Record<string, unknown> };
    const names = (at: string) =>
      (config[`kafka-migration:${at}`] as { migrate: (string | { name: string })[] }).migrate.map((one) =>
        typeof one === "string" ? one : one.name,
      );
    assert.equal(new Set(names("topics")).size, 1_000);
    assert.deepEqual(new Set(names("groups")), new Set(groups.map(({ group }) => group)));
    const workloads = config["kafka-migration:workloads"] as { groups?: string[] }[];
    assert.deepEqual(new Set(workloads.flatMap((one) => one.groups ?? [])), new Set(names("groups")));
  });

  it("are audited one by one, and told together where nothing is wrong with them", () => {
    const start = 1_760_000_000_000;
    const line = (...fields: (string | number)[]): string => fields.join("\t");
    const logs = groups.map(({ group, reads: [topic = ""] }, at) => [
      line("start", start, "consumer", "c", "c-1", "source:9092", group, topic),
      ...(at === 150 ? [] : [line("read", start + 2, topic, 0, 0, "k", 1, "ok")]),
    ]);
    const written = [...new Set(groups.map(({ reads: [topic = ""] }) => topic))].flatMap((topic) => [
      line("start", start, "producer", "p", "p-1", "source:9092", "", topic),
      line("sent", start + 1, topic, "k:1"),
      line("ack", start + 1, topic, 0, 0, "k", 1),
    ]);
    const result = audit([written, ...logs]);
    assert.deepEqual([result.acknowledged, result.lost, result.groups.length], [200, 1, 200]);
    const table = auditTable(result);
    assert.ok(table.length < 30, `${table.length} lines`);
    assert.match(table[1]!, new RegExp(`^${groups[150]!.group} `));
    assert.match(table.join("\n"), /\n190 more groups: 190 acknowledged, 190 processed, lost 0, redelivered 0/);
  });
});
