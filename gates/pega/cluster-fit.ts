/** Whether the target is what Pega asks of an external Kafka. */
import { shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { some, count } from "../../runtime/model/words.ts";
import type { FitReading } from "../../runtime/pega/fit.ts";
import { again, pegaGate } from "../gate.ts";

/** What Pega's documents ask for (KafkaClusterRequirement.md of pega-helm-charts). */
const leastBrokers = 3;
const leastMessageBytes = 5_000_000;
const latestRelease = "3.4";
const settings = ["unclean.leader.election.enable", "auto.create.topics.enable"] as const;

/** Enough brokers, large enough messages, and a release of Kafka that Pega names or somebody has accepted. */
export const clusterFit = pegaGate({
  name: "cluster-fit",
  causes: ["cluster-unfit"],
  page: {
    closedBecause: "the target has too few brokers, other settings than Pega asks for, or a later Kafka",
    whatToDo: "set the cluster as the sentence says; `stream.acceptedVersion` for a later Kafka",
  },
  params: ({ production, stream: { replicationFactor, acceptedVersion } }) => ({
    production,
    replicationFactor,
    ...(acceptedVersion && { acceptedVersion }),
  }),
  needs: { fit: true },
  judge: ({ replicationFactor, production, acceptedVersion }, snapshot) => {
    const fit = part(snapshot, "fit");
    const brokers = fit.brokers.length;
    const reasons = [
      ...(replicationFactor > brokers
        ? [`stream.replicationFactor is ${replicationFactor} and the target has ${count(brokers, "broker")}`]
        : []),
      ...(production && brokers < leastBrokers
        ? [`the target has ${count(brokers, "broker")}, Pega asks for ${leastBrokers} in production`]
        : []),
      ...fit.brokers.flatMap(({ id, config }) =>
        misset(config).map((reason) => `broker ${id} of the target ${reason}`),
      ),
    ];
    const late = tooLate(fit);
    if (late !== null && acceptedVersion === undefined) {
      reasons.push(
        `${late}, Pega asks for ${latestRelease} or earlier; say under stream.acceptedVersion who has accepted it and why`,
      );
    }
    if (reasons.length > 0) return shut("cluster-unfit", some(reasons, "reasons"));
    const version = late === null ? `Kafka ${fit.kafka}` : `${late}, accepted: "${acceptedVersion}"`;
    return { open: true, sentence: `the target meets Pega's requirements: ${count(brokers, "broker")}, ${version}` };
  },
  remedy: `set the target's cluster as the sentence says, then ${again}`,
});

function misset(config: Readonly<Record<string, string>>): string[] {
  if (Object.keys(config).length === 0) return ["does not show its configs; give the runner DescribeConfigs on it"];
  const bytes = config["message.max.bytes"];
  return [
    ...(Number(bytes) >= leastMessageBytes
      ? []
      : [`has message.max.bytes ${bytes ?? "unset"}, at least ${leastMessageBytes} asked for`]),
    ...settings.flatMap((key) =>
      config[key] === "false" ? [] : [`has ${key} ${config[key] ?? "unset"}, false asked for`],
    ),
  ];
}

/** Why the release is not one that Pega names, or null. */
function tooLate({ level, kafka }: FitReading): string | null {
  if (level === null) return "the target does not report its Kafka release";
  if (kafka === null)
    return `the target has a metadata.version of level ${level}, which is later than any known release`;
  const [major = 0, minor = 0] = kafka.split(".").map(Number);
  const [latestMajor = 0, latestMinor = 0] = latestRelease.split(".").map(Number);
  const late = major > latestMajor || (major === latestMajor && minor > latestMinor);
  return late ? `the target is of Kafka ${kafka}` : null;
}
