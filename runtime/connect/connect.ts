/** Connect's REST API: state of connectors, their source offsets, stop and resume. */
import { integerOf, parseExactly } from "../model/exact-json.ts";
import { NoAnswer } from "../kubernetes/http.ts";
import type { RestPatience } from "../model/patience.ts";
import type { ConnectEndpoint } from "../model/sides.ts";
import { ConnectHttp } from "./connect-http.ts";
import { parseOffsets, type SourceOffset } from "./connector-offsets.ts";

/** State of a connector or task as Connect reports it: RUNNING, PAUSED, STOPPED, FAILED, UNASSIGNED, RESTARTING. */
export interface ConnectState {
  readonly state: string;
  /** Java stack trace of a FAILED one. */
  readonly trace?: string;
}

/** A connector and its tasks; a STOPPED one has no tasks. */
export interface ConnectorStatus {
  readonly connector: ConnectState;
  readonly tasks: readonly (ConnectState & { readonly id: number })[];
}

/** A state that Connect did not tell in time. It is there, and busy or stuck. */
export interface Untold {
  readonly untold: string;
}

/** What Connect says of a connector; null if there is none of that name. */
export type StatusReading = ConnectorStatus | Untold | null;

/** Whether Connect was there and silent. */
export const isUntold = (status: StatusReading): status is Untold => status !== null && "untold" in status;

/** The last mirrored source offset of one partition: the next one to mirror is `offset + 1`. */
export interface ConnectOffset {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Connect's REST API behind one or more workers, tried in order. Every call has its own deadline. */
export class ConnectRest {
  protected readonly http: ConnectHttp;

  constructor(endpoint: ConnectEndpoint, patience?: RestPatience) {
    this.http = new ConnectHttp(endpoint, patience);
  }

  /** Connect's version and the id of the Kafka cluster its workers belong to (the target). */
  async root(): Promise<{ version: string; kafka_cluster_id: string }> {
    return JSON.parse((await this.http.call("GET", "/")).body);
  }

  /** Names of all connectors, sorted. */
  async names(): Promise<string[]> {
    return (JSON.parse((await this.http.call("GET", "/connectors")).body) as string[]).sort();
  }

  /** State of a connector and its tasks; null if there is no such connector. */
  async status(name: string): Promise<ConnectorStatus | null> {
    const answer = await this.http.call("GET", `${path(name)}/status`, { allowed: [404] });
    return answer.status === 404 ? null : JSON.parse(answer.body);
  }

  /** As `status`, for a reading that can do without: a Connect that is silent is no error. */
  async statusReading(name: string): Promise<StatusReading> {
    return this.status(name).catch((error: unknown) => {
      if (error instanceof NoAnswer) return { untold: error.message };
      throw error;
    });
  }

  /** How many tasks a connector has been given, whether or not they run yet; 0 if there is no such connector. */
  async taskCount(name: string): Promise<number> {
    const answer = await this.http.call("GET", path(name), { allowed: [404] });
    return answer.status === 404 ? 0 : (JSON.parse(answer.body) as { tasks: unknown[] }).tasks.length;
  }

  /** Configuration of a connector as Connect holds it (it may hold passwords); null if there is none. */
  async config(name: string): Promise<Record<string, string> | null> {
    const answer = await this.http.call("GET", `${path(name)}/config`, { allowed: [404] });
    return answer.status === 404 ? null : JSON.parse(answer.body);
  }

  /** Committed source offsets of a MirrorSourceConnector, empty if it has mirrored nothing yet. */
  async offsets(name: string): Promise<ConnectOffset[]> {
    return mirrorOffsets(await this.sourceOffsets(name));
  }

  /** Positions of a source connector of any kind. Needs Connect 3.5 or later. */
  async sourceOffsets(name: string): Promise<SourceOffset[]> {
    return parseOffsets((await this.http.call("GET", `${path(name)}/offsets`)).body);
  }

  /** Makes a connector of this name, or gives an existing one this configuration. */
  async configure(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    await this.http.call("PUT", `${path(name)}/config`, { body: JSON.stringify(config) });
  }

  /** Sets source offsets of a stopped MirrorSourceConnector; others of it stay. */
  async setOffsets(name: string, offsets: readonly ConnectOffset[]): Promise<void> {
    const each = offsets.map(
      ({ cluster, topic, partition, offset }) =>
        // By hand: JSON.stringify refuses a bigint, and a number could not hold it.
        `{"partition":${JSON.stringify({ cluster, topic, partition })},"offset":{"offset":${offset}}}`,
    );
    await this.http.call("PATCH", `${path(name)}/offsets`, { body: `{"offsets":[${each.join(",")}]}` });
  }

  /** Deletes a connector; one that does not exist is no error. */
  async delete(name: string): Promise<void> {
    await this.http.call("DELETE", path(name), { allowed: [404] });
  }

  /** Asks a connector to stop: its tasks end gracefully, its configuration and offsets stay. */
  async stop(name: string): Promise<void> {
    await this.http.call("PUT", `${path(name)}/stop`);
  }

  /** Asks a paused or stopped connector to run. */
  async resume(name: string): Promise<void> {
    await this.http.call("PUT", `${path(name)}/resume`);
  }

  /** Restarts what has failed of a connector and its tasks. */
  async restartFailed(name: string): Promise<void> {
    await this.http.call("POST", `${path(name)}/restart?includeTasks=true&onlyFailed=true`);
  }
}

/** The positions of a MirrorSourceConnector; connectors of other kinds key theirs differently and have none. */
export function mirrorOffsets(offsets: readonly SourceOffset[]): ConnectOffset[] {
  return offsets.flatMap((each) => {
    const partition = parseExactly(each.partition) as Record<string, unknown> | null;
    const offset = integerOf((parseExactly(each.offset) as Record<string, unknown> | null)?.["offset"]);
    const number = integerOf(partition?.["partition"]);
    const topic = partition?.["topic"];
    if (typeof topic !== "string" || number === null || offset === null) return [];
    return [{ cluster: String(partition?.["cluster"]), topic, partition: Number(number), offset }];
  });
}

/** Route of a connector. */
export const path = (name: string) => `/connectors/${encodeURIComponent(name)}`;
