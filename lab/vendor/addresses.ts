import type { Lab } from "../layout.ts";

/** The two sides of a move to a vendor. */
export type Side = "source" | "target";
export const sides = ["source", "target"] as const;

const registryPort = 8081;

/** Loopback address of a side's schema registry, beside the side's brokers. `$(LAB_BLOCK)` may stand for the block. */
const registryHost = (block: number | string, side: Side): string => `127.${block}.${side === "source" ? 1 : 2}.30`;

/** Base URL of a side's schema registry, inside the "cluster" and outside alike. */
export const registryUrl = (lab: Pick<Lab, "block">, side: Side): string =>
  `http://${registryHost(lab.block, side)}:${registryPort}`;

/** Where the registry's pod listens; the lab operator fills the block in. */
export const registryListener = (side: Side) => ({ host: registryHost("$(LAB_BLOCK)", side), port: registryPort });

/** Names of the Connect clusters that run connectors beside either side. */
export const connectName = (side: Side): string => `shop-connect-${side}`;

/** Secret of the user of a Connect cluster's REST API. */
export const connectSecret = (side: Side): string => `${connectName(side)}-rest`;

/** Bootstrap address of a side inside the "cluster". */
export const bootstrapOf = (side: Side): string => `${side}-kafka-pods.demo.svc:9092`;
