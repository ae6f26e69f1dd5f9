/** Notices that the process that asked for a gate or a switch has gone or was interrupted. */
import { parentOf } from "./process-parents.ts";

// A killed pulumi leaves pipes without a reader. Its host would report the failed write with another write, for ever.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** Watches until `end` is called. */
export interface Interrupts {
  /** Why the work must stop, or null. */
  reason(): string | null;
  end(): void;
}

/**
 * Takes SIGINT and SIGTERM, which would end the process in the middle of a switch, and notices if the `pulumi` that
 * started this process is gone.
 */
export function watchInterrupts(): Interrupts {
  let signal: string | null = null;
  const onSignal = (name: string) => (signal ??= name);
  const parents = ancestors();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    reason: () => {
      if (signal !== null) return `it was interrupted by ${signal}`;
      return ancestors() === parents ? null : "the pulumi command that started it is gone";
    },
    end: () => {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    },
  };
}

// Pulumi starts the host of dynamic providers through a shell script, which outlives the command.
function ancestors(): string {
  const parent = process.ppid;
  const found = parentOf(parent);
  return found !== null && /^-?(ba|da|z)?sh$/.test(found.command) ? `${parent} ${found.parent}` : String(parent);
}
