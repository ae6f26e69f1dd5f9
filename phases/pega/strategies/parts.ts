/** What rows of both strategies of Pega have in common: columns to begin with, and whole rows. */
import type { PegaRow } from "../row.ts";

export const untouched = {
  producers: "running",
  stream: "embedded",
  volumes: "kept",
} as const satisfies Partial<PegaRow>;

export const external = {
  producers: "running",
  stream: "external",
  volumes: "kept",
} as const satisfies Partial<PegaRow>;

export const prepare = {
  name: "prepare",
  purpose: "the target cluster and Pega's user stand; the release is taken over as it runs",
  ...untouched,
  opensWhen: [],
  wayBack: { none: "no way back: it is the first row" },
} as const satisfies PegaRow;

export const written = "no way back: what Pega has written to the external cluster since would stay there";

export const retire = {
  name: "retire",
  purpose: "the volumes of the stream tiers go, by their names; nothing else holds what was in the embedded stream",
  ...external,
  volumes: "removed",
  opensWhen: ["tiers-ready", "stream-in-use", "stream-read", "soaked", "volumes-named"],
  wayBack: { none: "no way back: the volumes are gone" },
} as const satisfies PegaRow;
