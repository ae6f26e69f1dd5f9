/** The part of JSONPath (RFC 9535) that finds numbers in an answer: names, indexes, wildcards, descendants. */

type Step =
  { readonly name: string } | { readonly index: number } | { readonly all: true } | { readonly everywhere: string };

const stepForms: readonly (readonly [RegExp, (text: string) => Step])[] = [
  [/^\.\.([\w-]+)/, (everywhere) => ({ everywhere })],
  [/^\.\*/, () => ({ all: true })],
  [/^\[\*\]/, () => ({ all: true })],
  [/^\.([\w-]+)/, (name) => ({ name })],
  [/^\['([^']*)'\]/, (name) => ({ name })],
  [/^\["([^"]*)"\]/, (name) => ({ name })],
  [/^\[(\d+)\]/, (index) => ({ index: Number(index) })],
];

/** Everything that a path finds, in the order of the document. Throws a sentence if the path is not understood. Pure. */
export function jsonPath(path: string, document: unknown): unknown[] {
  return steps(path).reduce<unknown[]>((found, step) => found.flatMap((value) => follow(value, step)), [document]);
}

function steps(path: string): Step[] {
  const found: Step[] = [];
  let rest = path.startsWith("$") ? path.slice(1) : null;
  while (rest !== null && rest !== "") {
    const text: string = rest;
    const form = stepForms.find(([pattern]) => pattern.test(text));
    const match = form?.[0].exec(text);
    if (form === undefined || match == null) rest = null;
    else {
      found.push(form[1](match[1] ?? ""));
      rest = text.slice(match[0].length);
    }
  }
  if (rest === null) {
    throw new Error(
      `JSONPath "${path}" is not understood; allowed are $ and behind it .name, ['name'], [0], [*], .* and ..name, ` +
        `for example $.queues[*].readyToProcess`,
    );
  }
  return found;
}

function follow(value: unknown, step: Step): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if ("index" in step) return Array.isArray(value) && step.index < value.length ? [value[step.index]] : [];
  if ("all" in step) return Object.values(value);
  if ("everywhere" in step) {
    const below = Object.values(value).flatMap((one) => follow(one, step));
    return [...own(value, step.everywhere), ...below];
  }
  return own(value, step.name);
}

const own = (value: object, name: string): unknown[] =>
  !Array.isArray(value) && Object.hasOwn(value, name) ? [(value as Readonly<Record<string, unknown>>)[name]] : [];
