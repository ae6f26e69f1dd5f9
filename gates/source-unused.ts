/** Whether anybody still needs the source, before a row deletes it. */
import { groupUnmeasured, open, closed, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part, type RetiredReading, type Snapshot } from "../runtime/judging/reading.ts";
import type { KafkaObjectRef } from "../runtime/model/gates.ts";
import { kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import { count, some } from "../runtime/model/words.ts";
import { again, gate, ofWayBack } from "./gate.ts";
import { sourceStill } from "./source-still-at-ledger.ts";

const causes = ["source-not-retired", "source-started-again", "source-still-used", "way-back-open"] as const;
type Own = (typeof causes)[number];

interface Params {
  /** The object that is deleted. @default none: a cluster that its owners delete */
  readonly object?: KafkaObjectRef;
  /** Whether a way back was open, which has to be closed. */
  readonly closes: boolean;
}

/**
 * The way back is closed and nobody uses the source. One with an object was halted by this migration and not started
 * again, so that nothing is written and no group is left there, and no Connect cluster, registry or proxy is made for it. Of
 * any other source the records and the groups' members are looked at.
 */
export const sourceUnused = gate({
  name: "source-unused",
  causes,
  page: {
    closedBecause: "the source runs again, something is made for it, or somebody still writes or reads there",
    whatToDo: "stop or delete what the sentence names; a Kafka object that runs again is halted again",
  },
  params: (_config, { objects, backOpen }): Params => {
    const { source } = objects();
    return { ...(source && { object: source }), closes: backOpen };
  },
  needs: ({ object }, scope) => ({
    ledger: true,
    ...(object === undefined
      ? { source: true, pins: true, sourceGroups: true, ...ofWayBack(scope) }
      : { retired: object }),
  }),
  wants: ({ object }, snapshot) =>
    object === undefined
      ? sourceStill.wants!({}, snapshot)
      : { side: "source", isolation: "read_uncommitted", ranges: [] },
  judge: ({ object, closes }, snapshot) => {
    if (closes && !part(snapshot, "ledger").some(({ closing }) => closing)) {
      return closed([
        complaint(
          "way-back-open",
          "the ledger does not say that the way back is closed",
          `set phase to close and ${again}`,
        ),
      ]);
    }
    return object === undefined ? ofOwners(snapshot) : ofObject(object, part(snapshot, "retired"));
  },
  remedy: again,
});

const complaint = (cause: Own, sentence: string, remedy: string): Complaint<Own> => ({
  cause,
  rank: rank.left,
  sentence,
  remedy,
  partition: false,
});

function ofObject({ kubernetes, cluster }: KafkaObjectRef, { state, byUs, dependents }: RetiredReading) {
  const { kind, plural } = kafkaObjectOf(cluster)!.kafka.object;
  const title = `${kind} ${kubernetes.namespace}/${cluster.name}`;
  if (state === "absent") return open(`${title} does not exist any more`);
  if (!byUs) {
    const sentence = `the ledger does not say that this migration has halted ${title}`;
    return closed([
      complaint("source-not-retired", sentence, `set phase to retire and ${again}, then set it to cleanup`),
    ]);
  }
  const complaints: Complaint<Own>[] = [];
  if (state === "running") {
    const halt = `kubectl -n ${kubernetes.namespace} patch ${plural} ${cluster.name} --type merge -p '{"spec":{"halted":true}}'`;
    complaints.push({
      ...complaint(
        "source-started-again",
        `${title} is not halted any more: somebody has started it since phase retire, and what was written there since would be lost`,
        `take over what was written there since, halt it again (${halt}) and ${again}`,
      ),
      rank: rank.grown,
    });
  }
  if (dependents.length > 0) {
    const sentence = `${some(dependents, "objects")} ${dependents.length === 1 ? "is" : "are"} made for ${title}`;
    complaints.push(
      complaint(
        "source-still-used",
        sentence,
        `delete what is not needed any more, or make it for another cluster, and ${again}`,
      ),
    );
  }
  return complaints.length > 0
    ? closed(complaints)
    : open(`${title} is halted since phase retire, and no other object is made for it`);
}

function ofOwners(snapshot: Snapshot) {
  const still = sourceStill.judge({}, snapshot, []);
  if (!still.open) return { remedy: sourceStill.remedy as string, ...still };
  const { states } = part(snapshot, "sourceGroups");
  const names = snapshot.scope.groups.map(({ name }) => name);
  const complaints = names.flatMap((name): Complaint<Own>[] => {
    const problem = states.problems.get(name);
    if (problem !== undefined) return [groupUnmeasured(name, "source", problem)];
    const members = states.groups.get(name)?.members ?? [];
    if (members.length === 0) return [];
    const who = some(
      members.map(({ clientId, host }) => `${clientId} on ${host}`),
      "members",
    );
    return [
      {
        ...complaint(
          "source-still-used",
          `group ${name} still has members on the source: ${who}`,
          `stop them and ${again}`,
        ),
        group: true,
      },
    ];
  });
  if (complaints.length > 0) return closed(complaints);
  return open(`${still.sentence}, and ${count(names.length, "group")} there without members`);
}
