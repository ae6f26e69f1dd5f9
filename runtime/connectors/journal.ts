/** Each connector's current side and its state before it was stopped, in a ConfigMap: it survives the process. */
import { createHash } from "node:crypto";
import { apiCode, apiMessage, clients, mergePatch } from "../kubernetes/kubernetes.ts";
import type { ConnectorRef } from "../model/connector-refs.ts";
import type { SideName } from "../model/sides.ts";

/** States in which Connect leaves a connector that its owners have put into one. */
export type WantedState = "RUNNING" | "PAUSED" | "STOPPED";

/** What is known about one connector in addition to what Connect says. */
export interface JournalEntry {
  /** Where it runs, or would if it were started. */
  readonly side: SideName;
  /** What it was before it was stopped here; absent where it is not stopped by the migration. */
  readonly former?: WantedState;
  /** Hash of the configuration that was written at the target; absent where none was. */
  readonly made?: string;
  /** Hash of what the config says of the connector, as it was when that configuration was made. */
  readonly settings?: string;
}

/** Tests put their own in its place. */
export interface Journal {
  /** Null if nothing was ever written about it. */
  read(connector: ConnectorRef): Promise<JournalEntry | null>;
  write(connector: ConnectorRef, entry: JournalEntry): Promise<void>;
}

/** Keys of a ConfigMap allow few characters, names of connectors allow all. */
const keyOf = (name: string): string =>
  /^[-._a-zA-Z0-9]{1,200}$/.test(name) ? name : `sha256-${createHash("sha256").update(name).digest("hex")}`;

/** The ConfigMap in the Kubernetes of the ledger. Errors name it. */
export const configMapJournal: Journal = {
  async read({ name, journal }) {
    const { core } = await clients(journal.kubernetes);
    const { namespace } = journal.kubernetes;
    try {
      const { data } = await core.readNamespacedConfigMap({ name: journal.configMap, namespace });
      const text = data?.[keyOf(name)];
      return text === undefined ? null : (JSON.parse(text) as JournalEntry);
    } catch (error) {
      if (apiCode(error) === 404) return null;
      throw new Error(`could not read ConfigMap ${namespace}/${journal.configMap}: ${apiMessage(error)}`);
    }
  },
  async write({ name, journal }, entry) {
    const { core } = await clients(journal.kubernetes);
    const { namespace } = journal.kubernetes;
    const data = { [keyOf(name)]: JSON.stringify(entry) };
    const where = { name: journal.configMap, namespace };
    // Each connector has its own key, so that a patch of one never undoes what was written about another.
    const patch = () => core.patchNamespacedConfigMap({ ...where, body: { data } }, mergePatch());
    try {
      await patch().catch(async (error: unknown) => {
        if (apiCode(error) !== 404) throw error;
        try {
          await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: journal.configMap }, data } });
        } catch (other) {
          if (apiCode(other) !== 409) throw other;
          await patch();
        }
      });
    } catch (error) {
      throw new Error(`could not write ConfigMap ${namespace}/${journal.configMap}: ${apiMessage(error)}`);
    }
  },
};
