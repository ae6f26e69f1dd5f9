/** What a server that offers this API keeps of its promises. */
export interface Dialect {
  /** What stands before every path. */
  readonly basePath: string;
  /**
   * honoured: IMPORT lets ids be chosen, everything else refuses them. stored: a mode is kept and answered, and nothing
   * reads it. read-only: always READWRITE, there is no way to set it. unsupported: every question about it is refused.
   */
  readonly modes: "honoured" | "stored" | "read-only" | "unsupported";
  /** Whether ids and versions in a request are obeyed; if not they are dropped without a word. */
  readonly chosenIds: boolean;
  readonly contexts: "many" | "default" | "none";
  readonly exporters: "none" | "empty";
}

/** Servers by name; only the first one can take schemas over with their ids, the others are there for tests. */
export const dialects = {
  confluent: { basePath: "", modes: "honoured", chosenIds: true, contexts: "many", exporters: "none" },
  karapace: { basePath: "", modes: "read-only", chosenIds: false, contexts: "none", exporters: "none" },
  "apicurio-2": {
    basePath: "/apis/ccompat/v7",
    modes: "unsupported",
    chosenIds: false,
    contexts: "none",
    exporters: "none",
  },
  "apicurio-3": {
    basePath: "/apis/ccompat/v7",
    modes: "stored",
    chosenIds: false,
    contexts: "default",
    exporters: "empty",
  },
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
