/** Error codes in the answers of Kafka. */
import { protocolErrorsCodesById } from "@platformatic/kafka";

/** Kafka's name for an error code, for example `NOT_LEADER_OR_FOLLOWER`. */
export function protocolError(code: number): string {
  return protocolErrorsCodesById[code] ?? `error ${code}`;
}
