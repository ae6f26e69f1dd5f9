/** Which gates measure something that a world in memory has; the others are about rights, schemas, shapes and sizes. */
const modelled: ReadonlySet<string> = new Set([
  "groups-active",
  "groups-drained",
  "groups-placeable",
  "mirror-drained",
  "mirror-within",
  "offsets-placed",
  "queues-empty",
  "source-confirmed",
  "source-still-at-ledger",
  "source-takes-back",
  "target-empty",
  "tiers-ready",
  "tiers-stopped",
  "way-back-within",
]);

export const isModelled = ({ kind }: { readonly kind: string }): boolean => modelled.has(kind);
