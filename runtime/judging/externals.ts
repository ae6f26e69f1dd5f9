/** Whether external workloads, which their owners move, have moved; pure. */
import { byTopic, partitionName } from "../brokers/partitions.ts";
import { externalsOf, externalTitle } from "../model/externals.ts";
import type { Cause } from "../model/causes.ts";
import type { ExternalRef } from "../model/scope.ts";
import { soleTopics } from "../model/waves.ts";
import { reads, writes } from "../model/workloads.ts";
import { entryOf } from "./ledger.ts";
import { groupUnmeasured, rank, type Complaint } from "./problems.ts";
import { part, type Snapshot } from "./reading.ts";

/** What to do about an application that runs where this program cannot move it. */
export const ownersMoveIt = "have its owners move it, then run pulumi up again";

/**
 * Why external workloads have not moved: consumers that still have members on the source after the consumers' switch;
 * producers none of whose topics has grown on the target since the producers' switch. Whether groups have members on
 * the target, and whether the source still grows, is checked for all groups and topics elsewhere.
 */
export function externalComplaints(snapshot: Snapshot): Complaint[] {
  return [
    ...externalsOf(snapshot.scope, reads).flatMap((external) => staying(snapshot, external)),
    ...externalsOf(snapshot.scope, writes).flatMap((external) =>
      silent(snapshot, external).map((sentence) => complain("external-producer-stays", sentence)),
    ),
  ];
}

const complain = (cause: Cause, sentence: string): Complaint => ({
  cause,
  rank: rank.missing,
  sentence,
  partition: false,
  remedy: ownersMoveIt,
});

function staying(snapshot: Snapshot, external: ExternalRef): Complaint[] {
  if (entryOf(snapshot, "consumers") === null) return [];
  const { name, groups } = external;
  const { states } = part(snapshot, "sourceGroups");
  return groups.flatMap((group) => {
    const problem = states.problems.get(group);
    if (problem !== undefined) return [groupUnmeasured(group, "source", problem)];
    const members = states.groups.get(group)?.members ?? [];
    if (members.length === 0) return [];
    const who = members.slice(0, 3).map(({ clientId, host }) => `${clientId} on ${host}`);
    const more = members.length > who.length ? ` and ${members.length - who.length} more` : "";
    return [
      complain(
        "external-consumer-stays",
        `external ${externalTitle([external])} ${name} has not moved: ${who.join(", ")}${more} in group ${group} on the source`,
      ),
    ];
  });
}

function silent(snapshot: Snapshot, external: ExternalRef): string[] {
  const entry = entryOf(snapshot, "producers");
  if (entry === null) return [];
  // Where others write too, growth says nothing of it.
  const told = new Set(soleTopics(snapshot.scope));
  const [name, topics] = [external.name, external.topics.filter((topic) => told.has(topic))];
  if (topics.length === 0) return [];
  const { partitions } = part(snapshot, "target");
  const before = byTopic(entry.partitions);
  const written = topics.some((name) =>
    (before.get(name) ?? []).some(({ topic, partition, targetEnd }) => {
      const end = partitions.get(partitionName(topic, partition))?.end;
      return end !== undefined && end > BigInt(targetEnd);
    }),
  );
  if (written) return [];
  return [
    `external ${externalTitle([external])} ${name} has not moved: nothing has been written to ${topics.join(", ")} on the target since ` +
      `ledger entry ${entry.number}`,
  ];
}
