import type { PegaRow, PegaTable } from "./row.ts";

const untouched = {
  producers: "running",
  stream: "embedded",
  volumes: "kept",
} as const satisfies Partial<PegaRow>;

const external = { producers: "running", stream: "external", volumes: "kept" } as const satisfies Partial<PegaRow>;

const prepare = {
  name: "prepare",
  purpose: "the target cluster and Pega's user stand; the release is taken over as it runs",
  ...untouched,
  opensWhen: [],
  wayBack: { none: "no way back: it is the first row" },
} as const satisfies PegaRow;

const written = "no way back: what Pega has written to the external cluster since would stay there";

const retire = {
  name: "retire",
  purpose: "the volumes of the stream tiers go, by their names; nothing else holds what was in the embedded stream",
  ...external,
  volumes: "removed",
  opensWhen: ["tiers-ready", "stream-in-use", "soaked", "volumes-named"],
  wayBack: { none: "no way back: the volumes are gone" },
} as const satisfies PegaRow;

/** One table for production, in which everything is read before the switch, and one in which what is unread is lost. */
export const pegaTables = {
  "pega-drained": [
    prepare,
    {
      name: "drain",
      purpose: "tiers that produce stop; the others read what is left in the embedded stream",
      ...untouched,
      producers: "stopped",
      opensWhen: ["cluster-fit", "names-free"],
      wayBack: { row: "prepare" },
    },
    {
      name: "switch",
      purpose: "stream tiers go, every tier starts anew on the external cluster, producing ones as many as before",
      ...external,
      producers: "restored",
      opensWhen: ["producers-attested", "tiers-stopped", "queues-empty", "flows-at-end", "cluster-fit", "names-free"],
      wayBack: { none: written },
    },
    {
      name: "resume",
      purpose: "every tier is ready: what was stopped by hand before the drain may be started again",
      ...external,
      producers: "restored",
      opensWhen: ["tiers-ready"],
      wayBack: { row: "switch" },
    },
    {
      name: "settle",
      purpose: "autoscaling comes back as the values files have it",
      ...external,
      opensWhen: ["producers-resumed", "tiers-ready", "stream-in-use"],
      wayBack: { row: "resume" },
    },
    retire,
  ],
  "pega-lossy": [
    prepare,
    {
      name: "switch",
      purpose: "stream tiers go, every tier starts anew on the external cluster; what was unread is lost",
      ...external,
      opensWhen: ["loss-accepted", "cluster-fit", "names-free"],
      wayBack: { none: written },
    },
    retire,
  ],
} as const satisfies Record<string, PegaTable>;

export const pegaStrategyNames = ["pega-drained", "pega-lossy"] as const;
export type PegaStrategyName = (typeof pegaStrategyNames)[number];
