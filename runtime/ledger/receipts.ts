/**
 * What is written down before a row halts the source: receipts of its gates, which nobody can measure once it is halted,
 * and the source's own settings, so that a way back can start it as it was.
 */
import { readKafkaObject, restoreHalted } from "../kubernetes/operator.ts";
import type { HaltRef, Receipts, AnyVerdict, Receipt } from "../model/gates.ts";
import { readRecord, writeRecord, type RecordRef, type Subjects } from "./record.ts";

const subject = "passed-gates.json";
const formerSubject = "source-before-halt.json";

/** Writes down what the gates of a row have found, once all of them are open and the source is about to be halted. */
export async function writeReceipts(ref: RecordRef, halts: HaltRef, receipts: Receipts): Promise<void> {
  const object = await readKafkaObject(halts.kubernetes, halts.cluster);
  // What was read back from receipts is not written again.
  if (object?.halted) return;
  const texts = { [subject]: jsonText(receipts), [formerSubject]: jsonText(object?.beforeHalt ?? {}) };
  await writeRecord(ref, (subjects) => ({ ...subjects, ...texts }));
}

/** Before a gate is measured again while the source runs: what gates found another day counts no more. */
export async function withdrawReceipts(ref: RecordRef, halts: HaltRef): Promise<void> {
  if (!(await isHalted(halts))) await forget(ref);
}

/** The receipts that count: all gates of the row have opened, and the source is halted. Empty otherwise. */
export async function countingReceipts(ref: RecordRef, halts: HaltRef): Promise<Receipts> {
  const receipts = receiptsIn(await readRecord(ref));
  if (halts.gates.some((gate) => receipts[gate] === undefined)) return {};
  return (await isHalted(halts)) ? receipts : {};
}

/** Whether this migration has halted the source, or was about to. */
export async function hasHalted(ref: RecordRef): Promise<boolean> {
  return (await readRecord(ref))[subject] !== undefined;
}

/**
 * Starts a source again that this migration has halted, with the settings that it had before. Returns once its operator
 * reports it ready. Does nothing where no row has halted it: its owners have, if anybody has.
 */
export async function startSource(ref: RecordRef, halts: HaltRef, readySeconds: number): Promise<void> {
  const subjects = await readRecord(ref);
  if (subjects[subject] === undefined) return;
  const { [formerSubject]: former = "{}" } = subjects;
  await restoreHalted(halts.kubernetes, halts.cluster, JSON.parse(former) as Record<string, unknown>, readySeconds);
  // At last: an update that was killed before it starts the source once more.
  await forget(ref);
}

async function forget(ref: RecordRef): Promise<void> {
  await writeRecord(ref, (subjects) => {
    const { [subject]: receipts, [formerSubject]: former, ...others } = subjects;
    return receipts === undefined && former === undefined ? subjects : others;
  });
}

const isHalted = async ({ kubernetes, cluster }: HaltRef): Promise<boolean> =>
  (await readKafkaObject(kubernetes, cluster))?.halted === true;

const jsonText = (value: object): string => `${JSON.stringify(value, null, 1)}\n`;

function receiptsIn({ [subject]: text }: Subjects): Receipts {
  return text === undefined ? {} : (JSON.parse(text) as Receipts);
}

/** What a gate says that cannot be measured, given the receipts that count. Pure. */
export function withReceipt(verdict: AnyVerdict, receipt: Receipt | undefined): AnyVerdict {
  if (verdict.open || !verdict.unmeasured || receipt === undefined) return verdict;
  return {
    open: true,
    sentence: `passed at ${receipt.measuredAt}, before the source was halted: ${receipt.sentence}`,
  };
}
