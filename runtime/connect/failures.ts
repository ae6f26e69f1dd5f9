/** What has failed of a connector, in Connect's own words. Pure. */
import type { ConnectorStatus } from "./connect.ts";

/** What has failed of one connector, each with the first line of its trace. */
export function failures(name: string, { connector, tasks }: ConnectorStatus): string[] {
  const failed = [
    { what: `connector ${name}`, ...connector },
    ...tasks.map((task) => ({ what: `task ${task.id} of connector ${name}`, ...task })),
  ].filter(({ state }) => state === "FAILED");
  return failed.map(({ what, trace }) => `${what} has failed: ${traceLine(trace)}`);
}

/** The line of a Java stack trace that says what happened: the innermost cause. */
export function traceLine(trace: string | undefined): string {
  const lines = (trace ?? "").split("\n").map((line) => line.trim());
  // eslint-disable-next-line no-restricted-syntax -- Java's own words, in a trace that has no other form
  const cause = lines.findLast((line) => line.startsWith("Caused by: "))?.slice("Caused by: ".length);
  const first = lines[0] || "Connect gives no reason";
  return cause === undefined || first.includes(cause) ? first : `${first} (${cause})`;
}
