/** What moving connectors needs of Connect's REST API in addition to what the mirror needs. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectClusterRef } from "../model/connector-refs.ts";
import { restPatience, type RestPatience } from "../model/patience.ts";
import { ConnectRest, path } from "./connect.ts";
import { offsetsText, type SourceOffset } from "./connector-offsets.ts";

type Properties = Readonly<Record<string, string>>;

/** One thing that Connect finds wrong in a configuration. */
export interface Refusal {
  readonly property: string;
  /** Connect's own words; they may quote the value. */
  readonly errors: readonly string[];
}

/** The REST API of a Connect cluster of the config. Errors name the cluster. */
export class ConnectorRest extends ConnectRest {
  readonly #name: string;
  readonly #rebalanceMilliseconds: number;

  constructor({ name, rest }: ConnectClusterRef, patience: RestPatience = restPatience(rest)) {
    super(rest, patience);
    this.#name = name;
    this.#rebalanceMilliseconds = patience.deadlineMilliseconds;
  }

  /**
   * Makes a connector that does not run. An existing one is left as it is: another worker may have made it
   * before the answer was lost. Takes Connect 3.7 or later.
   */
  async createStopped(name: string, config: Properties): Promise<void> {
    const body = JSON.stringify({ name, config, initial_state: "STOPPED" });
    const startedAt = Date.now();
    for (;;) {
      // 409 is a rebalance or a connector of that name.
      const { status } = await this.http.call("POST", "/connectors", { body, allowed: [409] });
      if (status !== 409 || (await this.config(name)) !== null) return;
      if (Date.now() - startedAt >= this.#rebalanceMilliseconds)
        throw new Error(
          `Connect "${this.#name}" did not create connector ${name}: it was still rebalancing after ` +
            `${Math.round((Date.now() - startedAt) / 1000)} s; see the workers' logs, or raise requestSeconds`,
        );
      await sleep(1_000);
    }
  }

  /** Pauses a connector: it keeps its tasks and does nothing. */
  async pause(name: string): Promise<void> {
    await this.http.call("PUT", `${path(name)}/pause`);
  }

  /** Classes of the connectors that the workers have. */
  async plugins(): Promise<string[]> {
    const { body } = await this.http.call("GET", "/connector-plugins");
    return (JSON.parse(body) as { class: string }[]).map((plugin) => plugin.class);
  }

  /** What Connect finds wrong in a configuration; it is not kept. */
  async validate(config: Properties): Promise<Refusal[]> {
    // Connect compares the class's own name alone.
    const plugin = (config["connector.class"] ?? "").split(".").at(-1)!;
    const route = `/connector-plugins/${encodeURIComponent(plugin)}/config/validate`;
    const { body } = await this.http.call("PUT", route, { body: JSON.stringify(config) });
    const { configs } = JSON.parse(body) as { configs: { value: { name: string; errors: string[] } }[] };
    return configs
      .filter(({ value }) => value.errors.length > 0)
      .map(({ value }) => ({ property: value.name, errors: value.errors }));
  }

  /** Sets offsets of a stopped source connector; others of it stay. Takes Connect 3.6 or later. */
  async setSourceOffsets(name: string, offsets: readonly SourceOffset[]): Promise<void> {
    await this.http.call("PATCH", `${path(name)}/offsets`, { body: offsetsText(offsets) });
  }

  /** Forgets all offsets of a stopped source connector. */
  async resetSourceOffsets(name: string): Promise<void> {
    await this.http.call("DELETE", `${path(name)}/offsets`);
  }
}
