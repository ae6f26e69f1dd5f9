/** `npm run traffic -- start [messages per second] [twins] | stop | audit [directory]` */
import { startTraffic, stopTraffic } from "./apply.ts";
import { isClean } from "./audit.ts";
import { auditDirectory, auditTable } from "./audit-files.ts";
import { labTraffic } from "./lab-traffic.ts";

const usage = "npm run traffic -- start [messages per second] [twins] | stop | audit [directory of logs]";

/** Runs one command and returns the exit code; `audit` gives 1 unless the traffic came through unharmed. */
async function main(command: string | undefined, argument?: string, also?: string): Promise<number> {
  if (command === "audit") {
    const result = auditDirectory(argument ?? labTraffic(0).logDir);
    console.log(auditTable(result).join("\n"));
    return isClean(result) ? 0 : 1;
  }
  const messagesPerSecond = Number(command === "start" ? (argument ?? 1000) : 0);
  const wrong = also !== undefined && (command !== "start" || also !== "twins");
  if ((command !== "start" && command !== "stop") || !(messagesPerSecond >= 0) || wrong) {
    console.error(`found "${[command, argument, also].join(" ").trim()}"; allowed: ${usage}`);
    return 2;
  }
  const { kubeconfig, options } = labTraffic(messagesPerSecond, { twins: command === "stop" || also === "twins" });
  if (command === "start") await startTraffic(kubeconfig, options);
  else await stopTraffic(kubeconfig, options);
  return 0;
}

try {
  process.exitCode = await main(...(process.argv.slice(2) as [string?, string?, string?]));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
