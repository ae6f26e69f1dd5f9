/**
 * Receipts of gates before a row that halts the source: an update that is killed after that, while it deletes, leaves
 * gates that nobody can measure any more.
 */
import type { HaltRef } from "../../gates/inputs.ts";
import { readKafkaObject } from "../kubernetes/operator.ts";
import { readRecord, writeRecord, type RecordRef, type Subjects } from "../ledger/record.ts";
import type { Verdict } from "../model/gates.ts";

const subject = "passed-gates.json";

/** Where receipts are kept, and what makes them count; tests put their own in its place. */
export interface Keeping {
  read(ref: RecordRef): Promise<Subjects>;
  write(ref: RecordRef, change: (subjects: Subjects) => Subjects): Promise<void>;
  isHalted(halts: HaltRef): Promise<boolean>;
}

export const realKeeping: Keeping = {
  read: readRecord,
  write: writeRecord,
  isHalted: async ({ kubernetes, cluster }) => (await readKafkaObject(kubernetes, cluster))?.halted === true,
};

/** What a gate has found when it opened. */
export interface Receipt {
  readonly measuredAt: string;
  readonly sentence: string;
}

/** Receipts by gate. */
export type Receipts = Readonly<Record<string, Receipt>>;

/** Notes that a gate has opened. */
export async function writeReceipt(
  ref: RecordRef,
  gate: string,
  receipt: Receipt,
  keeping = realKeeping,
): Promise<void> {
  await changeReceipts(ref, keeping, (before) => ({ ...before, [gate]: receipt }));
}

/** Before a gate is measured again while the source runs: what it found another day counts no more. */
export async function withdrawReceipt(
  ref: RecordRef,
  halts: HaltRef,
  gate: string,
  keeping = realKeeping,
): Promise<void> {
  if (await keeping.isHalted(halts)) return;
  await changeReceipts(ref, keeping, ({ [gate]: gone, ...others }) => (gone === undefined ? null : others));
}

/** Null changes nothing. */
async function changeReceipts(
  ref: RecordRef,
  keeping: Keeping,
  change: (before: Receipts) => Receipts | null,
): Promise<void> {
  await keeping.write(ref, (subjects) => {
    const after = change(parsed(subjects[subject]));
    return after === null ? subjects : { ...subjects, [subject]: `${JSON.stringify(after, null, 1)}\n` };
  });
}

/** The receipts that count: all gates of the row have opened, and the source is halted. Empty otherwise. */
export async function countingReceipts(ref: RecordRef, halts: HaltRef, keeping = realKeeping): Promise<Receipts> {
  const receipts = parsed((await keeping.read(ref))[subject]);
  if (halts.gates.some((gate) => receipts[gate] === undefined)) return {};
  return (await keeping.isHalted(halts)) ? receipts : {};
}

function parsed(text: string | undefined): Receipts {
  return text === undefined ? {} : (JSON.parse(text) as Receipts);
}

/** What a gate says that cannot be measured, given the receipts that count. Pure. */
export function withReceipt(verdict: Verdict, receipt: Receipt | undefined): Verdict {
  if (verdict.open || !verdict.unmeasured || receipt === undefined) return verdict;
  return {
    open: true,
    sentence: `passed at ${receipt.measuredAt}, before the source was halted: ${receipt.sentence}`,
  };
}
