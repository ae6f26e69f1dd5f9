/** The demo of a switch of Pega's stream: the lab's own release, walked row by row under its own traffic. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { labEnv } from "../../lab/lab.ts";
import { labFromEnvironment } from "../../lab/layout.ts";
import { claimDirectory } from "../../lab/operator/volumes.ts";
import { auditTiers } from "../../lab/pega/audit.ts";
import { release, scaleTier, untilReady } from "../../lab/pega/release.ts";
import { tierLogs } from "../../lab/pega/settings.ts";
import { countUnread, type UnreadStream } from "../../lab/pega/unread.ts";
import { AcknowledgedCounter } from "../../lab/traffic/counter.ts";
import type { Audit } from "../../lab/traffic/audit.ts";
import { holdBack } from "../../lab/traffic/hold-back.ts";
import { losesUnread, pegaTables } from "../../phases/pega/tables.ts";
import { report, type Demands, type Report } from "../report.ts";
import { walk, type PhaseReport } from "../walk.ts";
import { bringUpPega } from "./bring-up.ts";
import { setIn } from "./config-file.ts";
import { tryObstacles, type Held } from "./obstacles.ts";
import { PegaOperator } from "./operator.ts";
import type { PegaDemoOptions } from "./options.ts";

/** Pods of web before the switch, as its autoscaler might have left them. */
const webPods = 2;
/** Pods that write: those of web, and one of util. */
const producingPods = webPods + 1;
/** Records per partition that readers stay behind when a lossy switch comes. */
const lagging = 100;
/** The volume that the stream tier leaves behind. */
const volume = "pega-stream-pega-stream-0";

const print = (line: string): void => console.log(line);

/** Walks one table to its end and judges what became of every record. */
export async function migratePega(options: PegaDemoOptions, signal: AbortSignal): Promise<Report> {
  const { strategy, messagesPerSecond, trafficSeconds = 10, previews = true } = options;
  const lab = labFromEnvironment();
  const drained = !losesUnread(strategy);
  print(
    `Bringing up the lab in ${lab.dir} and the release with helm; ${producingPods} pods write ${messagesPerSecond} records per second in all`,
  );
  const { stack, api } = await bringUpPega({
    edit: (config) => {
      config["strategy"] = strategy;
      if (!drained) config["lossy"] = { accept: "the demo accepts that unread orders, clicks and mails are lost" };
    },
    perPod: Math.round(messagesPerSecond / producingPods),
    onProgress: (line) => print(`  ${line}`),
    signal,
  });
  process.env["LAB_HOSTS"] = labEnv()["LAB_HOSTS"];
  await scaleTier(api, "web", webPods);
  await untilReady(api, ["web"], 60, signal);

  const logs = tierLogs(lab);
  const counter = new AcknowledgedCounter(logs);
  const operator = new PegaOperator({ lab, api, configFile: stack.configFile, print, signal });
  const hold = (behind: number): void => {
    for (const tier of ["batch", "util"]) holdBack(path.join(logs, tier), behind > 0 ? { "pega-orders": behind } : {});
  };
  const phases: PhaseReport[] = [];
  let held: Held[] | undefined;
  let unread: UnreadStream[] | undefined;
  let audit: Audit | null = null;
  let problem: string | undefined;
  let beforeLast = 0;
  try {
    const before: Record<string, () => Promise<void>> = {
      switch: async () => {
        if (!drained) return hold(lagging);
        await operator.setProducing("util", false);
        operator.attestStopped();
        // What is held back from now on is the obstacle's one record, not one of each partition that is still read.
        await operator.untilWaiting(0);
        held = await tryObstacles({ stack, lab, api, operator, row: "switch", print, signal });
        await operator.untilWaiting(0);
        await operator.copyLastIds();
        setIn(stack.configFile, "gates", { holdSeconds: 4, timeoutSeconds: 600 });
      },
      settle: async () => {
        await operator.setProducing("util", true);
        operator.attestStarted();
      },
      retire: async () => {
        setIn(stack.configFile, "retire", { volumes: [volume] });
        if (drained) return;
        unread = await countUnread(lab, claimDirectory(lab, release.namespace, volume), signal);
        for (const { topic, lost } of unread) print(`  counted in the kept volume: ${lost} lost of ${topic}`);
      },
    };
    const after: Record<string, () => Promise<void>> = {
      switch: async () => hold(0),
    };
    await walk(
      {
        stack,
        rows: pegaTables[strategy],
        trafficSeconds,
        previews: () => previews,
        before: async (row) => before[row]?.(),
        after: async (row) => after[row]?.(),
        print,
        signal,
      },
      phases,
    );
    beforeLast = counter.count();
    print("\nEvery row is reached; the producers stop, everything is read to the end");
    await untilReady(api, ["web", "batch", "util"], 60, signal);
    for (const tier of ["web", "util"] as const) await operator.setProducing(tier, false);
    await sleep(2_000, undefined, { signal });
    await operator.untilWaiting(0);
    audit = auditTiers(logs);
  } catch (error) {
    signal.throwIfAborted();
    problem = error instanceof Error ? error.message : JSON.stringify(error);
  }
  const demands = demandsOf(strategy, messagesPerSecond, unread);
  const result = report(strategy, phases, audit, counter.count() - beforeLast, demands);
  const found = { ...(held && { held }), ...(unread && { unread }) };
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...harness(strategy, unread, held),
    ...result.problems,
  ];
  return { ...result, ...found, succeeded: problems.length === 0, problems };
}

function demandsOf(
  strategy: PegaDemoOptions["strategy"],
  messagesPerSecond: number,
  unread: readonly UnreadStream[] | undefined,
): Demands {
  return {
    rows: pegaTables[strategy].map(({ name }) => name),
    // A drain stops them on purpose.
    perSecond: 0,
    total: 30 * messagesPerSecond,
    afterLast: 0,
    lost: (unread ?? []).reduce((sum, { lost }) => sum + lost, 0),
  };
}

/** A lossy walk that loses nothing proves nothing, nor does a drained one that nothing stood in the way of. */
function harness(strategy: PegaDemoOptions["strategy"], unread?: readonly UnreadStream[], held?: readonly Held[]) {
  if (!losesUnread(strategy)) return held?.length === 3 ? [] : ["not every obstacle was tried"];
  if (unread === undefined) return ["the kept volume was not counted"];
  return unread.some(({ lost }) => lost > 0) ? [] : ["nothing was unread, so that the walk proves nothing"];
}

/** What only a walk of Pega has in its report. */
export function pegaLines({ held, unread }: Pick<Report, "held" | "unread">): string[] {
  return [
    ...(held ?? []).map(({ obstacle, sentence }) => `held while ${obstacle}: ${sentence}`),
    ...(unread ?? []).map(
      ({ topic, beyondCommitted, unprocessed, lost }) =>
        `left in the kept volume of ${topic}: ${beyondCommitted} beyond the committed offsets, ` +
        `${unprocessed} unprocessed, ${lost} of them acknowledged and so lost`,
    ),
  ];
}
