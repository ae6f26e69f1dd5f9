import { setTimeout as sleep } from "node:timers/promises";
import { networkOf, podAddress } from "../addresses.ts";
import type { Credentials } from "../broker.ts";
import { ports, type Lab } from "../layout.ts";
import { ConnectRest } from "../operator/connect-rest.ts";
import { namespace } from "../source.ts";
import { connectName, type Side } from "./addresses.ts";
import { lineFiles } from "./lines.ts";

/** Loopback address of the worker of a side's Connect cluster. */
export const workerAddress = (lab: Lab, side: Side): string =>
  podAddress(lab, networkOf(lab, `connect/${namespace}/${connectName(side)}`), "connect", 0);

const text = "org.apache.kafka.connect.storage.StringConverter";

/** The two connectors that move: a file's lines into the topic `lines`, and from there into another file. */
export function connectorConfigs(lab: Lab): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const files = lineFiles(lab);
  const common = { "tasks.max": "1", "key.converter": text, "value.converter": text };
  return {
    "lines-in": {
      ...common,
      "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
      file: files.read,
      topic: "lines",
    },
    "lines-out": {
      ...common,
      "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
      file: files.written,
      topics: "lines",
    },
  };
}

/** Starts the connectors beside the source, and waits until they run. */
export async function startConnectors(
  lab: Lab,
  user: Credentials,
  options: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const rest = new ConnectRest([workerAddress(lab, "source")], ports.connect, user);
  const deadline = Date.now() + options.seconds * 1000;
  for (const [name, config] of Object.entries(connectorConfigs(lab))) {
    for (;;) {
      const problem = await attempt(rest, name, config);
      if (problem === null) break;
      if (Date.now() > deadline) {
        throw new Error(`The connector ${name} did not run within ${options.seconds} s: ${problem}.`);
      }
      await sleep(500, undefined, { signal: options.signal });
    }
  }
}

/** Null once the connector runs, else what it lacks. A connector that exists stays as it is. */
async function attempt(rest: ConnectRest, name: string, config: Readonly<Record<string, string>>) {
  try {
    if ((await rest.config(name)) === null) await rest.configure(name, config);
    const status = await rest.status(name);
    const states = [status?.connector.state, ...(status?.tasks.map(({ state }) => state) ?? [])];
    return states.length > 1 && states.every((state) => state === "RUNNING") ? null : `it is ${states.join(", ")}`;
  } catch (problem) {
    return (problem as Error).message;
  }
}
