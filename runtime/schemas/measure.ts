/** What gates measure of the registries. Nothing is left behind; only the probe writes, and cleans up after itself. */
import { journalledModes } from "../ledger/lease.ts";
import { patienceUntil } from "../model/patience.ts";
import type { Scope } from "../model/scope.ts";
import type { RegistryRest } from "../registry/rest.ts";
import { compare } from "./compare.ts";
import { readBoth } from "./copy.ts";
import { ownershipOf, type Both } from "./import-mode.ts";
import { probeImport } from "./probe.ts";
import { withRegistries } from "./registries.ts";

/** Both registries, and whether a switch is in progress. */
export interface RegistriesReading extends Both {
  /** True while modes that a switch has changed are not put back. */
  readonly switching: boolean;
}

export interface ImportReading extends RegistriesReading {
  /** Why the target cannot import, null if it can; absent where that needs no probe any more. */
  readonly probed?: string | null;
}

/** A capability lasts; a refusal may be fixed at once, but not between two readings of one gate. */
const cannotMilliseconds = 30_000;
const probes = new Map<string, { readonly at: number; readonly why: Promise<string | null> }>();

export async function readRegistries(scope: Scope, deadline: number): Promise<RegistriesReading> {
  return withRegistries(scope, patienceUntil(deadline), async (registries) => ({
    ...(await readBoth(registries)),
    switching: (await journalledModes(scope)) !== null,
  }));
}

/** The same, and a probe of the target unless it holds a copy already or something else. */
export async function readImporting(scope: Scope, deadline: number): Promise<ImportReading> {
  const reading = await readRegistries(scope, deadline);
  const ownership = ownershipOf(reading, compare(reading.source, reading.target));
  const begun = reading.switching || reading.target.versions.size > 0;
  if (begun || ownership.kind === "foreign" || ownership.kind === "equal") return reading;
  // Not within the time of a preview: what was begun must be cleaned up.
  return withRegistries(scope, {}, async ({ target }) => ({
    ...reading,
    probed: await probedOnce(target, () => probeImport(target, reading.target)),
  }));
}

function probedOnce(target: RegistryRest, probe: () => Promise<string | null>): Promise<string | null> {
  const key = JSON.stringify(target.endpoint);
  const known = probes.get(key);
  if (known !== undefined && Date.now() - known.at < cannotMilliseconds) return known.why;
  const why = probe();
  probes.set(key, { at: Date.now(), why });
  why.then(
    (found) => found === null && probes.set(key, { at: Number.POSITIVE_INFINITY, why }),
    () => probes.delete(key),
  );
  return why;
}
