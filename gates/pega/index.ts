/** Every gate of a migration of Pega. A new one is its file, a line here, a row of a table. */
import { clusterFit } from "./cluster-fit.ts";
import { flowsAtEnd } from "./flows-at-end.ts";
import { lossAccepted } from "./loss-accepted.ts";
import { namesFree } from "./names-free.ts";
import { producersAttested } from "./producers-attested.ts";
import { producersResumed } from "./producers-resumed.ts";
import { queuesEmpty } from "./queues-empty.ts";
import { soaked } from "./soaked.ts";
import { streamInUse } from "./stream-in-use.ts";
import { streamRead } from "./stream-read.ts";
import { tiersReady } from "./tiers-ready.ts";
import { tiersStopped } from "./tiers-stopped.ts";
import { volumesNamed } from "./volumes-named.ts";

export const pegaGates = {
  "cluster-fit": clusterFit,
  "names-free": namesFree,
  "producers-attested": producersAttested,
  "tiers-stopped": tiersStopped,
  "queues-empty": queuesEmpty,
  "flows-at-end": flowsAtEnd,
  "loss-accepted": lossAccepted,
  "tiers-ready": tiersReady,
  "producers-resumed": producersResumed,
  "stream-in-use": streamInUse,
  "stream-read": streamRead,
  soaked: soaked,
  "volumes-named": volumesNamed,
} as const;

export type PegaGateName = keyof typeof pegaGates;

/** What a gate waits for: its name and what the config says to it. */
export type PegaCondition = {
  [Name in PegaGateName]: { readonly kind: Name } & ReturnType<(typeof pegaGates)[Name]["params"]>;
}[PegaGateName];
