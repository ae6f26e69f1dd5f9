/** The plan of a Pega release that changes its stream, with the names of its stack. */
import type { PegaConfig } from "../config/pega/schema.ts";
import { pegaGates, type PegaGateName } from "../gates/pega/index.ts";
import type { PegaRow } from "../phases/pega/row.ts";
import { pegaTables } from "../phases/pega/tables.ts";
import { code, codes, pageText, type PhasePlan } from "./page.ts";

/** Markdown for the change ticket. Pure. */
export function pegaPage(config: PegaConfig, stack: string): string {
  const rows: readonly PegaRow[] = pegaTables[config.strategy];
  const phases = rows.map((row, at): PhasePlan => {
    const opensOn = row.opensWhen.map((name) => ({ name, ...pegaGates[name as PegaGateName].page }));
    const { wayBack } = row;
    const before = "row" in wayBack ? rows.find(({ name }) => name === wayBack.row) : undefined;
    return {
      row,
      opensOn,
      changes: changes(config, rows[at - 1], row),
      back: before === undefined ? [] : changes(config, row, before),
    };
  });
  const { release, target, kubernetes } = config;
  const { cluster } = target;
  return pageText({
    stack,
    name: config.name,
    strategy: config.strategy,
    facts: [
      ["release", `${code(release.name)} in namespace ${code(kubernetes[release.kubernetes]!.namespace)}`],
      ["target", "name" in cluster ? `${code(cluster.name)}, ${cluster.kind}` : cluster.kind],
      ["tiers", config.tiers.length === 0 ? "as their nodeType says" : codes(config.tiers.map(({ name }) => name))],
    ],
    needs: [],
    phases,
    after: [],
    timeoutSeconds: config.gates.timeoutSeconds,
  });
}

function changes({ release }: PegaConfig, from: PegaRow | undefined, to: PegaRow): string[] {
  const name = code(release.name);
  if (from === undefined)
    return [
      "The target cluster, and Pega's user where the program makes it.",
      `The release ${name} is taken over as it is.`,
    ];
  const producers: Readonly<Record<PegaRow["producers"], string>> = {
    running: `Tiers of ${name} that produce have the replicas and autoscaling of the values files.`,
    stopped: `Tiers of ${name} that produce go to 0 replicas, without autoscaling; their numbers are noted.`,
    restored: `Tiers of ${name} that produce get the replicas that they had, still without autoscaling.`,
  };
  const stream: Readonly<Record<PegaRow["stream"], string>> = {
    embedded: `Tiers of ${name} use the embedded stream.`,
    external: `The stream tiers of ${name} go, and every tier starts again on the external cluster.`,
  };
  return [
    ...(from.stream === to.stream ? [] : [stream[to.stream]]),
    ...(from.producers === to.producers ? [] : [producers[to.producers]]),
    ...(from.volumes === to.volumes
      ? []
      : [to.volumes === "removed" ? "The volumes of the stream tiers are removed." : "The volumes are kept."]),
  ];
}
