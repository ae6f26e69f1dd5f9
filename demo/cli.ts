import { parseArgs } from "node:util";

/** What the demo was asked to do. */
export interface DemoOptions<Strategy extends string> {
  readonly strategy: Strategy;
  /** Records per second of all producers together. */
  readonly messagesPerSecond: number;
  /** Leaves the lab running at the end. */
  readonly keep: boolean;
}

const allowed = "--strategy <name>, --messages-per-second <number>, --keep";

/** Reads the demo's arguments. Throws one sentence that says what was found and what is allowed. */
export function readArguments<Strategy extends string>(
  args: readonly string[],
  strategies: readonly [Strategy, ...Strategy[]],
): DemoOptions<Strategy> {
  let values: { strategy?: string; "messages-per-second"?: string; keep?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        strategy: { type: "string" },
        "messages-per-second": { type: "string" },
        keep: { type: "boolean" },
      },
    }));
  } catch (error) {
    const [found = ""] = (error as Error).message.split(/\. |\n/);
    throw new Error(`npm run demo: ${found.replace(/\.$/, "")}; allowed: ${allowed}`, { cause: error });
  }
  const strategy = strategies.find((name) => name === (values.strategy ?? strategies[0]));
  if (strategy === undefined)
    throw new Error(`npm run demo: --strategy "${values.strategy}" is unknown; allowed: ${strategies.join(", ")}`);
  const messagesPerSecond = Number(values["messages-per-second"] ?? 1000);
  if (!Number.isInteger(messagesPerSecond) || messagesPerSecond < 50 || messagesPerSecond > 20_000)
    throw new Error(
      `npm run demo: --messages-per-second "${values["messages-per-second"]}" is not possible; allowed: 50 to 20000`,
    );
  return { strategy, messagesPerSecond, keep: values.keep ?? false };
}
