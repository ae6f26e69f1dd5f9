/** Which topics on the target are this migration's: their ids, kept in a ConfigMap. */
import { withCluster, type Cluster } from "../brokers/connection.ts";
import { protocolError } from "../brokers/error-codes.ts";
import { emptyTopics } from "../brokers/empty-topics.ts";
import { logs } from "../brokers/positions.ts";
import { DocumentBroken, readDocument, writeDocument } from "../kubernetes/documents.ts";
import type { TopicMarksInputs } from "../model/inputs.ts";
import type { Scope } from "../model/scope.ts";
import type { KubernetesRef } from "../model/sides.ts";
import { named } from "../model/words.ts";

const dataKey = "topics.json";
const sourceKey = "source-cluster-id";

/** Ids of topics by name, as JSON keeps them. */
export type Marks = Readonly<Record<string, string>>;

/** The ConfigMap of a migration's marks. */
export const marksOf = ({ migration, ledger }: Pick<Scope, "migration" | "ledger">) => ({
  kubernetes: ledger.kubernetes,
  configMap: `${migration}-topics`,
});

/**
 * Ids of the migrated topics on the target by their names; none if there is no ConfigMap yet. Rejects if it cannot be
 * read or is not what was written.
 */
export async function readTopicMarks(
  kubernetes: KubernetesRef,
  configMap: string,
): Promise<ReadonlyMap<string, string>> {
  return new Map(Object.entries((await readCopy({ kubernetes, configMap })).marks));
}

/**
 * Marks topics on the target as this migration's. Rejects, with nothing written, if one is missing, if one that was
 * marked before was re-created, or if a new one holds records and is not adopted; all of them are named at once.
 */
export async function markTopics(
  inputs: TopicMarksInputs,
  former: Marks = {},
): Promise<{ marks: Record<string, string> }> {
  const { kubernetes, configMap, topics, adopted } = inputs;
  const copy = await readCopy({ kubernetes, configMap });
  if (copy.sourceClusterId !== null && copy.sourceClusterId !== inputs.sourceClusterId) {
    throw new Error(
      `ConfigMap ${kubernetes.namespace}/${configMap} marks the topics of a migration from cluster ` +
        `${copy.sourceClusterId}, but this one's source is ${inputs.sourceClusterId}; give the migration another name`,
    );
  }
  const known = { ...former, ...copy.marks };
  const { ids, empty } = await withCluster(inputs.target, (cluster) => readTopics(cluster, topics, known, adopted));
  refuseForeign(topics, known, ids, new Set([...empty, ...adopted]));
  const marks = sorted(Object.fromEntries(topics.map((topic) => [topic, ids.get(topic)!])));
  // Topics that are no longer migrated stay this migration's.
  const all = sorted({ ...known, ...marks });
  if (JSON.stringify(all) !== JSON.stringify(sorted(copy.marks))) await writeCopy(inputs, all, copy.resourceVersion);
  return { marks };
}

/** Whether the ConfigMap lacks marks that were written; false where it cannot be read from here. */
export async function marksLost(inputs: TopicMarksInputs, former: Marks): Promise<boolean> {
  try {
    const { marks } = await readCopy(inputs);
    return Object.entries(former).some(([topic, id]) => marks[topic] !== id);
  } catch {
    return false;
  }
}

async function readTopics(cluster: Cluster, topics: readonly string[], known: Marks, adopted: readonly string[]) {
  const described = (await cluster.describe(topics)).topics;
  const ids = new Map<string, string>();
  const missing: string[] = [];
  for (const topic of topics) {
    const found = described.get(topic);
    if (found?.errorCode === 0) ids.set(topic, found.id);
    else missing.push(found && found.errorCode !== 3 ? `${topic} (${protocolError(found.errorCode)})` : topic);
  }
  if (missing.length > 0) throw new Error(`the target does not have ${named(missing)}`);
  const unknown = topics.filter((topic) => known[topic] === undefined && !adopted.includes(topic));
  const empty = unknown.length === 0 ? [] : emptyTopics(await logs(cluster, unknown), unknown);
  return { ids, empty };
}

function refuseForeign(topics: readonly string[], known: Marks, ids: ReadonlyMap<string, string>, free: Set<string>) {
  const again = topics.filter((topic) => (known[topic] ?? ids.get(topic)) !== ids.get(topic) && !free.has(topic));
  const foreign = topics.filter((topic) => known[topic] === undefined && !free.has(topic));
  const reasons = [
    ...(again.length > 0 ? [`deleted and re-created on the target outside this migration: ${named(again)}`] : []),
    ...(foreign.length > 0
      ? [`holding records on the target that this migration did not write: ${named(foreign)}`]
      : []),
  ];
  if (reasons.length === 0) return;
  throw new Error(
    `topics are ${reasons.join("; ")}. Delete what is not needed, or list it under topics.adopt with the ` +
      `reason, then run npm run assess and pulumi up again`,
  );
}

const marksRemedy = "delete it, the next update writes it again";

interface Copy {
  readonly marks: Marks;
  readonly sourceClusterId: string | null;
  /** Null if there is no ConfigMap yet. */
  readonly resourceVersion: string | null;
}

async function readCopy(ref: Pick<TopicMarksInputs, "kubernetes" | "configMap">): Promise<Copy> {
  const { texts, resourceVersion } = await readDocument(ref).catch((error: unknown) => {
    if (error instanceof DocumentBroken) throw new Error(`${error.message}; ${marksRemedy}`);
    throw error;
  });
  if (resourceVersion === null) return { marks: {}, sourceClusterId: null, resourceVersion };
  const marks = parseMarks(texts[dataKey]);
  if (marks === null) {
    throw new Error(
      `ConfigMap ${ref.kubernetes.namespace}/${ref.configMap} has no marks of topics under ${dataKey}; ${marksRemedy}`,
    );
  }
  return { marks, sourceClusterId: texts[sourceKey] ?? null, resourceVersion };
}

/** A JSON object of texts, or null for anything else. Pure. */
export function parseMarks(text: string | undefined): Marks | null {
  try {
    const value: unknown = JSON.parse(text ?? "");
    const whole = typeof value === "object" && value !== null && !Array.isArray(value);
    return whole && Object.values(value).every((id) => typeof id === "string") ? (value as Marks) : null;
  } catch {
    return null;
  }
}

const sorted = (marks: Marks): Record<string, string> =>
  Object.fromEntries(Object.entries(marks).sort(([a], [b]) => (a < b ? -1 : 1)));

async function writeCopy(inputs: TopicMarksInputs, marks: Marks, resourceVersion: string | null): Promise<void> {
  const texts = { [dataKey]: `${JSON.stringify(sorted(marks), null, 1)}\n`, [sourceKey]: inputs.sourceClusterId };
  await writeDocument(inputs, texts, resourceVersion);
}
