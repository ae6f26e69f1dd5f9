/** ACLs of a cluster by their texts: read, granted and removed in a few requests, however many there are. */
import type { Connection } from "@platformatic/kafka";
import { aclText, numbered, parseAcl } from "../brokers/acl-words.ts";
import { readAcls } from "../brokers/acls.ts";
import { responseOf, type Cluster } from "../brokers/connection.ts";
import { changeAll, type ControllerChange } from "../brokers/controller-changes.ts";
import { requests, send } from "../brokers/requests.ts";
import type { Pace } from "../model/pace.ts";

/** ACLs in one request: a controller takes some thousand records at a time. */
const batch = 1_000;

/** The texts of all ACLs of a cluster. */
export const existingAcls = async (connection: Connection): Promise<ReadonlySet<string>> =>
  new Set((await readAcls(connection)).map(aclText));

type ChangePace = Pick<Pace, "now" | "pause">;

/** Grants ACLs. Rejects with every one that Kafka refused. */
export function give(cluster: Cluster, acls: readonly string[], pace?: ChangePace): Promise<void> {
  const change: ControllerChange<string> = {
    failed: "rights could not be granted",
    title: (acl) => acl,
    async ask(connection, some) {
      const requested = some.map((acl) => numbered(parseAcl(acl)));
      const { throttleTimeMs, results } = await send(connection, requests.createAcls, requested).catch(
        responseOf<never>,
      );
      return { throttleTimeMs, answers: results };
    },
  };
  return changeAll(cluster, batches(acls), change, pace);
}

/** Removes exactly these ACLs; one that does not exist is none to remove. */
export function takeAway(cluster: Cluster, acls: readonly string[], pace?: ChangePace): Promise<void> {
  const change: ControllerChange<string> = {
    failed: "rights could not be removed",
    title: (acl) => acl,
    async ask(connection, some) {
      const filters = some.map((acl) => numbered(parseAcl(acl)));
      const { throttleTimeMs, filterResults } = await send(connection, requests.deleteAcls, filters).catch(
        responseOf<never>,
      );
      // What the filter has found may be refused although the filter is not.
      const answers = filterResults.map(
        (found) => [found, ...found.matchingAcls].find(({ errorCode }) => errorCode !== 0) ?? found,
      );
      return { throttleTimeMs, answers };
    },
  };
  return changeAll(cluster, batches(acls), change, pace);
}

const batches = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / batch) }, (_, at) => all.slice(at * batch, (at + 1) * batch));
