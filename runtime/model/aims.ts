/**
 * What an acting resource is to bring about in a row, as a short text. Its receipt is the aim of the last create or update
 * that succeeded: one that was skipped, failed or left out of an update (`--target`, `--exclude`,
 * `--continue-on-error`) has another receipt than its aim, whatever else Pulumi says of it. Null: nothing is to be done
 * for the row. Pure.
 */
import type {
  ConnectorPlaceInputs,
  LedgerInputs,
  MirrorStateInputs,
  RemovedSourceInputs,
  SchemaCopyInputs,
  StartInputs,
  SwitchInputs,
} from "./inputs.ts";
import type { RememberInputs, VolumesInputs } from "./pega.ts";
import { moveName } from "./workloads.ts";

export const aims = {
  Gate: (inputs: { readonly row: string; readonly condition: { readonly kind: string }; readonly sealed: boolean }) =>
    inputs.sealed ? null : `${inputs.row}: ${inputs.condition.kind} is open`,
  Switch: ({ row, what, wave, sealed }: Pick<SwitchInputs, "row" | "what" | "wave" | "sealed">) =>
    sealed ? null : `${row}: ${moveName(what, wave)} are moved`,
  Ledger: ({ behind, halts, wayBack }: Pick<LedgerInputs, "behind" | "halts" | "wayBack">) =>
    `moved: ${behind.join(", ") || "nobody"}${wayBack?.closes ? "; the way back is closed" : ""}${halts === undefined ? "" : `; passed: ${halts.gates.join(", ")}`}`,
  Running: () => "the source runs",
  SchemaCopy: ({ desired }: Pick<SchemaCopyInputs, "desired">) => `schemas: ${desired}`,
  MirrorState: ({ desired }: Pick<MirrorStateInputs, "desired">) => `mirror: ${desired}`,
  WayBack: () => "the way back is open",
  ConnectorPlace: ({ side, settings }: Pick<ConnectorPlaceInputs, "side" | "settings">) => `${side} ${settings}`,
  Start: ({ side, addresses }: Pick<StartInputs, "side" | "addresses">) => `${side} ${addresses}`,
  RememberReplicas: ({ row }: Pick<RememberInputs, "row">) => `${row}: replicas are noted`,
  FormerReplicas: ({ release }: { readonly release: string }) => `replicas of release ${release}`,
  RemovedSource: ({ confirmed }: Pick<RemovedSourceInputs, "confirmed">) => `removed: ${confirmed}`,
  RemovedVolumes: ({ names }: Pick<VolumesInputs, "names">) => `removed: ${names.join(", ") || "none"}`,
} as const;

export type Aiming = keyof typeof aims;
