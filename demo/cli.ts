import { parseArgs } from "node:util";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import { strategyNames } from "../phases/strategies.ts";
import type { TableChoice } from "../phases/strategies.ts";
import { isPegaStrategy, type PegaDemoOptions } from "./pega/options.ts";

/** What the demo was asked to do. */
export interface DemoOptions extends TableChoice {
  /** Records per second of all producers together. */
  readonly messagesPerSecond: number;
  /** Leaves the lab running at the end. */
  readonly keep: boolean;
  /** Whether users and rights, schemas and connectors move along, as to a hosting vendor. @default false */
  readonly vendor?: true;
}

const allowed = "--strategy <name>, --persisted-data <mirrored|none>, --messages-per-second <number>, --vendor, --keep";
const persistedDatas = ["mirrored", "none"] as const;
/** What each strategy can do with records that the source holds already, its default first. */
const possible = {
  "producers-first": ["mirrored", "none"],
  "consumers-first": ["mirrored"],
  "dual-consume": ["none"],
} as const;

/** Reads the demo's arguments. Throws one sentence that says what was found and what is allowed. */
export function readArguments(args: readonly string[]): DemoOptions | PegaDemoOptions {
  let values: {
    strategy?: string;
    "persisted-data"?: string;
    "messages-per-second"?: string;
    keep?: boolean;
    vendor?: boolean;
  };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        strategy: { type: "string" },
        "persisted-data": { type: "string" },
        "messages-per-second": { type: "string" },
        keep: { type: "boolean" },
        vendor: { type: "boolean" },
      },
    }));
  } catch (error) {
    const [found = ""] = (error as Error).message.split(/\. |\n/);
    throw new Error(`npm run demo: ${found.replace(/\.$/, "")}; allowed: ${allowed}`, { cause: error });
  }
  const known = [...strategyNames, ...pegaStrategyNames];
  const strategy = known.find((name) => name === (values.strategy ?? strategyNames[0]));
  if (strategy === undefined)
    throw new Error(`npm run demo: --strategy "${values.strategy}" is unknown; allowed: ${known.join(", ")}`);
  if (values.vendor && strategy !== "consumers-first")
    throw new Error(`npm run demo: --vendor is not possible with ${strategy}; allowed: consumers-first`);
  const found = values["persisted-data"];
  if (isPegaStrategy(strategy)) {
    if (found !== undefined)
      throw new Error(
        `npm run demo: --persisted-data "${found}" is not possible with ${strategy}, which copies nothing`,
      );
    return { strategy, messagesPerSecond: rate(values["messages-per-second"] ?? "150"), keep: values.keep ?? false };
  }
  const persistedData = persistedDatas.find((name) => name === found);
  const fitting: readonly string[] = possible[strategy];
  if (found !== undefined && (persistedData === undefined || !fitting.includes(persistedData)))
    throw new Error(
      `npm run demo: --persisted-data "${found}" is not possible with ${strategy}; allowed: ${fitting.join(", ")}`,
    );
  const messagesPerSecond = rate(values["messages-per-second"] ?? (values.vendor ? "200" : "1000"));
  const keep = values.keep ?? false;
  return { strategy, persistedData, messagesPerSecond, keep, ...(values.vendor && { vendor: true }) };
}

function rate(found: string): number {
  const messagesPerSecond = Number(found);
  if (!Number.isInteger(messagesPerSecond) || messagesPerSecond < 50 || messagesPerSecond > 20_000)
    throw new Error(`npm run demo: --messages-per-second "${found}" is not possible; allowed: 50 to 20000`);
  return messagesPerSecond;
}
