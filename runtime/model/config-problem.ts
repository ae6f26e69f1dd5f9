/** One thing that is wrong in a config: where, and what is allowed or what to do. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** One problem if something is wrong, else none. */
export const wrong = (when: boolean, path: string, message: string): Problem[] => (when ? [{ path, message }] : []);
