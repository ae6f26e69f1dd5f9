/** A stack's config as it is written, to be broken in ways that no type allows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a broken config has no type
export type Raw = any;

/** What is broken, the edit of Pulumi.dev.yaml that breaks it, and the one problem that it must be told as. */
export type BrokenConfig = readonly [what: string, edit: (raw: Raw) => unknown, path: string, message: string];
