/** ACLs of a cluster by their texts: read, granted and removed in a few requests, however many there are. */
import { protocolErrorsCodesById, type Connection } from "@platformatic/kafka";
import { aclText, numbered, parseAcl } from "../brokers/acl-words.ts";
import { readAcls } from "../brokers/acls.ts";
import { responseOf } from "../brokers/connection.ts";
import { requests, send } from "../brokers/requests.ts";

/** ACLs in one request: a controller takes some thousand records at a time. */
const batch = 1_000;

/** The texts of all ACLs of a cluster. */
export const existingAcls = async (connection: Connection): Promise<ReadonlySet<string>> =>
  new Set((await readAcls(connection)).map(aclText));

/** Grants ACLs. Rejects with every one that Kafka refused. */
export async function give(connection: Connection, acls: readonly string[]): Promise<void> {
  for (const some of batches(acls)) {
    const requested = some.map((acl) => numbered(parseAcl(acl)));
    const { results } = await send(connection, requests.createAcls, requested).catch(responseOf<never>);
    refuse("could not be granted", some, results);
  }
}

/** Removes exactly these ACLs; one that does not exist is none to remove. */
export async function takeAway(connection: Connection, acls: readonly string[]): Promise<void> {
  for (const some of batches(acls)) {
    const filters = some.map((acl) => numbered(parseAcl(acl)));
    const { filterResults } = await send(connection, requests.deleteAcls, filters).catch(responseOf<never>);
    refuse("could not be removed", some, filterResults);
  }
}

const batches = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / batch) }, (_, at) => all.slice(at * batch, (at + 1) * batch));

/** Every right that Kafka refused, in one error. */
function refuse(
  what: string,
  acls: readonly string[],
  results: readonly { readonly errorCode: number; readonly errorMessage?: string | null | undefined }[],
): void {
  const problems = results.flatMap(({ errorCode, errorMessage }, at) =>
    errorCode === 0
      ? []
      : [`${acls[at]}: ${protocolErrorsCodesById[errorCode] ?? errorCode} ${errorMessage ?? ""}`.trim()],
  );
  if (problems.length > 0) throw new Error(`${problems.length} rights ${what}: ${problems.join("; ")}`);
}
