/** The registries as a row wants them: untouched, copied under IMPORT, or the target open for producers. */
import { watchInterrupts } from "../ledger/interrupts.ts";
import { awaitNoSwitch, journalledModes, leaseSeconds, takeLease } from "../ledger/lease.ts";
import { readLedger } from "../ledger/ledger.ts";
import type { SchemaCopyInputs } from "../model/inputs.ts";
import { settled } from "../model/measured-within.ts";
import { count } from "../model/words.ts";
import { moveTitle } from "../model/workloads.ts";
import { writersEntry } from "../model/writers-entry.ts";
import { amount, compare } from "../schemas/compare.ts";
import { configsToCopy, copySchemas, readBoth, type Registries } from "../schemas/copy.ts";
import { notOpen, openTarget, ownershipOf, refusal } from "../schemas/import-mode.ts";
import { withRegistries } from "../schemas/registries.ts";
import { putSchemasBack } from "./schemas.ts";

/** Time limits in a preview: for all of it, and for each request. */
const glanceMilliseconds = 15_000;
const glance = { requestMilliseconds: 2_000, deadlineMilliseconds: 3_000 } as const;

/**
 * What an update has to do, as sentences such as `12 versions of 3 subjects to copy`; empty when all is well. Never
 * rejects: registries that do not answer are printed, and the update asks them again.
 */
export async function schemasPending(inputs: SchemaCopyInputs): Promise<string[]> {
  const { scope } = inputs;
  const found = await settled("the registries", Date.now() + glanceMilliseconds, async () => {
    const leftover = await leftBehind(inputs);
    if (inputs.desired === "source") return leftover;
    return withRegistries(scope, glance, async (registries) => [...leftover, ...(await toDo(inputs, registries))]);
  });
  if ("value" in found) {
    for (const sentence of found.value) console.log(`schemas: ${sentence}`);
    return found.value;
  }
  console.log(`schemas: could not be read from here: ${found.error}`);
  return [];
}

/** Brings the registries into the row's state. Rejects with nothing forced if it cannot be reached. */
export async function ensureSchemas(inputs: SchemaCopyInputs): Promise<void> {
  const { scope, desired, waitSeconds } = inputs;
  const log = (line: string) => console.log(`schemas: ${line}`);
  await awaitNoSwitch(scope, waitSeconds, log);
  if ((await leftBehind(inputs)).length > 0) await putBackLeftovers(inputs, log);
  if (desired === "source") return;
  const interrupts = watchInterrupts();
  const confirm = async () => {
    const reason = interrupts.reason();
    if (reason !== null) throw new Error(`${reason}; the copy continues with the next pulumi up`);
  };
  try {
    await withRegistries(scope, { confirm }, async (registries) => {
      if (desired === "target") return ensureOpen(inputs, registries, log);
      const { versions, deleted, configs, both } = await copySchemas(registries, log);
      const held = amount([...both.target.versions.values()]);
      log(
        `the target holds ${held}; ${count(versions, "version")}, ${count(deleted, "soft-delete")} and ` +
          `${count(configs, "config")} copied`,
      );
    });
  } finally {
    interrupts.end();
  }
}

/** What was left by a switch that was killed, or that is no longer behind the row. */
async function leftBehind({ scope, desired }: SchemaCopyInputs): Promise<string[]> {
  if (desired === "target" || (await journalledModes(scope)) === null) return [];
  return [
    "modes that a switch has changed have to be put back: the source's to what they were, the target's to IMPORT",
  ];
}

async function putBackLeftovers({ scope, row }: SchemaCopyInputs, log: (line: string) => void): Promise<void> {
  const entry = writersEntry(await readLedger(scope), scope);
  if (entry !== null) {
    throw new Error(
      `phase "${row}" comes before the switch of ${moveTitle(entry.switch, entry.wave)}, whose ledger entry ${entry.number} still holds`,
    );
  }
  const lease = await takeLease(scope, 4 * leaseSeconds, log);
  try {
    await withRegistries(scope, { confirm: lease.confirm }, async (schemas) => {
      const left = await putSchemasBack({ schemas, journal: lease, log });
      if (left !== null) throw new Error(left);
    });
  } finally {
    await lease.release();
  }
}

async function toDo({ desired }: SchemaCopyInputs, registries: Registries): Promise<string[]> {
  const both = await readBoth(registries);
  if (desired === "target") {
    return (await notOpen(registries.target, both)).map(({ sentence }) => `${sentence}, expected READWRITE`);
  }
  const difference = compare(both.source, both.target);
  const ownership = ownershipOf(both, difference);
  if (ownership.kind === "equal" || ownership.kind === "foreign") return [refusal(both.target, ownership)];
  const { missing, undeleted } = difference;
  const configs = await configsToCopy(registries, both.source);
  return [
    ...(ownership.kind === "empty" && both.modes.get("") !== "IMPORT"
      ? ["IMPORT to set on the target's registry"]
      : []),
    ...(missing.length > 0 ? [`${amount(missing)} to copy`] : []),
    ...(undeleted.length > 0 ? [`${amount(undeleted)} to delete softly`] : []),
    ...(configs.length > 0 ? [`${count(configs.length, "config")} to copy`] : []),
  ];
}

// The switch opens the target; what is found here was changed since, or lost by a restart from a backup.
async function ensureOpen({ scope, row }: SchemaCopyInputs, registries: Registries, log: (line: string) => void) {
  const both = await readBoth(registries);
  const closed = await notOpen(registries.target, both);
  if (closed.length === 0) return;
  if (writersEntry(await readLedger(scope), scope) === null) {
    throw new Error(`phase "${row}" has producers on the target, but no ledger entry says that they were switched`);
  }
  const sentences = closed.map(({ sentence }) => sentence).join(", ");
  if (closed.some(({ mode }) => mode !== "IMPORT")) {
    throw new Error(`${sentences}, expected READWRITE; find out who set that, and why`);
  }
  await openTarget(registries.target, both);
  log(`${sentences}: set to READWRITE again`);
}
