/** The schema with which a new version of a topic's consumers reads its records. */
export interface ReaderSchema {
  readonly topic: string;
  readonly part: "key" | "value";
  /** Where its text was read, as the config names it. */
  readonly file: string;
  readonly type: "AVRO" | "JSON";
  /** Its text, which is JSON. */
  readonly schema: string;
}

/** What of the target's records is decoded. */
export interface Decoding {
  /** Newest records of each topic; of each partition where the topic has readers. */
  readonly sampleRecords: number;
  /** Schemas of new consumers. @default none */
  readonly readers?: readonly ReaderSchema[];
}
