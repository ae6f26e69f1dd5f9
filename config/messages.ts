import { z } from "zod";

type Issue = z.core.$ZodRawIssue;

const nouns: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys",
  record: "a map of keys",
  null: "nothing",
};

/**
 * Says what an issue found, what is allowed and, if it is not obvious, what to do. A found value is quoted
 * only where it is a word from a list or a number, never where it could be a password.
 */
export const explain: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "unrecognized_keys":
      return `not known here; allowed: ${Object.keys(shapeOf(issue)).join(", ")}`;
    case "invalid_type":
      return issue.input === undefined ? missing(issue) : wrongType(issue.expected, issue.input);
    case "invalid_value":
      return notOneOf(issue.input, issue.values);
    case "invalid_union":
      return issue.inclusive === false || !issue.discriminator ? wrongForm(issue) : wrongKind(issue);
    case "too_small":
      return tooSmall(issue.origin, Number(issue.minimum), issue.input);
    case "too_big":
      return tooBig(issue.origin, Number(issue.maximum), issue.input);
    default:
      return undefined;
  }
};

function missing({ inst, expected }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  const description = inst instanceof z.ZodType ? inst.description : undefined;
  return description ? `missing: ${description}` : `missing; allowed: ${nounOf(expected)}`;
}

function wrongType(expected: string, input: unknown): string {
  const found = Array.isArray(input) ? "array" : input === null ? "null" : typeof input;
  const quote = expected === "string" && (found === "number" || found === "boolean") ? "; write it in quotes" : "";
  const unquote = expected === "number" && found === "string" ? "; write it as digits without quotes" : "";
  const value = expected === "int" ? String(input) : nounOf(found);
  return `found ${value}; allowed: ${nounOf(expected)}${quote}${unquote}`;
}

function notOneOf(input: unknown, values: readonly unknown[]): string {
  const allowed = values.map(String).join(", ");
  return input === undefined ? `missing; allowed: ${allowed}` : `found ${JSON.stringify(input)}; allowed: ${allowed}`;
}

function wrongKind(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const found = (issue.input as Record<string, unknown>)[issue.discriminator!];
  return notOneOf(
    found,
    ((issue as { options?: readonly unknown[] }).options ?? []).filter((option) => option !== undefined),
  );
}

/** A union without a discriminator: each form is shown as the set of its keys. */
function wrongForm(issue: Issue): string {
  const { inst, input } = issue;
  const forms =
    inst instanceof z.ZodUnion ? inst.options.map((form) => `{${Object.keys(shape(form)).join(", ")}}`) : [];
  const found =
    typeof input === "object" && input !== null ? `{${Object.keys(input).join(", ")}}` : nounOf(typeof input);
  return `${input === undefined ? "missing" : `found ${found}`}; allowed: ${forms.join(" or ")}`;
}

function tooSmall(origin: string, minimum: number, input: unknown): string {
  if (origin === "array") return `empty; allowed: ${minimum} or more entries`;
  if (origin !== "string") return `found ${String(input)}; allowed: ${minimum} or more`;
  return minimum === 1
    ? "empty; allowed: any text"
    : `found ${String(input).length} characters; allowed: ${minimum} or more`;
}

function tooBig(origin: string, maximum: number, input: unknown): string {
  const found = origin === "string" ? `${String(input).length} characters` : String(input);
  return `found ${found}; allowed: at most ${maximum}`;
}

const nounOf = (type: string): string => nouns[type] ?? type;

const shape = (schema: unknown): object => (schema instanceof z.ZodObject ? schema.shape : {});

const shapeOf = (issue: Issue): object => shape(issue.inst);
