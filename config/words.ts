import { z } from "zod";

/** What a text that is no secret may look like when it is quoted: a password is rarely of this form. */
const plain = /^[\w.:*,/$^+-]{1,60}$/;

/** `found "…"` for a value of a field that never holds a password; what looks odd is not repeated. */
export function found(value: unknown): string {
  if (value === "") return "empty";
  return typeof value === "string" && plain.test(value) ? `found "${value}"` : "found text of another form";
}

/** A text of a form: the message says what was found and what is allowed. */
export function form(pattern: RegExp, allowed: string) {
  return z.string().regex(pattern, { error: ({ input }) => `${found(input)}; allowed: ${allowed}` });
}

const label = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const letters = "lower-case letters, digits and inner hyphens";

/** Name of a namespace, service or pod. */
export const labelName = () => form(label, `${letters}, at most 63 characters`);

/** Name of any other object. */
export const objectName = () => form(subdomain, `${letters} or dots, at most 253 characters`);

/** Name of a Secret. What is found is never repeated: people put the password itself here. */
export const secretName = () =>
  z
    .string()
    .regex(
      subdomain,
      `found text that is no Secret's name; allowed: ${letters} or dots; name the Secret, never its content`,
    );

/** Key in a ConfigMap or Secret. */
export const dataKey = () => form(/^[-._a-zA-Z0-9]{1,253}$/, "letters, digits, dot, hyphen, underscore");

/** `host:port` of a broker; the host may be an IPv6 address in brackets. */
export const hostPort = z.string().superRefine((input, context) => {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^\s:,/@[\]]+):(\d+)$/.exec(input) ?? [];
  const complain = (message: string) => context.addIssue({ code: "custom", message });
  if (host === undefined) complain(`${found(input)}; allowed: host:port, one broker per entry`);
  else if (Number(port) < 1 || Number(port) > 65_535) complain(`found port ${port}; allowed: 1 to 65535`);
});

/** Base URL of a REST API. An address is never repeated: it may hold a user and a password. */
export const restUrl = z.string().superRefine((input, context) => {
  const complain = (message: string) => context.addIssue({ code: "custom", message });
  const url = URL.canParse(input) ? new URL(input) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    complain("found text of another form; allowed: http://host:port or https://host:port");
  } else if (url.username !== "" || url.password !== "") {
    complain(
      "found an address with a user in it; allowed: http://host:port; credentials belong into a Secret, which is named beside it",
    );
  }
});

/** Why something unusual is wanted. */
export const reason = () => z.string().min(10).describe("why, in words, for the next reader");

const aDay = (min: number) =>
  z
    .int()
    .min(min)
    .max(86_400, { error: ({ input }) => `found ${String(input)}; allowed: at most 86400 seconds, a day` });

/** More than a day is a number of milliseconds, or a mistake: every update holds the stack's lock meanwhile. */
export const seconds = (description: string, by: number, min = 1) =>
  aDay(min).default(by).describe(`seconds ${description}; default: ${by}`);

/** Time for one request of a connection. It has no default here, so that a stack that does not set it stays as it is. */
export const requestSeconds = (what: string, by: number) =>
  aDay(1).optional().describe(`seconds that ${what} may take; default: ${by}`);
