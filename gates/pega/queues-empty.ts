import type { PegaConfig } from "../../config/pega/schema.ts";
import { begun, vouched } from "../../runtime/judging/attested.ts";
import type { PegaSnapshot } from "../../runtime/judging/pega-reading.ts";
import { shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import type { Verdict } from "../../runtime/model/gates.ts";
import type { Attestation } from "../../runtime/model/attestation.ts";
import type { PegaScope, QueueProbe } from "../../runtime/model/pega.ts";
import { some, count } from "../../runtime/model/words.ts";
import { switchBegun } from "../../runtime/pega/history.ts";
import { again, pegaGate } from "../gate.ts";

const causes = ["queue-waiting", "no-queue"] as const;
type Own = (typeof causes)[number];

/** No queue processor has records that are ready to process. */
export const queuesEmpty = pegaGate({
  name: "queues-empty",
  causes,
  page: {
    closedBecause:
      "a queue processor has records ready to process, or neither a measurement nor an attestation says that none has",
    whatToDo: "wait, or look into Admin Studio, then `drain.queues`",
  },
  params: known,
  needs: ({ probe }) => ({ history: true, ...(probe && { queues: probe }) }),
  judge: ({ probe, attested }, snapshot) => {
    const revision = switchBegun(part(snapshot, "history"));
    if (revision !== null) return begun(revision);
    if (probe !== undefined) return empty(snapshot, probe.counts);
    if (attested !== undefined)
      return vouched(attested, snapshot, "every queue processor has 0 records ready to process");
    return shut("unattested", "neither a probe nor a person says that no queue processor has records left");
  },
  remedy: ({ probe }) =>
    probe === undefined
      ? `look into Admin Studio, set drain.queues.attested (by, at, words) and ${again}`
      : `${again} once the queues are empty`,
});

/** A probe, or the word of a person. */
function known({ drain: { queues } }: PegaConfig, scope: PegaScope): { probe?: QueueProbe; attested?: Attestation } {
  if (queues === undefined) return {};
  if ("attested" in queues) return { attested: queues.attested };
  const { url, header, counts, names } = queues.probe;
  const { kubernetes } = scope.release;
  return {
    probe: {
      url,
      ...(header && { header: { name: header.name, key: header.key, secret: { kubernetes, name: header.secret } } }),
      counts,
      ...(names && { names }),
    },
  };
}

function empty(snapshot: PegaSnapshot, counts: string): Verdict<Own> {
  const queues = part(snapshot, "queues");
  if (queues.length === 0) return shut("no-queue", `the queue probe finds no queue at ${counts}`);
  const waiting = queues.filter(({ records }) => records > 0).sort((a, b) => b.records - a.records);
  if (waiting.length === 0) {
    return { open: true, sentence: `0 records ready to process in ${count(queues.length, "queue")}` };
  }
  const words = waiting.map(({ name, records }) => `queue ${name} has ${count(records, "record")} ready to process`);
  return shut("queue-waiting", `${some(words, "queues")}, 0 allowed`);
}
