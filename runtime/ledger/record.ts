/** What a migration writes down besides the ledger: one ConfigMap with a JSON text per subject. It outlives the stack. */
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import type { Scope } from "../model/scope.ts";
import type { KubernetesRef } from "../model/sides.ts";

/** The ConfigMap of a migration's record. */
export interface RecordRef {
  readonly migration: string;
  readonly kubernetes: KubernetesRef;
  readonly configMap: string;
}

export const recordName = (migration: string): string => `${migration}-record`;

export const recordOf = ({ migration, ledger }: Pick<Scope, "migration" | "ledger">): RecordRef => ({
  migration,
  kubernetes: ledger.kubernetes,
  configMap: recordName(migration),
});

/** Subjects by name, each a JSON text. */
export type Subjects = Readonly<Record<string, string>>;

/** Somebody else may write at the same time; this often it is read again. */
const tries = 5;

/** What is written down; nothing if there is no ConfigMap yet. Rejects if it cannot be read. */
export async function readRecord(ref: RecordRef): Promise<Subjects> {
  return (await readCopy(ref)).subjects;
}

/**
 * Writes down what `change` makes of what is there; nothing where it returns the same object. May be called again, then
 * with what somebody else has written meanwhile.
 */
export async function writeRecord(ref: RecordRef, change: (subjects: Subjects) => Subjects): Promise<void> {
  const { kubernetes, configMap: name, migration } = ref;
  const { namespace } = kubernetes;
  const { core } = await clients(kubernetes);
  for (let left = tries; ; left--) {
    const { subjects, resourceVersion } = await readCopy(ref);
    const data = change(subjects);
    if (data === subjects) return;
    const body = {
      metadata: {
        name,
        labels: { "kafka-migration/migration": migration },
        ...(resourceVersion !== null && { resourceVersion }),
      },
      data: { ...data },
    };
    try {
      if (resourceVersion === null) await core.createNamespacedConfigMap({ namespace, body });
      else await core.replaceNamespacedConfigMap({ name, namespace, body });
      return;
    } catch (error) {
      if (apiCode(error) === 409 && left > 1) continue;
      throw new Error(`could not write ConfigMap ${namespace}/${name}: ${apiMessage(error)}`);
    }
  }
}

async function readCopy({ kubernetes, configMap: name }: RecordRef) {
  const { core, server } = await clients(kubernetes);
  const { namespace } = kubernetes;
  try {
    const found = await core.readNamespacedConfigMap({ name, namespace });
    return { subjects: found.data ?? {}, resourceVersion: found.metadata?.resourceVersion ?? null };
  } catch (error) {
    if (apiCode(error) === 404) return { subjects: {}, resourceVersion: null };
    throw new Error(`could not read ConfigMap ${namespace}/${name} at ${server}: ${apiMessage(error)}`);
  }
}
