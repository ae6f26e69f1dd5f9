import { untouched, external, prepare, written, retire } from "./parts.ts";
import type { PegaStrategyFile } from "./strategy.ts";

export const pegaDrained = {
  about:
    "For production. Tiers that produce stop, the others read what is left in the embedded stream, and only then does " +
    "every tier start again on the external cluster. Nothing is lost, nothing is read twice. `docs/pega.md` has the rest.",
  loses: false,
  rows: [
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
      purpose: "stream tiers go, every tier starts again on the external cluster, producing ones as many as before",
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
      opensWhen: ["producers-resumed", "tiers-ready", "stream-in-use", "stream-read"],
      wayBack: { row: "resume" },
    },
    retire,
  ],
} as const satisfies PegaStrategyFile;
