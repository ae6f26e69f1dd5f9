/** The context that subjects without a prefix are in. */
export const defaultContext = ".";

/** Where the mode and the config of every context stand. */
export const everyContext = ":.__GLOBAL:";

/** Where the mode and the config of the default context stand. */
export const globalScope = "";

/** A subject as the API names it, taken apart: `:.old:orders` is `orders` in the context `.old`. */
export interface QualifiedSubject {
  /** `.`, `.old` */
  readonly context: string;
  /** Empty for a context as a whole: `:.old:`. */
  readonly name: string;
}

/** Splits a subject; a name that only holds colons is a plain one. */
export function parseSubject(subject: string): QualifiedSubject {
  const match = /^:(\.[^:]*):(.*)$/s.exec(subject);
  return match ? { context: match[1]!, name: match[2]! } : { context: defaultContext, name: subject };
}

/** The one way in which a subject is stored. */
export function formatSubject({ context, name }: QualifiedSubject): string {
  return context === defaultContext ? name : `:${context}:${name}`;
}

/** A subject as it is stored, in a context unless it names one itself. */
export function qualify(subject: string, context = defaultContext): string {
  const parsed = parseSubject(subject);
  return formatSubject(parsed.context === defaultContext ? { context, name: parsed.name } : parsed);
}

export const contextOf = (subject: string): string => parseSubject(subject).context;

/** Whether a scope covers a subject: the subject itself, its context, the default context, every context. */
export function isInScope(subject: string, scope: string): boolean {
  if (scope === everyContext || scope === subject) return true;
  const { context, name } = parseSubject(scope);
  return name === "" && contextOf(subject) === context;
}

/** Whose mode and config a subject or context follows, the nearest first. */
export function scopesOf(scope: string): string[] {
  const { context } = parseSubject(scope);
  return [...new Set([scope, formatSubject({ context, name: "" }), everyContext])];
}

/** The subjects a `subjectPrefix` selects: `orders`, `:.old:orders`, `:*:` and `:*:orders`. */
export function hasPrefix(subject: string, prefix: string): boolean {
  const everywhere = /^:\*:(.*)$/s.exec(prefix);
  if (everywhere) return parseSubject(subject).name.startsWith(everywhere[1]!);
  const wanted = parseSubject(prefix);
  const found = parseSubject(subject);
  return found.context === wanted.context && found.name.startsWith(wanted.name);
}
