import type { CatalogLog } from "../../lab/vendor/catalog.ts";
import type { TopicDecoded } from "../../lab/vendor/decode-topic.ts";
import { isWhole, type LinesAudit } from "../../lab/vendor/lines.ts";
import type { RightsAudit } from "../../lab/vendor/rights.ts";

/** What a move to a vendor gave besides the traffic's audit. */
export interface VendorOutcome {
  /** Rights of the applications' users on the target, compared with those on the source. */
  readonly rights: RightsAudit;
  /** Every record of the Avro topic, read on the target through the target's registry. */
  readonly decoded: TopicDecoded;
  /** A file through a source connector, a topic and a sink, both of which moved. */
  readonly lines: LinesAudit;
  /** An application that came to the target with a new schema while the registry imported. */
  readonly registration: CatalogLog;
}

/** Why a move was no success, besides what the traffic's audit says; empty where it was. */
export function vendorProblems(outcome: VendorOutcome | undefined): string[] {
  if (outcome === undefined) return ["rights, schemas and connectors were not audited"];
  const { rights, decoded, lines, registration } = outcome;
  const problems = [
    ...rights.missing.map((right) => `missing on the target: ${right}`),
    ...rights.extra.map((right) => `only on the target: ${right}`),
  ];
  if (decoded.acknowledged === 0) problems.push("no Avro record was written");
  if (decoded.decoded < decoded.acknowledged || decoded.undecodable + decoded.wrongIds > 0)
    problems.push(
      `of ${decoded.acknowledged} Avro records ${decoded.decoded} are read on the target as they were written; ` +
        `${decoded.undecodable} cannot be read, ${decoded.wrongIds} have another id`,
    );
  if (!isWhole(lines))
    problems.push(
      `of ${lines.written} lines the connectors lost ${lines.lost}, repeated ${lines.repeated}, brought ` +
        `${lines.outOfOrder} out of order and ${lines.unexpected} that were never written`,
    );
  if (registration.firstRefusal === null) problems.push("no new schema was refused while the registry imported");
  if (registration.records === 0) problems.push("the producer whose schema was refused did not recover");
  return problems;
}

/** The outcome as lines of text. */
export function vendorLines(outcome: VendorOutcome | undefined): string[] {
  if (outcome === undefined) return [];
  const { rights, decoded, lines, registration } = outcome;
  const count = (number: number): string => number.toLocaleString("en");
  return [
    "",
    `rights: ${rights.users} users with ${rights.rights} rights on the target; ${rights.missing.length} missing, ${rights.extra.length} too many`,
    `schemas: ${count(decoded.decoded)} of ${count(decoded.acknowledged)} Avro records read through the target's registry, ` +
      `each by the id it was written with; ${decoded.undecodable} unreadable, ${decoded.wrongIds} under another id`,
    `connectors: ${count(lines.read)} of ${count(lines.written)} lines went through source connector, topic and sink; ` +
      `${lines.lost} lost, ${lines.repeated} repeated, ${lines.outOfOrder} out of order`,
    registrationLine(registration),
  ];
}

export function registrationLine({ refusals, firstRefusal, schemaId, records, ...at }: CatalogLog): string {
  if (firstRefusal === null) return "new schema: it was never refused";
  const { firstRefusalAt, firstWriteAt } = at;
  if (firstWriteAt === null) return `new schema: refused ${refusals} times (${firstRefusal})`;
  const seconds = ((firstWriteAt - (firstRefusalAt ?? firstWriteAt)) / 1000).toFixed(0);
  return (
    `new schema: refused ${refusals} times (${firstRefusal}); taken as id ${schemaId} once the registry was open, ` +
    `${seconds} s after the first attempt, ${records} records since`
  );
}
