/** Points stopped workloads of every kind at a side. */
import { place, connectorOf, prepareConnector } from "../connectors/place.ts";
import { configMapJournal } from "../connectors/journal.ts";
import { connectorSettings } from "../model/connector-settings.ts";
import type { Scope, WorkloadRef } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import type { SideName } from "../model/sides.ts";
import { differs, writeFields } from "../workloads/fields.ts";
import { rehearseLogins } from "./logins.ts";
import type { SwitchEffects } from "./ports.ts";

/** The real ones. `startSeconds` is how long Connect may take to make a connector. */
export function addressesOf(
  scope: Scope,
  startSeconds: number,
  log: (line: string) => void,
): SwitchEffects["addresses"] {
  const connector = (workload: WorkloadRef, side: SideName) => {
    const ref = connectorOf(scope, workload.name);
    return { scope, connector: ref.name, side, settings: connectorSettings(ref, scope), startSeconds };
  };
  const all = async (workloads: readonly WorkloadRef[], act: (workload: WorkloadRef) => Promise<void>) =>
    void (await settleAll(workloads.map(act)));
  return {
    rehearse: async (workloads, side) => {
      const values = all(workloads, async (workload) => {
        if (workload.kind !== "connector") return writeFields(workload, side, true);
        // On the source it is left as it was.
        if (side === "target") return prepareConnector(connector(workload, side), log);
      });
      await settleAll([values, rehearseLogins(scope[side], workloads, log)]);
    },
    astray: async (workloads, side) => {
      const found = await settleAll(
        workloads.map(async (workload) => workload.kind !== "connector" && differs(workload, side)),
      );
      return workloads.filter((_, index) => found[index]);
    },
    point: (workloads, side) =>
      all(workloads, async (workload) => {
        if (workload.kind !== "connector") return writeFields(workload, side);
        const inputs = connector(workload, side);
        return place({
          inputs,
          connector: connectorOf(scope, workload.name),
          journal: configMapJournal,
          log: (line) => log(`connector ${workload.name}: ${line}`),
        });
      }),
  };
}
