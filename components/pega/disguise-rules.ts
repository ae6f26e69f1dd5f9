/** A key of the values, or a pattern of keys, that another software or another database hides behind. */
export interface GuardedKey {
  /** `*` stands for one key, a final `**` for everything below. */
  readonly pattern: string;
  readonly why: string;
}

const image = "it names the software that runs";
const schema = "another schema or database belongs to an upgrade of the Platform";
const search = "another search or cluster service belongs to an upgrade of the Platform";

/**
 * What no row may change beside the stream, from the list in the vendor's note ("you must not update Pega Platform
 * software") and what the chart makes of each key.
 */
export const guardedKeys: readonly GuardedKey[] = [
  { pattern: "global.deployment.name", why: "every object would get another name, so that nothing could be compared" },
  { pattern: "global.docker.pega.image", why: image },
  { pattern: "global.docker.registry.**", why: "the same tag of another registry is other software" },
  { pattern: "global.pegaVersion", why: "it tells the chart another version of the Platform" },
  { pattern: "global.jdbc.url", why: schema },
  { pattern: "global.jdbc.dbType", why: schema },
  { pattern: "global.jdbc.rulesSchema", why: schema },
  { pattern: "global.jdbc.dataSchema", why: schema },
  { pattern: "global.jdbc.customerDataSchema", why: schema },
  { pattern: "installer.image", why: "it is the program that upgrades the Platform's database" },
  { pattern: "installer.upgrade.**", why: "it steers an upgrade of the Platform" },
  { pattern: "hazelcast.image", why: image },
  { pattern: "hazelcast.clusteringServiceImage", why: image },
  { pattern: "hazelcast.enabled", why: search },
  { pattern: "hazelcast.clusteringServiceEnabled", why: search },
  { pattern: "hazelcast.migration.**", why: "it moves the cluster to another version of Hazelcast" },
  { pattern: "pegasearch.image", why: image },
  { pattern: "pegasearch.externalSearchService", why: search },
  { pattern: "cassandra.enabled", why: search },
];

/** Words of a key, at any depth, that name a version of something: `imageTag`, `clusteringServiceImage`, `version`. */
const versionWords: readonly string[] = ["image", "tag", "digest", "version", "release"];

/** Why a key is guarded; undefined if it may change. `path` has no indexes of lists in it. */
export function guardOf(path: readonly string[]): string | undefined {
  const known = guardedKeys.find(({ pattern }) => matches(pattern.split("."), path));
  if (known) return known.why;
  const words = wordsOf(path.at(-1) ?? "");
  const own = words.some((word) => versionWords.includes(word)) && !words.includes("pull");
  const belowImage = path.slice(0, -1).some((key) => wordsOf(key).includes("image")) && !words.includes("pull");
  return own || belowImage ? image : undefined;
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const open = pattern.at(-1) === "**";
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((key, at) => key === "*" || key === path[at]);
}

const wordsOf = (key: string): readonly string[] =>
  key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);

/** An image reference that may mean other software tomorrow: no digest, and no version of three numbers or a date. */
export function isMoving(reference: string): boolean {
  if (reference.includes("@sha256:")) return false;
  const tag = /:([^:/]+)$/.exec(reference)?.[1];
  return tag === undefined || !/\d+[.-]\d+[.-]\d+|\d{8}/.test(tag);
}
