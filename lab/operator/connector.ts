import { isDeepStrictEqual } from "node:util";
import { parse } from "dot-properties";
import { orNull, type AnyObject } from "../kubernetes.ts";
import { followBinding, readConfiguration } from "./bindings.ts";
import { condition, report, setFinalizer, type Condition } from "./conditions.ts";
import { ConnectError, ConnectRest, type ConnectorStatus } from "./connect-rest.ts";
import { splitKey, type Context } from "./context.ts";
import type { Again } from "./queue.ts";

const resource = { group: "kafka.kubedb.com", version: "v1alpha1", plural: "connectors" } as const;

/** Connect does not report a changed state, so it is asked. */
const whileSteady = 5000;
const askEvery = 2000;
const tryRefusedAgainAfter = 15_000;
const key = "config.properties";

const phases: Readonly<Record<string, string>> = {
  RUNNING: "Running",
  PAUSED: "Paused",
  STOPPED: "Stopped",
  FAILED: "Failed",
  UNASSIGNED: "Unassigned",
  RESTARTING: "Restarting",
  DESTROYED: "Destroyed",
};

type Config = Readonly<Record<string, string>>;

/** Hands the configuration of Connector objects to Connect and mirrors the state it reports. */
export class ConnectorController {
  readonly #context: Context;
  readonly #refused = new Map<string, { readonly config: Config; readonly at: number; readonly reason: string }>();
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(queued: string): Promise<Again> {
    const { api } = this.#context;
    const { namespace, name } = splitKey(queued);
    const read = api.custom.getNamespacedCustomObject({ ...resource, namespace, name });
    const connector = (await orNull(read)) as AnyObject | null;
    if (!connector) return void this.#refused.delete(queued);
    const rest = await this.#rest(connector);
    if (connector.metadata?.deletionTimestamp) return this.#delete(connector, rest);
    await setFinalizer(api, resource, connector, true);
    if (!rest) {
      const cluster = connector["spec"].connectClusterRef.name;
      return this.#wait(connector, "ConnectClusterMissing", `the AppBinding "${cluster}" of Connect does not exist`);
    }
    const text = (await this.#document(connector)) ?? null;
    if (text === null) {
      return this.#wait(connector, "ConfigurationMissing", `no configuration with the key ${key} was found`);
    }
    const config: Config = { ...(parse(text) as Record<string, string>), name };
    try {
      return await this.#keep(queued, connector, rest, config);
    } catch (problem) {
      const { status, message } = problem as ConnectError;
      // 409: a rebalance is under way; 0 and 5xx: no worker can answer just now.
      if (!(problem instanceof ConnectError)) throw problem;
      if (status === 409) return 1000;
      const known = connector["status"]?.phase ?? "Pending";
      await this.#report(connector, known === "Pending" ? "Pending" : "Unknown", [
        condition("Ready", false, "ConnectNotReachable", message),
      ]);
      return askEvery;
    }
  }

  /** Brings the configuration in Connect in line with the object; says nothing of whether the connector runs. */
  async #keep(queued: string, connector: AnyObject, rest: ConnectRest, config: Config): Promise<Again> {
    const name = connector.metadata?.name ?? "";
    const refused = this.#refused.get(queued);
    const isKnownAsRefused =
      refused && isDeepStrictEqual(refused.config, config) && Date.now() - refused.at < tryRefusedAgainAfter;
    if (isKnownAsRefused) return this.#reportRefusal(connector, refused.reason);

    if (!isDeepStrictEqual(await rest.config(name), config)) {
      try {
        await rest.configure(name, config);
      } catch (problem) {
        const { status, message } = problem as ConnectError;
        if (status !== 400 && status !== 500) throw problem;
        this.#refused.set(queued, { config, at: Date.now(), reason: message });
        return this.#reportRefusal(connector, message);
      }
    }
    this.#refused.delete(queued);
    const status = await rest.status(name);
    await this.#report(connector, status ? (phases[status.connector.state] ?? "Unknown") : "Pending", [
      condition("ProvisioningStarted", true, "ConnectorCreated", `Connect has the configuration of ${name}`),
      readiness(status),
      condition("Provisioned", true, "ConnectorSuccessfullyProvisioned", `provisioned ${name}`),
    ]);
    return isSteady(status) ? whileSteady : 500;
  }

  async #reportRefusal(connector: AnyObject, reason: string): Promise<Again> {
    await this.#report(connector, "Failed", [
      condition("ProvisioningStarted", false, "ConfigurationRefused", reason),
      condition("Ready", false, "ConfigurationRefused", reason),
    ]);
    return askEvery;
  }

  async #wait(connector: AnyObject, reason: string, message: string): Promise<Again> {
    await this.#report(connector, "Pending", [condition("ProvisioningStarted", false, reason, message)]);
    return askEvery;
  }

  /** Connect's REST API as the AppBinding of the Connect cluster names it. */
  async #rest(connector: AnyObject): Promise<ConnectRest | null> {
    const { api, hosts } = this.#context;
    const reference = connector["spec"].connectClusterRef;
    const binding = await followBinding(api, reference, connector.metadata?.namespace ?? "");
    return binding && new ConnectRest(hosts.resolve(binding.host), binding.port, binding.user);
  }

  async #document(connector: AnyObject): Promise<string | undefined> {
    try {
      return (await readConfiguration(this.#context.api, connector))[key];
    } catch {
      return undefined; // its Secret does not exist yet
    }
  }

  async #delete(connector: AnyObject, rest: ConnectRest | null): Promise<Again> {
    const policy = connector["spec"].deletionPolicy;
    if (policy === "DoNotTerminate") return undefined;
    // Any other policy leaves the connector running in Connect, as KubeDB does.
    if (policy === "WipeOut" && rest) await rest.delete(connector.metadata?.name ?? "");
    await setFinalizer(this.#context.api, resource, connector, false);
    return undefined;
  }

  #report(connector: AnyObject, phase: string, conditions: readonly Condition[]): Promise<void> {
    return report(this.#context.api, resource, connector, { phase, conditions });
  }
}

function readiness(status: ConnectorStatus | null): Condition {
  if (!status) return condition("Ready", false, "NotAssigned", "no worker has taken the connector yet");
  const { connector, tasks } = status;
  if (connector.state !== "RUNNING") {
    return condition("Ready", false, `Connector${phases[connector.state] ?? "Unknown"}`, text("connector", connector));
  }
  const failed = tasks.find(({ state }) => state === "FAILED");
  if (failed) return condition("Ready", false, "TaskFailed", text(`task ${failed.id}`, failed));
  const running = tasks.filter(({ state }) => state === "RUNNING").length;
  const complete = running === tasks.length && tasks.length > 0;
  return condition(
    "Ready",
    complete,
    complete ? "TasksRunning" : "TasksNotRunning",
    `${running} of ${tasks.length} tasks run`,
  );
}

const text = (what: string, { state, trace }: { state: string; trace?: string }) =>
  trace ? `${what} is ${state}: ${trace.split("\n")[0]}` : `${what} is ${state}`;

const isSteady = (status: ConnectorStatus | null) =>
  status !== null &&
  (status.connector.state !== "RUNNING" || status.tasks.length > 0) &&
  status.tasks.every(({ state }) => state === "RUNNING" || state === "FAILED");
