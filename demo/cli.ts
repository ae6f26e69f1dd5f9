import { numberIn, parseCommand, UsageError } from "../cli/command.ts";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import type { Many } from "../lab/traffic/many-topics.ts";
import {
  hasTwins,
  hasVendorDemo,
  hasWaves,
  hasWayBack,
  neverCopying,
  persistedDataOf,
  strategyNames,
  tableOf,
  type TableChoice,
} from "../phases/strategies/index.ts";
import { isApplicationsDemo } from "./applications/options.ts";
import { isPegaStrategy, type PegaDemoOptions } from "./pega/options.ts";

/** What the demo was asked to do. */
export interface DemoOptions extends TableChoice {
  /** Records per second of all producers together. */
  readonly messagesPerSecond: number;
  /** Leaves the lab running at the end. */
  readonly keep: boolean;
  /** Quiet topics and groups beside, up to so many in all. @default none */
  readonly many?: Many;
  /** Records that are acknowledged in all, an equal share of them by the end of each phase. @default as many as the walk takes */
  readonly records?: number;
  /** Whether users and rights, schemas and connectors move along, as to a hosting vendor. @default false */
  readonly vendor?: true;
}

const persistedDatas = ["mirrored", "none"] as const;
const withVendor = strategyNames.filter(hasVendorDemo).join(", ");

const command = {
  name: "npm run demo",
  does: "Brings up two clusters on this machine and walks every phase under live traffic, with an audit at the end.",
  options: {
    strategy: {
      type: "string",
      value: "<name>",
      help: `order of the moves: ${[...strategyNames, ...pegaStrategyNames].join(", ")}`,
      default: strategyNames[0],
    },
    "persisted-data": {
      type: "string",
      value: `<${persistedDatas.join("|")}>`,
      help: "whether records that the source holds already are copied",
      default: `mirrored, with ${neverCopying.join(", ")} none`,
    },
    "messages-per-second": {
      type: "string",
      value: "<50 to 20000>",
      help: "records per second of all producers together",
      default: "1000, with --way-back 500, with --vendor 200, with together and waves 300, of Pega 150",
    },
    topics: {
      type: "string",
      value: "<7 to 5000>",
      help: "topics in all: quiet ones are added to the usual ones, each with some records now and then",
      default: "7",
    },
    groups: {
      type: "string",
      value: "<4 to 1000>",
      help: "consumer groups in all: the added ones share the quiet topics; with --topics only",
      default: "a fifth of the topics",
    },
    records: {
      type: "string",
      value: "<1 to 100000000>",
      help: "records that are written in all, in equal shares from phase to phase",
      default: "what the walk takes",
    },
    "way-back": {
      type: "boolean",
      help: "after the last move everybody goes back to the source, and forward again, before the way back is closed",
    },
    vendor: {
      type: "boolean",
      help: `users and rights, schemas and connectors move too, as to a hosting vendor; with ${withVendor} only`,
    },
    keep: { type: "boolean", help: "leave the lab running at the end" },
  },
  notes: ["LAB_DIR (default .lab) and LAB_BLOCK (default 0) choose another lab next to this one."],
} as const;

/** Reads the demo's arguments. Throws a UsageError that says what was found and what is allowed. */
export function readArguments(args: readonly string[]): DemoOptions | PegaDemoOptions {
  const { values } = parseCommand(command, args);
  const known = [...strategyNames, ...pegaStrategyNames];
  const strategy = known.find((name) => name === (values.strategy ?? strategyNames[0]));
  if (strategy === undefined)
    throw new UsageError(`npm run demo: --strategy "${values.strategy}" is unknown; allowed: ${known.join(", ")}`);
  if (values.vendor && (isPegaStrategy(strategy) || !hasVendorDemo(strategy)))
    throw new UsageError(`npm run demo: --vendor is not possible with ${strategy}; allowed: ${withVendor}`);
  const found = values["persisted-data"];
  if (isPegaStrategy(strategy)) {
    if (values["way-back"])
      throw new UsageError(`npm run demo: --way-back is not possible with ${strategy}, which copies nothing`);
    for (const name of ["topics", "groups", "records"] as const)
      if (values[name] !== undefined) throw new UsageError(`npm run demo: --${name} is not possible with ${strategy}`);
    if (found !== undefined)
      throw new UsageError(
        `npm run demo: --persisted-data "${found}" is not possible with ${strategy}, which copies nothing`,
      );
    return { strategy, messagesPerSecond: rate(values["messages-per-second"] ?? "150"), keep: values.keep ?? false };
  }
  const persistedData = persistedDatas.find((name) => name === found);
  const fitting: readonly string[] = persistedDataOf(strategy);
  if (found !== undefined && (persistedData === undefined || !fitting.includes(persistedData)))
    throw new UsageError(
      `npm run demo: --persisted-data "${found}" is not possible with ${strategy}; allowed: ${fitting.join(", ")}`,
    );
  // With a way back each record is copied twice on the machine that walks.
  const usual = values.vendor ? "200" : isApplicationsDemo({ strategy }) ? "300" : values["way-back"] ? "500" : "1000";
  const messagesPerSecond = rate(values["messages-per-second"] ?? usual);
  const keep = values.keep ?? false;
  const wayBack = values["way-back"] ? ("mirrored" as const) : undefined;
  const choice = { strategy, persistedData, ...(wayBack && { wayBack }) };
  if (wayBack !== undefined && (values.vendor || !hasWayBack(choice)))
    throw new UsageError(`npm run demo: --way-back is not possible with ${values.vendor ? "--vendor" : named(choice)}`);
  if (wayBack !== undefined && hasWaves(tableOf(choice)))
    throw new UsageError(
      `npm run demo: --way-back is not possible with ${strategy}, two of which share a topic in the demo`,
    );
  const many = manyOf(values.topics, values.groups);
  const records =
    values.records === undefined
      ? undefined
      : numberIn(command, "--records", values.records, { least: 1, most: 100_000_000, whole: true });
  const usualOnes = !values.vendor && !isApplicationsDemo(choice) && !hasTwins(tableOf(choice));
  if ((many !== undefined || records !== undefined) && !usualOnes)
    throw new UsageError(
      `npm run demo: --topics, --groups and --records are possible with producers-first and consumers-first only, ` +
        "without --vendor",
    );
  return {
    ...{ ...choice, messagesPerSecond, keep },
    ...(values.vendor && { vendor: true as const }),
    ...(many && { many }),
    ...(records !== undefined && { records }),
  };
}

function manyOf(topics: string | undefined, groups: string | undefined): Many | undefined {
  if (topics === undefined) {
    if (groups === undefined) return undefined;
    throw new UsageError("npm run demo: --groups needs --topics, which the added groups read");
  }
  const number = numberIn(command, "--topics", topics, { least: 7, most: 5_000, whole: true });
  const usualGroups = String(Math.min(1_000, Math.max(4, Math.floor(number / 5))));
  const of = numberIn(command, "--groups", groups ?? usualGroups, { least: 4, most: 1_000, whole: true });
  return { topics: number, groups: of };
}

const named = ({ strategy, persistedData }: TableChoice): string =>
  persistedData === "none" ? "--persisted-data none" : `${strategy}, which copies nothing`;

const rate = (found: string): number =>
  numberIn(command, "--messages-per-second", found, { least: 50, most: 20_000, whole: true });
