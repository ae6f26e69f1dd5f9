/** The one place that decides what must not be printed: in previews, errors, logs and reports. Pure. */

/** Last parts of words that name a secret, such as `PGPASSWORD` or `clientSecret`. */
const secretWord =
  /(passw(or)?ds?|pwd|passphrase|passcode|secrets?|tokens?|credentials?|jaas|api-?keys?|access-?keys?|private-?keys?|key-?file)$/;

/** Words side by side that name a secret together: `api.key`, `ssl.keystore.key`, `auth.user.info`. */
const secretWords =
  /(^| )((api|access|private|secret|shared|account|signing|encryption|signature|license|sas|master|tls|ssl|keystore|client|service) key( id)?|key file|auth user info|user info|connection (string|uri)|keystore certificate chain)( |$)/;

/** A last word that makes it the name, place or kind of a secret instead of the secret itself. */
const about =
  /^(name|ref|location|path|dir|type|source|provider|class|algorithm|mechanism|format|url|endpoint|enabled|required|seconds|ms|minutes|days|size|length|count|version|issuer|audience|scope)$/;

/** Values that give a secret away, whatever they are called. */
const secretValue = new RegExp(
  [
    /\b(passw(or)?d|pwd|pass|secret|token|api_?key|access_?key|account_?key|shared_?access_?key|sig)["']?\s*[=:]\s*["']?[^\s"'${}]/,
    /:\/\/[^/@\s:]*:[^/@\s]+@/,
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
    /^\s*(bearer|basic)\s+\S{6,}/,
    /\bLoginModule\s+(required|requisite|sufficient|optional)\b/,
    /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
    /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
    /\b(ghp|gho|ghs|github_pat|glpat|xox[abps])[_-]\w{10,}/,
  ]
    .map(({ source }) => `(?:${source})`)
    .join("|"),
  "i",
);

/** A whole value that only says where the secret lies: `${file:/etc/kafka/user.properties:password}`, `$(DB_PASSWORD)`. */
const reference = /^\$(\{[\w-]+:[^}]*\}|\{[A-Za-z_]\w*\}|\([A-Za-z_]\w*\))$/;

/**
 * Whether a value could be a secret, by its name and by its form. In doubt it could: hiding
 * too much costs a look, showing too much costs a password.
 *
 * @param name a property, a key, an environment variable, or a path of keys; empty where the value has no name
 * @param value empty where only the name is asked about
 */
export function maySecret(name: string, value = ""): boolean {
  const text = value.trim();
  if (reference.test(text)) return false;
  return names(name) || secretValue.test(text);
}

function names(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined || about.test(last)) return false;
  return words.some((word) => secretWord.test(word)) || secretWords.test(words.join(" "));
}

/** `AWS_SECRET_ACCESS_KEY`, `clientSecret` and `ssl.keystore.key` as words in small letters; places in lists are none. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

/** Where a text repeats a secret: as Kafka and Connect refuse a property, as an assignment, as a user in an address. */
const inside = new RegExp(
  [
    /(?<refusal>Invalid value )(?<refused>.*?)(?<configuration> for configuration (?<property>[\w.-]+))/s,
    /(?<key>(?:passw(?:or)?d|pwd|secret|token|api_?key|access_?key|account_?key)["']?\s*(?:value\s*)?[=:]\s*["']?)(?<assigned>[^\s;&"',<{[$]+)/,
    /(?<user>:\/\/[^/@\s:]*:)(?<password>[^/@\s]+)(?=@)/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gis",
);

/**
 * The text with what may be a secret inside replaced: `jdbc:…;password=…`, `name="…/password" value="…"`,
 * `https://user:…@host`, `Invalid value … for configuration ssl.key.password`.
 *
 * @param mask gets the secret. Default: it becomes `(not shown)`
 */
export function maskSecrets(text: string, mask: (secret: string) => string = () => "(not shown)"): string {
  return text.replaceAll(inside, (whole: string, ...found: unknown[]) => {
    const part = found.at(-1) as Readonly<Record<string, string | undefined>>;
    if (part["refused"] !== undefined) {
      const hidden = maySecret(part["property"] ?? "", part["refused"]);
      return hidden ? `${part["refusal"]}${mask(part["refused"])}${part["configuration"]}` : whole;
    }
    const [head, secret] = part["user"] === undefined ? ["key", "assigned"] : ["user", "password"];
    return `${part[head]}${mask(part[secret] ?? "")}`;
  });
}
