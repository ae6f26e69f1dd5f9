/** Who keeps the positions of a consumer: types only. */
import type { Attestation } from "./attestation.ts";

/** Whose position counts when a consumer starts. */
export type Positions = "group" | "own";

/** What the config says about a consumer's positions. */
export interface PositionKeeping {
  /** @default the group's, unless a gate finds that its offsets are committed by clients that never join it */
  readonly positions?: Positions;
  /** Somebody's word that the translated positions are in the consumer's own store. @default nobody has said so */
  readonly positionsApplied?: Attestation;
}
