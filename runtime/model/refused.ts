/** Why a move is not made: everything that it refuses or gives up with, having put back what it changed. */

/**
 * A sentence is for people; whoever decides or counts does so by its kind. Each has a row in
 * `test/switch-remedies.test.ts`, where what the sentence advises is done and the move succeeds.
 */
export const refusals = [
  // Known before anybody is stopped.
  ...(["same-cluster", "other-cluster", "partition-missing", "not-in-entry", "shorter-than-entry"] as const),
  ...([
    "connect-elsewhere",
    "connector-missing",
    "ledger-full",
    "not-stoppable",
    "no-producers-entry",
    "target-holds-records",
  ] as const),
  ...(["mirror-runs", "mirror-syncs-groups", "read-on-both-sides", "rewound", "both-sides-written"] as const),
  // Found while workloads are stopped.
  ...(["still-written", "members-left", "written-while-drained", "mirror-fault", "not-drained-in-time"] as const),
  ...(["left-after-drain", "overtaken", "past-the-end", "does-not-stop", "does-not-resume"] as const),
  ...(["group-behind", "read-past-entry", "not-placeable", "not-mirrored-in-time"] as const),
  ...(["partition-not-its-own", "positions-unapplied"] as const),
  ...(["offsets-not-kept", "offsets-differ", "ends-differ"] as const),
  // Of the way back.
  ...(["back-not-open", "source-has-other"] as const),
  // Of stragglers.
  ...(["stragglers-not-copied", "more-stragglers", "positions-not-taken", "copied-more"] as const),
] as const;

export type Refusal = (typeof refusals)[number];

/** One of them, with its sentence. */
export class Refused extends Error {
  readonly kind: Refusal;

  constructor(kind: Refusal, message: string) {
    super(message);
    this.kind = kind;
  }
}
