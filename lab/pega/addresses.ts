import { pegaNetwork } from "../addresses.ts";
import type { Lab } from "../layout.ts";

/** Last number of the address that all pods of a tier share, as behind a Service. */
const tierNumbers: Readonly<Record<string, number>> = { web: 10, util: 20, batch: 30, stream: 40 };

const httpPort = 8080;
export const embeddedPort = 9092;
export const embeddedControllerPort = 9093;

/** The address of a tier of the lab's release; throws for one that the lab does not know. */
export function tierAddress(lab: Lab, tier: string): string {
  const number = tierNumbers[tier];
  if (number === undefined)
    throw new Error(
      `The lab has no address for a tier ${tier}; it has some for ${Object.keys(tierNumbers).join(", ")}.`,
    );
  return `127.${lab.block}.${pegaNetwork}.${number}`;
}

/** Where a tier answers over HTTP. */
export const tierEndpoint = (lab: Lab, tier: string) => ({ host: tierAddress(lab, tier), port: httpPort });

/** `host:port` of the embedded broker, for tiers and for programs outside the "cluster". */
export const embeddedBootstrap = (lab: Lab) => `${tierAddress(lab, "stream")}:${embeddedPort}`;
