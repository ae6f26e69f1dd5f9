/** In what the target can be smaller than what moves there; `sizes` is what could not be read. */
export const capacityKinds = ["brokers", "cpus", "memory", "storage", "sizes"] as const;

export type CapacityKind = (typeof capacityKinds)[number];
