/** What a broker can do: asked once per connection, because brokers of one cluster differ while it is upgraded. */
import { apiVersionsV1, apiVersionsV3, type Connection } from "@platformatic/kafka";
import { kafkaErrorCodes, VersionError } from "./kafka-error.ts";

/** Versions of one request that a broker takes. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What a broker can do, and what the cluster has agreed on. */
export interface Abilities {
  /** Versions by request's key; a request that is not among them ends the connection instead of being answered. */
  readonly versions: ReadonlyMap<number, VersionRange>;
  /** Null in ZooKeeper mode, and with services that only speak Kafka's protocol. */
  readonly metadataVersion: number | null;
}

/** Newest first. Brokers before 2.4 do not take version 3, and say so; version 4 the library misreads where it fails. */
const asked = [apiVersionsV3, apiVersionsV1] as const;

const known = new WeakMap<Connection, Promise<Abilities>>();

/** What the broker at the other end of a connection can do. */
export function abilitiesOf(connection: Connection): Promise<Abilities> {
  const before = known.get(connection);
  if (before !== undefined) return before;
  const answer = askFor(connection);
  known.set(connection, answer);
  // An answer that did not come is asked for again.
  answer.catch(() => known.delete(connection));
  return answer;
}

type Newest = Awaited<ReturnType<typeof apiVersionsV3.api.async>>;

/** What the cluster has agreed on; versions before 3 do not tell it. */
const featuresOf = (answer: Pick<Newest, "apiKeys"> & Partial<Newest>) => answer.finalizedFeatures ?? [];

/** The same asked now: one round trip to the broker. */
export async function askFor(connection: Connection): Promise<Abilities> {
  for (const { api } of asked) {
    try {
      const answer = await api.async(connection, "kafka-migration", "1");
      const feature = featuresOf(answer).find(({ name }) => name === "metadata.version");
      return {
        versions: new Map(
          answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
        ),
        metadataVersion: feature?.maxVersionLevel ?? null,
      };
    } catch (error) {
      if (!kafkaErrorCodes(error).includes("UNSUPPORTED_VERSION")) throw error;
    }
  }
  throw new VersionError("it does not say which requests it takes (ApiVersions 1 and 3 were asked)");
}
