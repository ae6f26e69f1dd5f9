import { query, type JSONValue } from "json-p3";

/** Everything that a JSONPath (RFC 9535) finds in an answer. Throws a sentence if the path is none. Pure. */
export function jsonPath(path: string, document: unknown): unknown[] {
  try {
    return query(path, document as JSONValue).values();
  } catch (error) {
    throw new Error(
      `JSONPath "${path}" is not understood: ${(error as Error).message}; write it as RFC 9535 says, for example ` +
        `$.queues[*].readyToProcess`,
      { cause: error },
    );
  }
}
