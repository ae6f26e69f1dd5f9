import assert from "node:assert/strict";
import { shut } from "../runtime/judging/problems.ts";
import { notMeasured } from "../runtime/judging/reading.ts";
import { judge, needs, whatToDo } from "../runtime/measure/judge.ts";
import type { AnyVerdict } from "../runtime/model/gates.ts";
import type { Attestation } from "../runtime/model/attestation.ts";
import type { PegaScope } from "../runtime/model/pega.ts";
import type { FitReading } from "../runtime/pega/fit.ts";
import type { TiersReading } from "../runtime/pega/tiers.ts";
import type { UnreadPartition } from "../runtime/pega/unread.ts";
import type { VolumesReading } from "../runtime/pega/volumes.ts";
import {
  ago,
  history,
  now,
  pod,
  pods,
  readers,
  scope,
  snapshot,
  table,
  tier,
  tierState,
} from "./support/pega-readings.ts";
import { counts, logs } from "./support/verdict-readings.ts";

const away = new Error("the target at target.example:9094 cannot be reached: connect ECONNREFUSED");
const tiers = (...list: TiersReading["tiers"]): { tiers: TiersReading } => ({ tiers: { tiers: list, unread: [] } });
const drained = { history: history(["running"], ["drained"]) };
const begun = { history: history(["running"], ["drained"], ["external", "failed", 0.5]) };
const begunWords = `revision 3 of the release (failed) has begun the switch at ${ago(0.5)}; this was measured before it`;
const attested = (at: string): Attestation => ({ by: "ada", at, words: "seen in Admin Studio" });
const late = attested(ago(0.5));
const bothOnly: PegaScope = { ...scope, tiers: scope.tiers.filter(({ role }) => role === "both") };

describe("tiers-stopped", () => {
  const still = (...names: readonly string[]) => names.map((name) => pod(name, { terminating: true, ready: false }));
  const zero = tierState(0, { former: 3 });
  // prettier-ignore
  table({ kind: "tiers-stopped" }, [
    ["nothing is left of the producing tiers", { ...drained, ...tiers(tier("web", 0), tier("batch", 2)) }, true, "0 replicas, 0 pods and no autoscaler of web"],
    ["no tier only produces", { ...drained, ...tiers(tier("util", 2)) }, true, "no tier only produces, so none has to be stopped"],
    ["one pod is terminating", { ...drained, ...tiers(tier("web", 0, { state: zero, pods: still("pega-web-1") })) }, false, "pod pega-web-1 of tier web is terminating"],
    ["pods are there", { ...drained, ...tiers(tier("web", 0, { state: zero, pods: pods("web", 2) })) }, false, "pod pega-web-0 of tier web is there, pod pega-web-1 of tier web is there"],
    ["one autoscaler is left", { ...drained, ...tiers(tier("web", 0, { autoscalers: ["HorizontalPodAutoscaler pega-web-hpa"] })) }, false, "HorizontalPodAutoscaler pega-web-hpa scales tier web, none allowed"],
    ["one replica is asked for", { ...drained, ...tiers(tier("web", 1, { pods: [] })) }, false, "tier web asks for 1 replica, 0 allowed"],
    ["replicas were set to 0 and the autoscaler keeps them", { ...drained, ...tiers(tier("web", 2, { autoscalers: ["HorizontalPodAutoscaler pega-web-hpa"] })) }, false, "tier web asks for 2 replicas, 0 allowed, HorizontalPodAutoscaler pega-web-hpa scales tier web, none allowed, pod pega-web-0 of tier web is there, pod pega-web-1 of tier web is there"],
    ["the status is older than the spec", { ...drained, ...tiers(tier("web", 0, { state: tierState(0, { observed: false }) })) }, false, "the status of Deployment pega/pega-web does not speak of its newest spec yet"],
    ["the status still counts a pod", { ...drained, ...tiers(tier("web", 0, { state: tierState(0, { counted: { replicas: 1, updated: 0, ready: 0 } }) })) }, false, "the status of Deployment pega/pega-web still counts 1 pod"],
    ["the tier does not exist", { ...drained, ...tiers(tier("web", 0, { state: null })) }, false, "Deployment pega/pega-web of tier web does not exist"],
    ["autoscalers could not be looked up", { ...drained, tiers: { tiers: [tier("web", 0)], unread: ["HorizontalPodAutoscalers in pega: forbidden"] } }, false, "HorizontalPodAutoscalers in pega: forbidden; nothing may scale a producing tier up again"],
    ["the stream tier would take its volumes with it", { ...drained, ...tiers(tier("web", 0), tier("stream", 2, { state: tierState(2, { deletesVolumes: true }) })) }, false, "StatefulSet pega/pega-stream deletes its volumes with it; set its persistentVolumeClaimRetentionPolicy.whenDeleted to Retain first"],
    ["the switch was begun and failed", { ...begun, ...tiers(tier("web", 2)) }, true, begunWords],
    ["Kubernetes is away", { ...drained, tiers: new Error("could not read Deployment pega/pega-web: no answer") }, false, "could not be measured: could not read Deployment pega/pega-web: no answer"],
  ]);
});

describe("tiers-ready", () => {
  const state = (replicas: number, updated: number, ready: number, wanted = 3) =>
    tierState(wanted, { counted: { replicas, updated, ready } });
  // prettier-ignore
  table({ kind: "tiers-ready" }, [
    ["every pod is new and ready, whatever the stream tier does", { ...tiers(tier("web", 2), tier("batch", 1), tier("stream", 0, { state: null })) }, true, "all pods of all tiers are ready: web 2, batch 1"],
    ["one pod is not ready", { ...tiers(tier("web", 3, { state: state(3, 3, 2), pods: [...pods("web", 2), pod("pega-web-2", { ready: false })] })) }, false, "tier web has 2 of 3 pods ready"],
    ["a pod of the older template is left", { ...tiers(tier("web", 3, { state: state(4, 3, 4), pods: pods("web", 4) })) }, false, "tier web has 4 of 3 pods ready, 1 of an older template"],
    ["a pod is terminating", { ...tiers(tier("web", 1, { pods: [...pods("web", 1), pod("pega-web-9", { terminating: true })] })) }, false, "tier web has 1 of 1 pod ready, pod pega-web-9 is terminating"],
    ["the status is older than the spec", { ...tiers(tier("web", 1, { state: tierState(1, { observed: false }) })) }, false, "the status of Deployment pega/pega-web does not speak of its newest spec yet"],
    ["a pod cannot start", { ...tiers(tier("web", 1, { pods: [pod("pega-web-0", { ready: false, stuck: "ImagePullBackOff: no such image" })] })) }, false, "pod pega-web-0 of tier web cannot start: ImagePullBackOff: no such image"],
    ["a tier came back smaller than it was", { ...tiers(tier("web", 1, { state: tierState(1, { former: 4 }) })) }, false, "tier web asks for 1 replica, it had 4 before it was drained"],
    ["a tier does not exist", { ...tiers(tier("batch", 0, { state: null })) }, false, "Deployment pega/pega-batch of tier batch does not exist"],
    ["there is no tier", { ...tiers() }, false, "the values have no tier that would run"],
  ]);
});

describe("cluster-fit", () => {
  const fine = {
    "message.max.bytes": "5000000",
    "unclean.leader.election.enable": "false",
    "auto.create.topics.enable": "false",
  };
  const fit = (brokers: number, more: Partial<FitReading> = {}, config: Record<string, string> = fine) => ({
    fit: { brokers: Array.from({ length: brokers }, (_, id) => ({ id, config })), level: 8, kafka: "3.4", ...more },
  });
  // prettier-ignore
  table({ kind: "cluster-fit", production: true, replicationFactor: 3 }, [
    ["everything is as Pega asks", fit(3), true, "the target meets Pega's requirements: 3 brokers, Kafka 3.4"],
    ["larger messages are taken", fit(3, {}, { ...fine, "message.max.bytes": "10485760" }), true, "the target meets Pega's requirements: 3 brokers, Kafka 3.4"],
    ["there are fewer brokers than replicas", fit(2), false, "stream.replicationFactor is 3 and the target has 2 brokers, the target has 2 brokers, Pega asks for 3 in production"],
    ["messages are smaller", fit(3, { brokers: [{ id: 7, config: { ...fine, "message.max.bytes": "1048588" } }, { id: 8, config: fine }, { id: 9, config: fine }] }), false, "broker 7 of the target has message.max.bytes 1048588, at least 5000000 asked for"],
    ["an unclean leader may be elected and topics are made by themselves", fit(3, { brokers: [1, 2, 3].map((id) => ({ id, config: id < 3 ? fine : { "message.max.bytes": "5000000" } })) }), false, "broker 3 of the target has unclean.leader.election.enable unset, false asked for, broker 3 of the target has auto.create.topics.enable unset, false asked for"],
    ["the configs cannot be read", fit(3, { brokers: [1, 2, 3].map((id) => ({ id, config: id > 1 ? fine : {} })) }), false, "broker 1 of the target does not show its configs; give the runner DescribeConfigs on it"],
    ["Kafka is later than Pega names", fit(3, { level: 21, kafka: "3.9" }), false, "the target is of Kafka 3.9, Pega asks for 3.4 or earlier; say under stream.acceptedVersion who has accepted it and why"],
    ["Kafka is of the next major release", fit(3, { level: 22, kafka: "4.0" }), false, "the target is of Kafka 4.0, Pega asks for 3.4 or earlier; say under stream.acceptedVersion who has accepted it and why"],
    ["Kafka does not tell its release", fit(3, { level: null, kafka: null }), false, "the target does not report its Kafka release, Pega asks for 3.4 or earlier; say under stream.acceptedVersion who has accepted it and why"],
    ["Kafka is later than any known", fit(3, { level: 99, kafka: null }), false, "the target has a metadata.version of level 99, which is later than any known release, Pega asks for 3.4 or earlier; say under stream.acceptedVersion who has accepted it and why"],
    ["the target is away", { fit: away }, false, `could not be measured: ${away.message}`],
  ]);
  // prettier-ignore
  table({ kind: "cluster-fit", production: false, replicationFactor: 1, acceptedVersion: "Pega support, case 12" }, [
    ["a later Kafka was accepted and one broker is enough outside production", fit(1, { level: 21, kafka: "3.9" }), true, 'the target meets Pega\'s requirements: 1 broker, the target is of Kafka 3.9, accepted: "Pega support, case 12"'],
  ]);
});

describe("names-free", () => {
  const names = (topics: string[], groups: string[] = [], unread: string[] = []) => ({
    names: { topics, groups, unread },
  });
  // prettier-ignore
  table({ kind: "names-free" }, [
    ["nothing begins with the prefix", { ...drained, ...names([]) }, true, 'no topic and no group on the target begins with "pega-"'],
    ["a topic is there before the release was ever sent there", { ...drained, ...names(["pega-orders"]) }, false, 'names under "pega-" are taken on the target: 1 topic (pega-orders); the release has never used an external Kafka'],
    ["a group is there", { ...drained, ...names([], ["pega-1", "pega-2"]) }, false, 'names under "pega-" are taken on the target: 2 groups (pega-1, pega-2); the release has never used an external Kafka'],
    ["a failed switch has left topics", { ...begun, ...names(["pega-orders"]) }, true, 'the target has 1 topic (pega-orders) under "pega-", and revision 3 of the release has used it before'],
    ["groups cannot be seen", { ...drained, ...names([], [], ["groups: the user is not allowed to describe the cluster"]) }, false, "could not be measured: groups: the user is not allowed to describe the cluster"],
  ]);
});

describe("stream-in-use", () => {
  const growth = (offsets: Parameters<typeof logs>[1], problems: Parameters<typeof logs>[2] = []) => ({
    growth: logs("T", offsets, problems),
  });
  // prettier-ignore
  table({ kind: "stream-in-use" }, [
    ["there is no topic", growth({}), false, 'no topic on the target begins with "pega-"'],
    ["topics were seen once only", growth({ "pega-a[0]": [0, 5, 5] }), false, '1 topic under "pega-" on the target, seen once only'],
    ["a broker is away", growth({}, [{ kind: "broker" as const, topic: "pega-a", partition: 0, sentence: "broker 2 of the target is away" }]), false, "broker 2 of the target is away; 1 partition could not be measured"],
    ["the target is away", { growth: away }, false, `could not be measured: ${away.message}`],
  ]);

  const condition = { kind: "stream-in-use" } as const;
  const before = snapshot(growth({ "pega-a[0]": [0, 5, 5], "pega-b[0]": [0, 1, 1] }), scope, now - 4_000);
  const failed = snapshot({ growth: away }, scope, now - 6_000);

  it("opens when one of the topics has grown since an earlier reading, or is new", () => {
    const after = snapshot(growth({ "pega-a[0]": [0, 9, 9], "pega-b[0]": [0, 1, 1], "pega-c[0]": [0, 2, 2] }));
    assert.deepEqual(judge(condition, after, [failed, before]), {
      open: true,
      sentence:
        '2 of 3 topics under "pega-" grew on the target within 4 s: pega-a[0] from 5 to 9, pega-c[0] from 0 to 2',
    });
  });

  it("stays closed when none has grown", () => {
    const after = snapshot(growth({ "pega-a[0]": [5, 5, 5], "pega-b[0]": [0, 1, 1] }));
    assert.deepEqual(judge(condition, after, [before]), {
      open: false,
      cause: "nothing-grows",
      sentence: 'none of 2 topics under "pega-" has grown on the target for 4 s',
    });
  });
});

describe("stream-read", () => {
  // prettier-ignore
  table({ kind: "stream-read" }, [
    ["there is no group", readers(), false, 'there is no consumer group under "pega-" on the target'],
    ["no group has members", readers(["pega-a", 0, 7], ["pega-b", 0, 0]), false, 'none of 2 groups under "pega-" on the target has members'],
    ["members have processed nothing, though others had", readers(["pega-a", 0, 7], ["pega-b", 1, 0]), false, '1 group under "pega-" on the target has members, and nothing has been processed there'],
    ["one has processed something", readers(["pega-a", 2, 7], ["pega-b", 1, 0]), true, '1 of 2 groups under "pega-" on the target has members and has processed records there'],
    ["the target is away", { readers: away }, false, `could not be measured: ${away.message}`],
  ]);
});

describe("producers-attested", () => {
  const early = attested(ago(1.5));
  const words = (at: string) => `the producing work of tier util is stopped, says ada at ${at}: "seen in Admin Studio"`;
  // prettier-ignore
  table({ kind: "producers-attested", tiers: ["util"], attested: late }, [
    ["it was said after the drain began", drained, true, words(late.at)],
    ["no tier only produces, so that no revision drains", { history: history(["running"]) }, true, words(late.at), bothOnly],
    ["the release is not drained", { history: history(["running"]) }, false, "the newest revision of the release does not have tier web at 0 replicas without autoscaling"],
    ["the switch was begun and failed", begun, true, begunWords],
    ["the release was drained again after a switch that was undone", { history: history(["drained"], ["external", "pending-upgrade"], ["drained", "deployed", 0.25]) }, false, `what ada attests was seen at ${late.at}, before revision 3 of the release began at ${ago(0.25)}; look again`],
  ]);
  // prettier-ignore
  table({ kind: "producers-attested", tiers: ["util"], attested: early }, [
    ["it was said before the drain began", drained, false, `what ada attests was seen at ${early.at}, before revision 2 of the release began at ${ago(1)}; look again`],
    ["it was said before a second, harmless revision of the drain", { history: history(["running"], ["drained", "superseded", 2], ["drained"]) }, true, words(early.at)],
  ]);
  table({ kind: "producers-attested", tiers: ["util"], attested: attested(ago(-1)) }, [
    ["it lies in the future", drained, false, `what ada attests lies in the future (${ago(-1)})`],
  ]);
  table({ kind: "producers-attested", tiers: ["util"], attested: attested("yesterday") }, [
    ["it has no time", drained, false, 'the time "yesterday" that ada attests is no ISO 8601 time'],
  ]);
  // prettier-ignore
  table({ kind: "producers-attested", tiers: ["util"] }, [
    ["nobody said it", drained, false, "tier util both produces and consumes, and no attestation says that its producing work is stopped"],
  ]);
  table({ kind: "producers-attested", tiers: [] }, [
    ["no tier does both", {}, true, "no tier both produces and consumes"],
  ]);
});

describe("producers-resumed", () => {
  const switched = { history: history(["drained"], ["external"]) };
  // prettier-ignore
  table({ kind: "producers-resumed", tiers: ["util"], attested: late }, [
    ["it was said after the switch", switched, true, `the producing work of tier util is started again, says ada at ${late.at}: "seen in Admin Studio"`],
    ["the release uses no external Kafka", drained, false, "the newest revision of the release uses no external Kafka"],
  ]);
  // prettier-ignore
  table({ kind: "producers-resumed", tiers: ["util"], attested: attested(ago(1.5)) }, [
    ["it was said before the switch", switched, false, `what ada attests was seen at ${ago(1.5)}, before revision 2 of the release began at ${ago(1)}; look again`],
  ]);
  table({ kind: "producers-resumed", tiers: [] }, [
    ["no tier does both", {}, true, "no tier both produces and consumes"],
  ]);
});

describe("queues-empty", () => {
  const probe = { url: "http://queues.example/", counts: "$.queues[*].n" };
  const queues = (...numbers: number[]) => ({ queues: numbers.map((records, at) => ({ name: `q${at}`, records })) });
  // prettier-ignore
  table({ kind: "queues-empty", probe, attested: late }, [
    ["every queue is at 0", { ...drained, ...queues(0, 0) }, true, "0 records ready to process in 2 queues"],
    ["one record waits, whatever a person says", { ...drained, ...queues(0, 1) }, false, "queue q1 has 1 record ready to process, 0 allowed"],
    ["several wait", { ...drained, ...queues(2, 0, 7) }, false, "queue q2 has 7 records ready to process, queue q0 has 2 records ready to process, 0 allowed"],
    ["no queue is found", { ...drained, ...queues() }, false, "the queue probe finds no queue at $.queues[*].n"],
    ["the probe fails", { ...drained, queues: new Error("the queues at http://queues.example/ cannot be asked: HTTP status 401") }, false, "could not be measured: the queues at http://queues.example/ cannot be asked: HTTP status 401"],
    ["the switch was begun and failed", { ...begun, ...queues(3) }, true, begunWords],
  ]);
  // prettier-ignore
  table({ kind: "queues-empty", attested: late }, [
    ["a person says so after the drain began", drained, true, `every queue processor has 0 records ready to process, says ada at ${late.at}: "seen in Admin Studio"`],
    ["the release is not drained", { history: history(["running"]) }, false, "the newest revision of the release does not have tier web at 0 replicas without autoscaling"],
  ]);
  // prettier-ignore
  table({ kind: "queues-empty", attested: attested(ago(2)) }, [
    ["a person said so before the drain began", drained, false, `what ada attests was seen at ${ago(2)}, before revision 2 of the release began at ${ago(1)}; look again`],
  ]);
  // prettier-ignore
  table({ kind: "queues-empty" }, [
    ["nobody says so", drained, false, "neither a probe nor a person says that no queue processor has records left"],
  ]);
});

describe("flows-at-end", () => {
  const flow = (lastIds: Record<string, string>) => [{ name: "Billing", topic: "orders", lastIds }];
  const stream = (
    offsets: Parameters<typeof logs>[1],
    left: Record<string, number> = {},
    problems: Parameters<typeof logs>[2] = [],
  ) => ({
    ...drained,
    flows: { logs: logs("S", offsets, problems), left: counts(left).counts.value },
  });
  const kind = "flows-at-end";
  const opened = "Billing processed 2 partitions to the end (a last ID is the last one processed)";
  // prettier-ignore
  table({ kind, convention: "last-processed", flows: flow({ "0": "9", "1": "-1" }) }, [
    ["the last records were processed", stream({ "orders[0]": [0, 10, 10], "orders[1]": [0, 0, 0] }), true, opened],
    ["nothing but a marker follows", stream({ "orders[0]": [0, 11, 11], "orders[1]": [0, 0, 0] }, { "orders[0] 10..11": 0 }), true, opened],
    ["retention has taken what was processed", stream({ "orders[0]": [10, 10, 10], "orders[1]": [0, 0, 0] }), true, opened],
    ["one record is left", stream({ "orders[0]": [0, 11, 11], "orders[1]": [0, 0, 0] }, { "orders[0] 10..11": 1 }), false, "flow Billing has 1 record of orders[0] left (at 10, its end is 11), 0 allowed"],
    ["more are left than are counted", stream({ "orders[0]": [0, 900, 900], "orders[1]": [0, 0, 0] }, { "orders[0] 10..900": -700 }), false, "flow Billing has at least 700 records of orders[0] left (at 10, its end is 900), 0 allowed"],
    ["the rest could not be counted", stream({ "orders[0]": [0, 11, 11], "orders[1]": [0, 0, 0] }), false, "flow Billing could not be compared: orders[0] was not counted"],
    ["retention has emptied the log behind it, so that start and end are one offset", stream({ "orders[0]": [40, 40, 40], "orders[1]": [0, 0, 0] }), false, "flow Billing is at 10 of orders[0], which begins at 40 and ends at 40: what is between is gone"],
    ["it is past the end", stream({ "orders[0]": [0, 9, 9], "orders[1]": [0, 0, 0] }), false, "flow Billing is at 10 of orders[0], past its end 9: see whether drain.flows says what a last ID means (convention), and of which topic it is"],
    ["another partition has records", stream({ "orders[0]": [0, 10, 10], "orders[1]": [0, 0, 0], "orders[2]": [3, 5, 5] }, { "orders[2] 3..5": 2 }), false, "flow Billing has no last ID of orders[2], which holds 2 records"],
    ["a partition is not there", stream({ "orders[0]": [0, 10, 10] }), false, "flow Billing has a last ID of orders[1], which was not found"],
    ["the topic does not exist", stream({}, {}, [{ kind: "missing" as const, topic: "orders", sentence: "topic orders does not exist on the source" }]), false, "topic orders does not exist on the source"],
    ["the embedded stream is away", { ...drained, flows: new Error("the source cannot be reached") }, false, "could not be measured: the source cannot be reached"],
    ["the switch was begun and failed", { ...begun, flows: new Error("gone") }, true, begunWords],
  ]);
  // prettier-ignore
  table({ kind, convention: "next", flows: flow({ "0": "10" }) }, [
    ["the next offset is the end", stream({ "orders[0]": [0, 10, 10] }), true, "Billing processed 1 partition to the end (a last ID is the next offset)"],
    ["the next offset is that of the last record", stream({ "orders[0]": [0, 11, 11] }, { "orders[0] 10..11": 1 }), false, "flow Billing has 1 record of orders[0] left (at 10, its end is 11), 0 allowed"],
  ]);
  const unreachable: PegaScope = { ...scope };
  Reflect.deleteProperty(unreachable, "embedded");
  // prettier-ignore
  table({ kind, convention: "next", flows: flow({ "0": "10" }), attested: late }, [
    ["a person says so where the stream cannot be measured", drained, true, `Billing processed everything, says ada at ${late.at}: "seen in Admin Studio"`, unreachable],
    ["records are left, whatever a person says", stream({ "orders[0]": [0, 11, 11] }, { "orders[0] 10..11": 1 }), false, "flow Billing has 1 record of orders[0] left (at 10, its end is 11), 0 allowed"],
  ]);
  // prettier-ignore
  table({ kind, convention: "next", flows: flow({ "0": "10" }) }, [
    ["nobody says so where the stream cannot be measured", drained, false, "Billing cannot be measured without embedded.runnerBootstrap, and no attestation says that all is processed", unreachable],
  ]);
  // prettier-ignore
  table({ kind, convention: "next", flows: [], attested: late }, [
    ["a person says that there is no flow", drained, true, `no data flow reads the embedded stream, says ada at ${late.at}: "seen in Admin Studio"`],
  ]);
  table({ kind, convention: "next", flows: [] }, [
    ["nobody says anything", drained, false, "no data flow is named, and no attestation says that there is none"],
  ]);
});

describe("loss-accepted", () => {
  const unread = (partitions: UnreadPartition[], problems: string[] = []) => ({
    unread: { topics: 2, partitions, problems },
  });
  const one = (partition: number, records: number, more: Partial<UnreadPartition> = {}): UnreadPartition => ({
    ...{ topic: "pega-a", partition, records, exact: true, read: true },
    ...more,
  });
  const words = '; accepted: "test data"';
  const without: PegaScope = { ...scope };
  Reflect.deleteProperty(without, "embedded");
  // prettier-ignore
  table({ kind: "loss-accepted", words: "test data" }, [
    ["nothing is unread", unread([]), true, `0 records are unread in the embedded stream now (2 topics)${words}`],
    ["one record is unread", unread([one(0, 1)]), true, `1 record is unread in the embedded stream now: pega-a[0] has 1${words}`],
    ["records are unread, most first", unread([one(0, 3), one(1, 12), one(2, 4, { read: false })]), true, `19 records are unread in the embedded stream now: pega-a[1] has 12, pega-a[2], which no group reads, has 4, pega-a[0] has 3${words}`],
    ["there are more than are counted", unread([one(0, 100, { exact: false })]), true, `at least 100 records are unread in the embedded stream now: pega-a[0] has at least 100${words}`],
    ["a part could not be counted", unread([one(0, 5)], ["broker 2 is away"]), true, `at least 5 records are unread in the embedded stream now: pega-a[0] has 5; not counted: broker 2 is away${words}`],
    ["the stream is away", { unread: away }, true, `how many records are unread in the embedded stream cannot be measured: ${away.message}${words}`],
    ["the stream is out of reach", {}, true, `how many records are unread in the embedded stream cannot be measured without embedded.runnerBootstrap${words}`, without],
  ]);
});

describe("soaked", () => {
  const used = (revision: number, hours: number, asked: number) =>
    `revision ${revision} has used the external Kafka since ${ago(hours)}, ${hours} h ago; ${asked} h are asked for`;
  // prettier-ignore
  table({ kind: "soaked", hours: 24 }, [
    ["the external stream is in use for as long", { history: history(["drained", "superseded", 30], ["external", "superseded", 24], ["external"]) }, true, used(2, 24, 24)],
    ["it is in use for less", { history: history(["drained"], ["external", "deployed", 23.9]) }, false, used(2, 23.9, 24)],
    ["it was given up in between", { history: history(["external", "superseded", 90], ["drained", "superseded", 50], ["external", "deployed", 2]) }, false, used(3, 2, 24)],
    ["the newest revision failed", { history: history(["external", "deployed", 90], ["external", "failed"]) }, false, "revision 2 of the release is failed, not deployed"],
    ["the embedded stream is in use", { history: history(["external"], ["drained"]) }, false, "revision 2 of the release uses no external Kafka"],
    ["there is no release", { history: [] }, false, "there is no such release"],
  ]);
});

describe("volumes-named", () => {
  const [first, second] = ["pega-stream-pega-stream-0", "pega-stream-pega-stream-1"] as const;
  const volumes = (names: readonly string[], more: Partial<VolumesReading> = {}, usedBy: string[] = []) => ({
    volumes: { volumes: names.map((name) => ({ name, terminating: false, usedBy })), sets: [], ...more },
  });
  // prettier-ignore
  table({ kind: "volumes-named", names: [first, second] }, [
    ["exactly those are there", volumes([first, second]), true, `the config names every volume that was left behind: ${first}, ${second}`],
    ["one of them is deleted already", volumes([second]), true, `the config names every volume that was left behind: ${second}; not there any more: ${first}`],
    ["another one is there", volumes([first, second, "pega-stream-pega-stream-2"]), false, "left behind and not named: pega-stream-pega-stream-2"],
    ["a pod uses one", volumes([first, second], {}, ["debug"]), false, `${first} is used by pod debug, ${second} is used by pod debug`],
    ["the stream tier is still there", volumes([first, second], { sets: ["StatefulSet pega/pega-stream"] }), false, "StatefulSet pega/pega-stream is still there and writes to its volumes"],
  ]);
  // prettier-ignore
  table({ kind: "volumes-named", names: ["data-postgres-0"] }, [
    ["a name is none of the stream tier's", volumes([first]), false, `data-postgres-0 is no volume of a tier of nodeType Stream; left behind and not named: ${first}`],
  ]);
  table({ kind: "volumes-named", names: [] }, [
    ["nothing was left behind", volumes([]), true, "tiers of nodeType Stream have left no volume"],
    ["none is named", volumes([first]), false, `left behind and not named: ${first}`],
  ]);
});

describe("gates of Pega", () => {
  it("measure nothing that their condition does not speak of", () => {
    assert.deepEqual(needs({ kind: "loss-accepted", words: "" }, scope), { unread: true });
    assert.deepEqual(needs({ kind: "queues-empty" }, scope), { history: true });
    assert.deepEqual(needs({ kind: "producers-attested", tiers: [] }, scope), {});
  });

  it("say what to do next, and first of all that what could not be measured must be reached", () => {
    const toDo = (verdict: AnyVerdict) => whatToDo(verdict, { kind: "queues-empty" }, scope);
    assert.match(toDo(shut("unattested", "no")), /^look into Admin Studio, set drain.queues.attested/);
    assert.match(toDo(notMeasured("no answer")), /^make it reachable from here/);
  });
});
