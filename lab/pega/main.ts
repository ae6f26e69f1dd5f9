/** What the pod of a tier runs: the embedded stream, work that is put into streams, work that is taken out of them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ChildProcess } from "node:child_process";
import { reportReady } from "../traffic/settings.ts";
import { streamClient } from "./connection.ts";
import { consume } from "./consume.ts";
import { readControl } from "./control.ts";
import { ended, startEmbedded } from "./embedded.ts";
import { serve } from "./http.ts";
import { produce } from "./produce.ts";
import { readTierSettings } from "./settings.ts";

/** Milliseconds that work under way may take to end; a broker that is gone would keep it for ever. */
const patience = 8_000;

const settings = readTierSettings();
const stop = new AbortController();
const asked = new Promise<void>((resolve) => {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      stop.abort();
      resolve();
    });
});

let parts = Number(settings.streams) + Number(settings.produces) + Number(settings.consumes);
const partReady = (): void => {
  parts -= 1;
  if (parts === 0) reportReady();
};

let broker: ChildProcess | undefined;
let stopConsuming: (() => Promise<void>) | undefined;
let producing: Promise<void> | undefined;

if (settings.streams) {
  if (settings.kafkaData === null)
    throw new Error("a tier of nodeType Stream needs a volumeClaimTemplate, so that /opt/pega/kafkadata is kept");
  broker = await startEmbedded(settings.lab, settings.kafkaData);
  void ended(broker).then((code) => {
    if (!stop.signal.aborted) process.exit(code ?? 1);
  });
  await untilAnswering();
  partReady();
}
const server = settings.token === "" ? undefined : serve(settings);
if (settings.produces) producing = produce(settings, partReady, stop.signal);
if (settings.consumes)
  void consume(settings, partReady, stop.signal).then(
    (stopped) => (stopConsuming = stopped),
    (error: unknown) => {
      console.error(error);
      if (!stop.signal.aborted) process.exit(1);
    },
  );
if (parts === 0) reportReady();

await asked;
// A pod that is ending gets no calls any more.
server?.close();
server?.closeAllConnections();
await Promise.race([
  Promise.all([producing, stopConsuming?.(), broker && ended(broker)]),
  sleep(broker ? 30_000 : patience),
]);
const begun = performance.now();
while (performance.now() - begun < readControl(settings.logs, settings.tier).terminationSeconds * 1000)
  await sleep(300);
process.exit(0);

async function untilAnswering(): Promise<void> {
  while (!stop.signal.aborted) {
    const admin = streamClient({ ...settings, external: null }).admin();
    try {
      await admin.connect();
      await admin.describeCluster();
      return;
    } catch {
      await sleep(300);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}
