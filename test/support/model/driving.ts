/** What Pulumi's engine drives in a world: the product's own provider, and what finds and changes nothing there. */
import { isDeepStrictEqual } from "node:util";
import { provider } from "./borders.ts";
import type { Driving } from "./engine.ts";

type Values = Readonly<Record<string, unknown>>;

/** A type that is made once, and again when its inputs change; `found` is what it adds to them. */
export interface Passive {
  readonly found?: Values;
  readonly removed?: () => void;
}

/** The provider over the world that is current, but for some types. */
export function drivingBeside(passive: Readonly<Record<string, Passive>>): Driving {
  // A stack's types are texts here; the provider knows those that there are.
  const real = async (): Promise<Driving> => {
    const found: unknown = await provider();
    return found as Driving;
  };
  const made = (type: string, inputs: Values) => ({ ...inputs, ...passive[type]!.found });
  return {
    check: async (type, olds, news) => (type in passive ? { inputs: news } : (await real()).check(type, olds, news)),
    create: async (type, inputs) =>
      type in passive ? { id: "id", outs: made(type, inputs) } : (await real()).create(type, inputs),
    update: async (type, olds, news) =>
      type in passive ? { outs: made(type, news) } : (await real()).update(type, olds, news),
    diff: async (type, olds, news) =>
      type in passive
        ? { changes: !isDeepStrictEqual({ ...olds, ...news }, olds) }
        : (await real()).diff(type, olds, news),
    delete: async (type, olds) => (type in passive ? passive[type]!.removed?.() : (await real()).delete(type, olds)),
  };
}

/** What the Secrets and the provider's own bookkeeping answer where nothing is behind them. */
export const passives: Readonly<Record<string, Passive>> = {
  ConnectorConfig: { found: { sha256: "0".repeat(64) } },
  Credentials: { found: { username: "u", password: "-", ca: "", clientCert: "", clientKey: "" } },
  TopicMarks: { found: { marks: {} } },
  ...Object.fromEntries(
    ["GeneratedSecret", "MirrorRights", "Namespace", "Ready", "StreamSecret", "TargetRights", "TopicsGuard"]
      .concat(["TopicsTogether", "Unclaimed"])
      .map((type) => [type, {}]),
  ),
};
