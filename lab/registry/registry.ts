import { Journal } from "./journal.ts";
import { State, type Change } from "./state.ts";

/** What the operations of a registry work on. */
export interface Registry {
  readonly state: State;
  /** False refuses every change of a mode: the server's `mode.mutability`. */
  readonly modeMutability: boolean;
  /** False keeps modes and lets nothing depend on them. */
  readonly obeysModes: boolean;
  /** Stores the changes of one operation, all of them or none. */
  commit(changes: readonly Change[]): void;
  close(): void;
}

/** Opens the registry whose storage is in a directory. */
export function openRegistry(
  directory: string,
  options: Partial<Pick<Registry, "modeMutability" | "obeysModes">> = {},
): Registry {
  const state = new State();
  const journal = new Journal(directory, (change) => state.apply(change));
  return {
    state,
    modeMutability: options.modeMutability ?? true,
    obeysModes: options.obeysModes ?? true,
    commit(changes) {
      if (changes.length === 0) return;
      journal.append(changes);
      for (const change of changes) state.apply(change);
    },
    close: () => journal.close(),
  };
}
