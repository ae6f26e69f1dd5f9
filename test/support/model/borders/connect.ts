import type { ConnectOffset, ConnectorStatus } from "../../../../runtime/connect/connect.ts";
import { world } from "../current.ts";

export { isUntold, mirrorOffsets, path } from "../../../../runtime/connect/connect.ts";

/** Connect's REST API, and the operator beside it. */
export class ConnectRest {
  async root(): Promise<{ version: string; kafka_cluster_id: string }> {
    world().answers("connect");
    return { version: "4.2.0", kafka_cluster_id: "target-id" };
  }

  async status(name: string): Promise<ConnectorStatus | null> {
    world().answers("connect");
    const state = world().data.connectors.get(name);
    if (state === undefined) return null;
    return { connector: { state }, tasks: state === "RUNNING" ? [{ id: 0, state: "RUNNING" }] : [] };
  }

  /** Connect that gives no answer is one that nobody reaches, here. */
  statusReading(name: string): Promise<ConnectorStatus | null> {
    return this.status(name);
  }

  async taskCount(name: string): Promise<number> {
    return (await this.status(name))?.tasks.length ?? 0;
  }

  async config(name: string): Promise<Record<string, string> | null> {
    return (await this.status(name)) === null ? null : {};
  }

  async setOffsets(name: string, offsets: readonly ConnectOffset[]): Promise<void> {
    world().change(`set offsets of ${name}`, () => world().setMirrored(name, offsets));
  }

  async stop(name: string): Promise<void> {
    world().change(`stop ${name}`, () => world().setConnector(name, "STOPPED"));
  }

  async resume(name: string): Promise<void> {
    world().change(`resume ${name}`, () => world().setConnector(name, "RUNNING"));
  }

  async restartFailed(): Promise<void> {
    world().alive();
  }
}

export class MirrorConnect extends ConnectRest {}
