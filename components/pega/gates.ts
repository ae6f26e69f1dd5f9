import type { PegaCondition, PegaGateInputs, PegaScope } from "@kafka-migration/kafka";
import type { PegaConfig } from "../../config/pega/schema.ts";
import type { PegaGate } from "../../phases/pega/row.ts";
import type { PlannedGate } from "../../phases/plan.ts";
import { releaseRef } from "./settings.ts";

/** A planned gate with the parameters that the config gives it. Pure. */
export function pegaGateInputs(config: PegaConfig, pega: PegaScope, planned: PlannedGate<PegaGate>): PegaGateInputs {
  const { row, gate, sealed } = planned;
  return { pega, row, condition: condition(config, pega, gate), ...config.gates, sealed };
}

function condition(config: PegaConfig, { tiers }: PegaScope, gate: PegaGate): PegaCondition {
  const { drain, resume, stream, retire, production } = config;
  const both = tiers.filter(({ role }) => role === "both").map(({ name }) => name);
  switch (gate) {
    case "cluster-fit": {
      const { replicationFactor, acceptedVersion } = stream;
      return { kind: gate, production, replicationFactor, ...(acceptedVersion && { acceptedVersion }) };
    }
    case "producers-attested":
      return { kind: gate, tiers: both, ...(drain.producersStopped && { attested: drain.producersStopped }) };
    case "producers-resumed":
      return { kind: gate, tiers: both, ...(resume.producersStarted && { attested: resume.producersStarted }) };
    case "queues-empty":
      return { kind: gate, ...queues(config) };
    case "flows-at-end":
      return flows(config);
    case "loss-accepted":
      return { kind: gate, words: config.lossy?.accept ?? "" };
    case "soaked":
      return { kind: gate, hours: retire.soakHours };
    case "volumes-named":
      return { kind: gate, names: retire.volumes };
    default:
      return { kind: gate };
  }
}

function queues(config: PegaConfig): Omit<Extract<PegaCondition, { kind: "queues-empty" }>, "kind"> {
  const { queues: known } = config.drain;
  if (known === undefined) return {};
  if ("attested" in known) return { attested: known.attested };
  const { url, header, counts, names } = known.probe;
  const { kubernetes } = releaseRef(config);
  return {
    probe: {
      url,
      ...(header && { header: { name: header.name, key: header.key, secret: { kubernetes, name: header.secret } } }),
      counts,
      ...(names && { names }),
    },
  };
}

function flows({ drain }: PegaConfig): PegaCondition {
  const { flows: known } = drain;
  const none = { kind: "flows-at-end", flows: [], convention: "next" } as const;
  if (known === undefined) return none;
  if ("attested" in known) return { ...none, attested: known.attested };
  return { kind: "flows-at-end", flows: known.runs, convention: known.convention };
}
