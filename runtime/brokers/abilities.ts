import { apiVersionsV3, type Connection } from "@platformatic/kafka";

/** What a broker can do, and what the cluster has agreed on. */
export interface Abilities {
  /** Highest version by request's key. */
  readonly versions: ReadonlyMap<number, number>;
  readonly metadataVersion: number | null;
}

/** What the broker at the other end of a connection can do. */
export async function abilitiesOf(connection: Connection): Promise<Abilities> {
  const answer = await apiVersionsV3.api.async(connection, "kafka-migration", "1");
  const feature = answer.finalizedFeatures?.find(({ name }) => name === "metadata.version");
  return {
    versions: new Map(answer.apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion])),
    metadataVersion: feature?.maxVersionLevel ?? null,
  };
}
