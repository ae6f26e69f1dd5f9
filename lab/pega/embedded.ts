import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "dot-properties";
import { replaceFile } from "../addresses.ts";
import { javaCommand, javaEnvironment, type JavaTools } from "../jvm.ts";
import type { Lab } from "../layout.ts";
import { embeddedControllerPort, embeddedPort, tierAddress } from "./addresses.ts";

/** The release that the lab embeds: the older of the two it has. */
const version = "3.9.0";

/** Starts the embedded broker, one node of both roles, on the data in `folder`; formats the folder at its first use. */
export async function startEmbedded(lab: Lab, folder: string): Promise<ChildProcess> {
  const tools = JSON.parse(readFileSync(path.join(lab.dir, "tools.json"), "utf8")) as JavaTools;
  const data = path.join(folder, "data");
  const config = path.join(folder, "server.properties");
  mkdirSync(data, { recursive: true });
  replaceFile(config, `${stringify(properties(lab, data), { lineWidth: null })}\n`);
  const run = (mainClass: string, args: readonly string[]): ChildProcess => {
    const [program = "", ...rest] = javaCommand(lab, tools, { version, mainClass, args });
    return spawn(program, rest, { cwd: folder, env: javaEnvironment(lab), stdio: ["ignore", "inherit", "inherit"] });
  };
  if (!existsSync(path.join(data, "meta.properties"))) {
    const id = createHash("sha256").update(folder).digest().subarray(0, 16);
    id[0] = 1; // an id that begins with a dash would read as an option
    const format = ["format", "--cluster-id", id.toString("base64url"), "--config", config];
    const code = await ended(run("kafka.tools.StorageTool", format));
    if (code !== 0) throw new Error(`the volume of the embedded stream could not be formatted (exit code ${code})`);
  }
  return run("kafka.Kafka", [config]);
}

/** The exit code of a process once it has ended; null where a signal ended it. */
export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code) => resolve(code));
      });

function properties(lab: Lab, data: string): Record<string, string> {
  const address = tierAddress(lab, "stream");
  return {
    "process.roles": "broker,controller",
    "node.id": "1",
    "log.dirs": data,
    "controller.quorum.voters": `1@${address}:${embeddedControllerPort}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    listeners: `BROKER://${address}:${embeddedPort},CONTROLLER://${address}:${embeddedControllerPort}`,
    "inter.broker.listener.name": "BROKER",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "500",
    "log.cleaner.dedupe.buffer.size": "16777216",
  };
}
