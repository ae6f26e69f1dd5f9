/** Tiers of a Pega release, the release's history, and what the embedded stream holds. */
import { entries, tiersOf, writesReplicas } from "../../../components/pega/tiers.ts";
import type { Values } from "../../../components/pega/values.ts";
import type { ReleaseRevision } from "../../../runtime/pega/release-revision.ts";
import type { TierApi } from "../../../runtime/pega/tiers.ts";
import type { VolumeApi } from "../../../runtime/pega/volumes.ts";
import { shapes, valuesOf } from "../pega/shapes.ts";
import { pods, tierState } from "../pega-readings.ts";
import { Acted } from "./process.ts";

export const shape = shapes.find(({ name }) => name === "older-default")!;
export const deployment = "pega";
/** As many as the autoscaler has chosen. */
export const web = shape.former["web"]!;
const epoch = Date.parse("2026-11-21T12:00:00Z");

interface Tier {
  replicas: number;
  former: number | null;
}

/** All that outlives a process; plain data, so that a copy of it is a world of its own. */
function begin(values: Values) {
  return {
    now: epoch,
    /** By the object's name; one that the release has removed is not there. */
    tiers: new Map<string, Tier>(
      tiersOf(values).map(({ name, replicas }) => [
        `${deployment}-${name}`,
        { replicas: shape.former[name] ?? replicas, former: null },
      ]),
    ),
    revisions: [values],
    /** Records of the embedded stream that nobody has read. */
    unread: 0,
    volumes: new Set([`${deployment}-stream-${deployment}-stream-0`]),
  };
}

export class PegaWorld extends Acted {
  /** Whether the strategy accepts that what is unread is lost. */
  readonly loses: boolean;
  readonly data: ReturnType<typeof begin>;

  constructor(loses: boolean, data = begin(valuesOf(shape))) {
    super();
    this.loses = loses;
    this.data = data;
    this.pass();
  }

  isExternal(): boolean {
    return !this.data.tiers.has(`${deployment}-stream`);
  }

  /** Producers write to wherever the stream is; what is embedded is read once nobody writes any more. */
  pass(milliseconds = 0): void {
    this.data.now += milliseconds;
    const { replicas, former } = this.data.tiers.get(`${deployment}-web`)!;
    if (replicas === 0 && former === null) this.fails("web is at 0, and nobody knows how many it had");
    if (!this.isExternal()) this.data.unread = replicas > 0 ? 10 : 0;
  }

  /** What Helm makes of values. */
  upgrade(values: Values): void {
    const before = this.isExternal();
    this.data.revisions.push(values);
    const wanted = new Map(entries(values).map((entry) => [`${deployment}-${String(entry["name"])}`, entry]));
    for (const name of this.data.tiers.keys()) if (!wanted.has(name)) this.data.tiers.delete(name);
    for (const [name, entry] of wanted) {
      const tier = this.data.tiers.get(name);
      if (tier === undefined) continue;
      if (writesReplicas(entry)) tier.replicas = Number(entry["replicas"]);
      // An autoscaler that comes back begins at one.
      else if (tier.replicas === 0) tier.replicas = 1;
    }
    if (!before && this.isExternal() && this.data.unread > 0 && !this.loses)
      this.fails(`${this.data.unread} records of the embedded stream are lost`);
  }

  history(): readonly ReleaseRevision[] {
    return this.data.revisions.map(revision);
  }

  readonly tiers: TierApi = {
    state: async ({ name }) => {
      this.alive();
      const found = this.data.tiers.get(name);
      return found === undefined ? null : tierState(found.replicas, { former: found.former });
    },
    pods: async ({ name }) => pods(name, this.data.tiers.get(name)?.replicas ?? 0),
    setFormer: async ({ name }, former) =>
      this.change(`annotate ${name}`, () => void (this.data.tiers.get(name)!.former = former)),
    scale: async ({ name }, replicas) =>
      this.change(`scale ${name}`, () => void (this.data.tiers.get(name)!.replicas = replicas)),
    scalers: async () => ({ found: [], unread: [] }),
  };

  readonly volumes: VolumeApi = {
    claims: async () => [...this.data.volumes].map((name) => ({ name, terminating: false })),
    pods: async () => [],
    exists: async (_scope, { name }) => this.data.tiers.has(`${deployment}-${name}`),
    remove: async (_scope, name) => this.change(`remove ${name}`, () => void this.data.volumes.delete(name)),
  };
}

const revision = (values: Values, at: number): ReleaseRevision => ({
  ...{ name: "pega", namespace: "pega", revision: at + 1, status: "deployed", values, manifest: "", hooks: [] },
  chart: { name: "pega", version: "4.9.0", appVersion: "", values: { stream: { enabled: true, bootstrapServer: "" } } },
  ...{ deployedAt: "2026-11-20T12:00:00Z", description: "" },
});
