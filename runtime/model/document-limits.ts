/** How much of a document one ConfigMap holds, and how many it may be divided among. */

/** A ConfigMap holds 1 MiB; names and metadata need some of it. */
export const configMapBytes = 900_000;
/** ConfigMaps of one document: more would burden the API server, which keeps every one in memory. */
export const partsAllowed = 64;
/** What gzip leaves of offsets and names at most; offsets are digits, of which it leaves less than half. */
export const compressedShare = 0.5;

/** ConfigMaps that a document of so many bytes needs at most. Pure. */
export const partsFor = (bytes: number): number => (bytes <= configMapBytes ? 1 : 1 + partsOf(bytes));

/** ConfigMaps besides the head that a text of so many bytes needs at most. Pure. */
export const partsOf = (bytes: number): number => Math.ceil((bytes * compressedShare) / configMapBytes);
