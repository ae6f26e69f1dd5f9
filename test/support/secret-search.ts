import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { propertiesText } from "../../runtime/kubernetes/secrets.ts";

/** One way in which a secret may stand in a text. */
export interface SecretForm {
  /** Name of the secret and of the form; never the secret. */
  readonly what: string;
  readonly bytes: Buffer;
}

/** A secret as it is, and as JSON, URLs, Java properties, JAAS and base64 (at each alignment) would write it. */
export function formsOf(name: string, secret: string): SecretForm[] {
  const jaas = secret.replace(/[\\"]/g, "\\$&");
  const json = (text: string): string => JSON.stringify(text).slice(1, -1);
  const property = (text: string): string => propertiesText({ k: text }).trimEnd().slice("k=".length);
  const forms: readonly (readonly [string, string])[] = [
    ["plain", secret],
    ["JSON", json(secret)],
    ["JSON twice", json(json(secret))],
    ["URL", encodeURIComponent(secret)],
    ["form", new URLSearchParams({ k: secret }).toString().slice(2)],
    ["properties", property(secret)],
    ["JAAS", jaas],
    ["JAAS in properties", property(jaas)],
    ["JAAS in JSON", json(jaas)],
    ...base64(secret).map((text) => ["base64", text] as const),
    ...base64(jaas).map((text) => ["JAAS in base64", text] as const),
    ...base64(property(jaas)).map((text) => ["JAAS in properties in base64", text] as const),
  ];
  const distinct = new Map<string, string>();
  for (const [form, text] of forms) if (!distinct.has(text)) distinct.set(text, form);
  return [...distinct].map(([text, form]) => ({ what: `${name} (${form})`, bytes: Buffer.from(text) }));
}

/** What base64 of any text around the secret is sure to contain, for the three places where it may begin. */
function base64(secret: string): string[] {
  const length = Buffer.byteLength(secret);
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
      .toString("base64")
      .replace(/=+$/, "");
    // Signs that also hold bits of what stands before or behind it are left out.
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + length) * 8) / 6);
    return whole.slice(first, end);
  });
}

/** Names of the secrets' forms that a text holds. */
export function findSecrets(content: Buffer, forms: readonly SecretForm[]): string[] {
  return forms.filter(({ bytes }) => content.includes(bytes)).map(({ what }) => what);
}

/** Files below a directory that hold a secret, each with the form; `skip` gets paths relative to it. */
export function searchFiles(
  directory: string,
  forms: readonly SecretForm[],
  skip: (relative: string) => boolean = () => false,
): string[] {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return files
    .filter((relative) => !skip(relative))
    .flatMap((relative) => {
      const file = path.join(directory, relative);
      try {
        if (!statSync(file).isFile()) return [];
        return findSecrets(readFileSync(file), forms).map((what) => `${what} in ${file}`);
      } catch {
        return []; // Gone or locked since it was listed.
      }
    });
}

/** Processes of this machine whose arguments hold a secret. */
export function searchArguments(forms: readonly SecretForm[]): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`);
        const command = commandLine.toString().split("\0")[0] ?? "";
        return findSecrets(commandLine, forms).map((what) => `${what} in the arguments of ${path.basename(command)}`);
      } catch {
        return [];
      }
    });
}
