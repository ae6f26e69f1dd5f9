/** What of the newest records is compared. */
export interface NewestAsked {
  /** Newest records of each partition. */
  readonly records: number;
  /** Present where the mirror may copy a record more than once. */
  readonly repeats?: true;
}
