/** Modes that places of the source had of their own before they were READONLY; null where none was set. */
export type FormerModes = Readonly<Record<string, string | null>>;

/** Where former modes are kept, so that they outlive the process. */
export interface ModesJournal {
  /** Null if no switch has begun to change modes on either side; empty where the source has none. */
  modes(): FormerModes | null;
  setModes(former: FormerModes | null): Promise<void>;
}
