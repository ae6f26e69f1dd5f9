/** What a share of a topic's records is like, in what another cluster might refuse or change. */
export interface RecordSample {
  /** Records that were read: from both ends of each partition. */
  readonly records: number;
  /** The largest one's key, value and headers, not compressed; 0 without records. */
  readonly largestBytes: number;
  /** Milliseconds since 1970 of the oldest and the newest timestamp that a record has; null without any. */
  readonly oldest: number | null;
  readonly newest: number | null;
  /** Records with a timestamp of -1: of clients before Kafka 0.10, or in the format of that time. */
  readonly withoutTimestamp: number;
  /** Records with a timestamp before 1970 that is not -1. */
  readonly before1970: number;
  readonly withoutKey: number;
  /** Records whose timestamp the broker set. */
  readonly appendTime: number;
  /** Records in batches that are compressed. */
  readonly compressed: number;
  /** Bytes of the compressed ones: of their keys, values and headers, and of what they take on the disk; where it is known. */
  readonly compressedBytes: { readonly plain: number; readonly stored: number };
  /** Records in the formats before Kafka 0.11. */
  readonly formerFormat: number;
}
