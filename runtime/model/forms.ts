/** Forms of texts and numbers in a stack file: what is allowed, and what is said where a value is another. */
import { z } from "zod";

/** Form of a text that is safe to quote: a password rarely looks like this. */
const plain = /^[\w.:*,/$^+-]{1,60}$/;

/** `found "…"` for a value of a field that never holds a password; what looks odd is not repeated. */
export function found(value: unknown): string {
  if (value === "") return "empty";
  return typeof value === "string" && plain.test(value) ? `found "${value}"` : "found text of another form";
}

/** A text of a form: the message says what was found and what is allowed. */
export function form(pattern: RegExp, allowed: string, title?: string) {
  return z
    .string()
    .regex(pattern, { error: ({ input }) => `${found(input)}; allowed: ${allowed}` })
    .meta(forEditors(allowed, title));
}

/**
 * What editors and docs/config.md say of a text: what is allowed where it does not match, under the key that language
 * servers read in a JSON Schema, and a short name of the form.
 */
export const forEditors = (allowed: string, title?: string) => ({
  patternErrorMessage: `allowed: ${allowed}`,
  ...(title !== undefined && { title }),
});

const label = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const objectTitle = "name of a Kubernetes object";
const letters = "lower-case letters, digits and inner hyphens";

/** Name of a namespace, service or pod. */
export const labelName = () => form(label, `${letters}, at most 63 characters`, objectTitle);

/** Name of any other object. */
export const objectName = () => form(subdomain, `${letters} or dots, at most 253 characters`, objectTitle);

/** Name of a Secret. What is found is never repeated, because users sometimes put the password itself here. */
export const secretName = () => {
  const allowed = `${letters} or dots; name the Secret, never its content`;
  return z
    .string()
    .regex(subdomain, `found text that is no Secret's name; allowed: ${allowed}`)
    .meta({ ...forEditors(allowed, "name of a Secret"), examples: ["kafka-login"] });
};

/** Key in a ConfigMap or Secret. */
export const dataKey = () => form(/^[-._a-zA-Z0-9]{1,253}$/, "letters, digits, dot, hyphen, underscore");

const host = String.raw`(\[[0-9a-fA-F:.]+\]|[^\s:,/@[\]]+)`;
const portNumber = "0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";

/** `host:port` of a broker; the host may be an IPv6 address in brackets. */
export const hostPort = z
  .string()
  .superRefine((input, context) => {
    const [, address, port] = new RegExp(`^${host}:(\\d+)$`).exec(input) ?? [];
    const complain = (message: string) => context.addIssue({ code: "custom", message });
    if (address === undefined) complain(`${found(input)}; allowed: host:port, one broker per entry`);
    else if (Number(port) < 1 || Number(port) > 65_535) complain(`found port ${port}; allowed: 1 to 65535`);
  })
  .meta({
    pattern: `^${host}:${portNumber}$`,
    ...forEditors("host:port, one broker per entry; port 1 to 65535", "host:port"),
    examples: ["kafka-0.example.internal:9092"],
  });

/** Base URL of a REST API. An address is never repeated: it may hold a user and a password. */
export const restUrl = z
  .string()
  .superRefine((input, context) => {
    const complain = (message: string) => context.addIssue({ code: "custom", message });
    const url = URL.canParse(input) ? new URL(input) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
      complain("found text of another form; allowed: http://host:port or https://host:port");
    } else if (url.username !== "" || url.password !== "") {
      complain(
        "found an address with a user in it; allowed: http://host:port; put the credentials into a Secret and name it under credentials",
      );
    }
  })
  .meta({
    pattern: String.raw`^[hH][tT][tT][pP][sS]?://[^\s/?#@]+(/[^\s?#]*)?$`,
    ...forEditors(
      "http://host:port or https://host:port, without a user; credentials belong in a Secret",
      "http:// or https:// URL",
    ),
    examples: ["https://connect.example.internal:8083"],
  });

/** Why something unusual is wanted. */
export const reason = () =>
  z
    .string()
    .min(10)
    .describe("why, in at least 10 characters, for the next reader")
    .meta({ examples: ["agreed with the owners, see the change request"] });

const aDay = (min: number) =>
  z
    .int()
    .min(min)
    .max(86_400, { error: ({ input }) => `found ${String(input)}; allowed: at most 86400 seconds, a day` });

/** More than a day is a number of milliseconds, or a mistake: every update holds Pulumi's lock on the stack meanwhile. */
export const seconds = (description: string, by: number, min = 1) =>
  aDay(min).default(by).describe(`seconds ${description}; default: ${by}`);

/** Time for one request of a connection. It has no default here, so that a stack that does not set it stays as it is. */
export const requestSeconds = (what: string, by: number) =>
  aDay(1)
    .optional()
    .describe(`seconds that ${what} takes at most; default: ${by}`)
    .meta({ examples: [2 * by] });
