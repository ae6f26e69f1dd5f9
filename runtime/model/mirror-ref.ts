import type { MirrorRef, ReverseRef, Scope } from "./scope.ts";

/** The mirror of a migration that copies records. Throws where there is none: nothing of it may be asked or changed. */
export function mirrorOf({ mirror }: Pick<Scope, "mirror">): MirrorRef {
  if (mirror === null) throw new Error("this migration has no mirror");
  return mirror;
}

/** The mirror back of a scope. Throws where it has none of its own. */
export function reverseOf(scope: Pick<Scope, "mirror">): ReverseRef {
  const { reverse } = mirrorOf(scope);
  if (reverse === undefined) throw new Error("this migration has no mirror back");
  return reverse;
}

/** All connectors of the mirror; none where nothing is copied. */
export const connectorsOf = ({ mirror }: Scope): readonly string[] =>
  mirror === null ? [] : [...mirror.sourceConnectors, ...mirror.otherConnectors];

/** The connectors through which records pass; none where nothing is copied. */
export const sourceConnectorsOf = ({ mirror }: Scope): readonly string[] => mirror?.sourceConnectors ?? [];
