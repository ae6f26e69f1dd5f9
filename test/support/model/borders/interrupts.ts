import type { Interrupts } from "../../../../runtime/ledger/interrupts.ts";
import { anyWorld } from "../current.ts";

export function watchInterrupts(): Interrupts {
  const watched = anyWorld();
  return { reason: () => (watched.interrupted ? "it was interrupted by SIGINT" : null), end: () => undefined };
}
