/** Notices that the process that wanted a gate or a switch does not want it any more. */
import { readFileSync } from "node:fs";

// A killed pulumi leaves pipes that nobody reads. Its host would report the failed write by another one, for ever.
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
      return ancestors() === parents ? null : "the pulumi command that began it is gone";
    },
    end: () => {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    },
  };
}

// Pulumi starts the host of dynamic providers through a shell script, which outlives the command.
function ancestors(): string {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, "utf8");
    const command = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    if (/^(ba|da|z)?sh$/.test(command)) return `${parent} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]}`;
  } catch {
    // No /proc here: the parent alone must do.
  }
  return String(parent);
}
