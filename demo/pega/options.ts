import { pegaStrategyNames, type PegaStrategyName } from "../../phases/pega/tables.ts";

/** What the demo of a Pega switch was asked to do. */
export interface PegaDemoOptions {
  readonly strategy: PegaStrategyName;
  /** Records per second of all producing pods together. */
  readonly messagesPerSecond: number;
  /** Seconds of traffic after each row. @default 10 */
  readonly trafficSeconds?: number;
  /** Whether each row is previewed before its update. @default true */
  readonly previews?: boolean;
  readonly keep: boolean;
}

export const isPegaStrategy = (name: string | undefined): name is PegaStrategyName =>
  pegaStrategyNames.some((each) => each === name);

export const isPegaDemo = (options: { readonly strategy: string }): options is PegaDemoOptions =>
  isPegaStrategy(options.strategy);
