import { audit, type Audit, type AuditOptions, type GroupAudit, type SchemaAudit } from "./audit.ts";
import { isWholeChain, type ChainAudit } from "./audit-chains.ts";
import { linesOf, logFiles } from "./log-lines.ts";
import { usualTraffic, type TrafficSet } from "./workloads.ts";

/** Audits the logs below a directory against the groups of the lab's traffic. */
export function auditDirectory(
  directory: string,
  times: Pick<AuditOptions, "writtenUntil" | "steadyUntil"> = {},
  { consumers, services = [], compactedTopics }: TrafficSet = usualTraffic,
): Audit {
  return audit(logFiles(directory).map(linesOf), {
    groups: Object.fromEntries(
      [...consumers, ...consumers.flatMap(({ more = [] }) => more), ...services].map(({ group, reads }) => [
        group,
        reads,
      ]),
    ),
    links: services.flatMap(({ name, routes }) => routes.map((route) => ({ service: name, ...route }))),
    compactedTopics,
    ...times,
  });
}

/** The audit as lines of text: a table of the groups, the totals and the first records found wrong. */
export function auditTable(result: Omit<Audit, "perSecond">): string[] {
  const sides = Object.keys(result.groups[0]?.read ?? {}).sort();
  const readThere = sides.map((side) => `read on ${side}`);
  const heading = ["group", "acknowledged", "processed", ...readThere, "lost", "redelivered", "out of order"];
  const shown = result.groups.length <= groupsShown ? result.groups : worthShowing(result.groups);
  const rows = shown.map((group) => {
    const { acknowledged, processed, lost, redelivered, outOfOrder } = group;
    const read = sides.map((side) => group.read[side] ?? 0);
    const numbers = [acknowledged, processed, ...read, lost, redelivered, outOfOrder];
    return [group.group, ...numbers.map((n) => n.toLocaleString("en"))];
  });
  const widths = heading.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  ");
  const notes = result.groups.flatMap(({ group, compactedAway, others, corrupt, unexpected }) =>
    [
      compactedAway > 0 && `${group}: ${compactedAway} records were compacted away before they were read (not lost)`,
      others > 0 && `${group}: ${others} records from before the traffic, checked for redelivery only`,
      corrupt > 0 && `${group}: ${corrupt} records do not fit their hash`,
      unexpected > 0 && `${group}: ${unexpected} records were aborted or never sent, yet processed`,
    ].filter((note) => note !== false),
  );
  return [
    line(heading),
    ...rows.map(line),
    ...(shown.length < result.groups.length ? [othersLine(result.groups.filter((one) => !shown.includes(one)))] : []),
    "",
    `lost ${result.lost}, redelivered ${result.redelivered}, outOfOrder ${result.outOfOrder}` +
      (result.outOfOrder === 0 ? "" : ` (${result.outOfOrderWithinSide} of them among records of one cluster)`),
    `${result.acknowledged.toLocaleString("en")} records acknowledged, ${result.aborted} aborted, ${result.unknown} sent without an answer`,
    `longest pause: writing ${result.writePauseSeconds.toFixed(1)} s, reading ${result.readPauseSeconds.toFixed(1)} s`,
    ...(result.chains ? chainLines(result.chains) : []),
    ...(result.schemas ? [schemaLine(result.schemas)] : []),
    ...notes,
    ...result.offences.map(
      ({ kind, group, topic, key, seq }) => `${kind}: ${topic} key ${key} number ${seq} in ${group}`,
    ),
  ];
}

/** Groups that a table has a line for each of. */
const groupsShown = 30;

/** Of many groups those with something wrong, and those that read most. */
function worthShowing(groups: Audit["groups"]): Audit["groups"] {
  const faults = ({ lost, redelivered, outOfOrder, corrupt, unexpected }: GroupAudit): number =>
    lost + redelivered + outOfOrder + corrupt + unexpected;
  return groups.toSorted((a, b) => faults(b) - faults(a) || b.acknowledged - a.acknowledged).slice(0, groupsShown / 3);
}

function othersLine(groups: Audit["groups"]): string {
  const sum = (what: "acknowledged" | "processed" | "lost" | "redelivered" | "outOfOrder"): string =>
    groups.reduce((total, group) => total + group[what], 0).toLocaleString("en");
  return (
    `${groups.length} more groups: ${sum("acknowledged")} acknowledged, ${sum("processed")} processed, lost ${sum("lost")}, ` +
    `redelivered ${sum("redelivered")}, out of order ${sum("outOfOrder")}`
  );
}

function chainLines(chains: ChainAudit): string[] {
  const { inputs, links } = chains;
  const count = (of: number): string => of.toLocaleString("en");
  if (isWholeChain(chains)) {
    const routes = links.map(({ from, to }) => `${from} > ${to}`).join(", ");
    return [`chain: each input exactly one output (${count(inputs)} inputs; ${routes})`];
  }
  return links
    .filter((link) => !isWholeChain({ ...link, links: [] }))
    .map(
      ({ service, from, to, ...link }) =>
        `chain: ${service} made of ${count(link.inputs)} records of ${from} in ${to}: ` +
        `${count(link.missing)} none, ${count(link.repeated)} more than once, ${count(link.unexpected)} of nothing`,
    );
}

function schemaLine({ decoded, wrongIds }: SchemaAudit): string {
  const sides = Object.keys(decoded).sort();
  const counts = sides.map((side) => `${(decoded[side] ?? 0).toLocaleString("en")} on ${side}`);
  return `values read by the schema they were written with: ${counts.join(", ")}; by another: ${wrongIds}`;
}
