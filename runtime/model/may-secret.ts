/** The one place that decides what must not be printed: in previews, errors, logs and reports. Pure. */

/** Last parts of words that name a secret wherever they occur in a name, such as `PGPASSWORD` or `clientSecret`. */
const secretWord =
  /(passw(or)?ds?|pwd|pswd|passphrase|passcode|secrets?|tokens?|credentials?|creds|jaas|api-?keys?|access-?keys?|private-?keys?|key-?file)$|^(cred|pw|pincode)$/;

/** Words side by side that name a secret together: `api.key`, `ssl.keystore.key`, `auth.user.info`. */
const secretWords =
  /(^| )((api|access|private|secret|shared|account|signing|encryption|signature|license|sas|master|tls|ssl|keystore|client|service) key( id)?|key file|auth user info|user info|connection (string|uri)|keystore certificate chain)( |$)/;

/** Last words that name a secret, but are also parts of ordinary names: `DB_PASS`, `REDIS_AUTH`, `SENTRY_DSN`. */
const lastWord = /^(auth|authorization|pin|otp|salt|pepper|dsn|webhook)$/;

/** `DB_PASS` and `requirepass`, but not a compass. */
const endsInPass = /(?<!com|by|tres|over|under|sur)pass$/;

/** `SSHKEY` and `jwtkey`: a key without anything before it to tell it by. */
const endsInKey =
  /(ssh|jwt|jws|jwe|hmac|aes|rsa|dsa|ecdsa|pgp|gpg|session|sign|signing|encrypt|encryption|decrypt|decryption|cipher|cookie|master|auth|license|account|service|app|pass|deploy|secret)keys?$/;

/** Two last words that name the private half of a pair: `RSA_PRIVATE`, `PRIVATE_PEM`. */
const privateHalf =
  /^((rsa|dsa|ec|ecdsa|ed|ssh|pgp|gpg|tls|ssl|jwt|pem|key|x) (private|priv)|(private|priv) (pem|der|jwk|pkcs))$/;

/**
 * What a key belongs to that is no secret: of a record, of a row, of a map. Whatever else comes before `key` may make it
 * one, for names of services and of procedures (`STRIPE_KEY`, `HMAC_KEY`) have no end.
 */
const ordinaryKey =
  /^(partition|topic|record|message|event|value|document|doc|column|field|header|entity|item|object|row|sort|primary|foreign|unique|natural|business|composite|compound|candidate|surrogate|index|lookup|join|map|group|grouping|order|ordering|range|shard|sharding|distribution|bucket|cache|idempotency|deduplication|dedup|correlation|rout(e|ing)|binding|public|authorized|known|some|any|other|each|per|by|to|as|of|for|from|with|and|or|no|null|empty|missing|duplicate|config|configuration|setting|property|label|annotation|selector|expression|expressions|toleration|tolerations|topology|ref|reference|format|schema|converter|serializer|deserializer|encoding|output|input|hot|arrow|shortcut|translation|store)s?$/;

/** Words before `auth` that ask whether or how to log in: `ssl.client.auth`. */
const ordinaryAuth = /^(client|mutual|require|required|enable|enabled|disable|disabled|use|no|without|allow)$/;

/** Last words that say which of several it is, or how it is written: `SESSION_KEY_OLD`, `JWT_KEY_BASE64`. */
const which =
  /^(value|values|v|old|new|current|previous|next|prod|production|staging|stage|test|dev|base|b|hex|pem|raw|encoded|default|backup)$/;

/** A last word that makes it the name, place or kind of a secret instead of the secret itself; a key file's is the key. */
const about =
  /^(?!key file$)(\w+ )?(name|file|ref|location|path|dir|type|source|provider|class|algorithm|mechanism|format|url|endpoint|enabled|required|seconds|ms|minutes|days|size|length|count|version|issuer|audience|scope)$/;

/** Values that are choices: `REDIS_AUTH=true` is no password. */
const choice = /^(true|false|yes|no|on|off|none|null|required|requested|optional|enabled|disabled)$/i;

/** Values that give a secret away, whatever they are called; of those with a part `secret` only that is one. */
const secretForms: readonly RegExp[] = [
  /:\/\/[^/@\s:]*:(?<secret>[^/@\s]+)(?=@)/gi,
  /https?:\/\/(?<secret>[^/@\s:?#]+)(?=@)/gi,
  /(?:^|["'\s])[\w.-]+:(?<secret>[^\s@/:"']+)@(?!sha\d+:)(?=[\w(])/g,
  /(?:^|[\s"':])[\w$#]+\/(?<secret>[^\s/@"']+)@(?!sha\d+:)(?=\/\/|\w[\w.-]*:\d|[a-z_]\w*(?:$|[\s"']))/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|[\s\S]*)/gi,
  /(?:^|authorization["']?\s*[=:]\s*["']?)\s*(?:bearer|basic|digest|token|apikey)\s+(?<secret>[^\s"',;]{6,})/gi,
  /(?:^|\s)(?:-u|--user)[\s=]+[^\s:]+:(?<secret>\S+)/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/gi,
  /\b(?:gh[pousr]|github_pat|gl[a-z]{2,6}|xox[a-z]|xapp|npm|pypi|shp[a-z]{2}|lin_api|dop_v1|glsa|tfp|sk_(?:live|test)|rk_(?:live|test)|whsec|pat)[_-](?=\w*\d)\w[\w-]{9,}/gi,
  /\bhv[sbr]\.[\w-]{8,}/g,
  /\bAIza[\w-]{30,}/g,
  /\bya29\.[\w-]{10,}|\bGOCSPX-[\w-]{10,}/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
  /\bsk-[\w-]{20,}|\bdapi[0-9a-f]{32}\b|\bpul-[0-9a-f]{40}\b|\bNRAK-[0-9A-Z]{20,}|\bAGE-SECRET-KEY-1\w+/g,
  /\b\d{8,10}:[\w-]{35}\b/g,
  /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[^\s"']+)/gi,
  /\bdiscord(?:app)?\.com\/api\/webhooks\/(?<secret>[^\s"']+)/gi,
  /\bwebhook\.office\.com\/(?<secret>[^\s"']+)/gi,
];

/** A login module's options hold the password in whatever words the module has for it. */
const loginModule = /\bLoginModule\s+(required|requisite|sufficient|optional)\b/i;

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
  return names(name, text) || loginModule.test(text) || secretsIn(text).length > 0;
}

function names(name: string, value: string): boolean {
  const words = wordsOf(name);
  if (words.length === 0 || about.test(words.slice(-2).join(" "))) return false;
  if (words.some((word) => secretWord.test(word)) || secretWords.test(words.join(" "))) return true;
  // The entry of a list that a path leads through has a name of its own: `env[SESSION_KEY].value`.
  return !choice.test(value) && name.split(/[[\]]/).some((entry) => endsInSecret(wordsOf(entry)));
}

function endsInSecret(words: readonly string[]): boolean {
  const end = words.findLastIndex((word) => !which.test(word));
  const [last = "", before] = [words[end], words[end - 1]];
  if (endsInPass.test(last) || endsInKey.test(last)) return true;
  if (lastWord.test(last)) return last !== "auth" || before === undefined || !ordinaryAuth.test(before);
  if (/^keys?$/.test(last)) return before !== undefined && !ordinaryKey.test(before);
  return privateHalf.test(`${before} ${last}`) || privateHalf.test(words.slice(-2).join(" "));
}

/** `AWS_SECRET_ACCESS_KEY`, `clientSecret` and `ssl.keystore.key` as words in small letters; places in lists are none. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

/** A part of a text, from its first character to the one after its last. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where secrets lie in a text, in their order and without overlaps. */
function secretsIn(text: string): readonly Span[] {
  const formed = secretForms.flatMap((form) =>
    [...text.matchAll(form)].map((match): Span => {
      const { secret } = match.groups ?? {};
      const from = match.index + (secret === undefined ? 0 : match[0].lastIndexOf(secret));
      return { from, to: from + (secret ?? match[0]).length };
    }),
  );
  const all = [...formed, ...assigned(text)].sort((a, b) => a.from - b.from || b.to - a.to);
  const kept: Span[] = [];
  for (const span of all) if (span.from >= (kept.at(-1)?.to ?? 0)) kept.push(span);
  return kept;
}

/**
 * A name and what ends it before a value: `password=`, `"token": "`, `name="db/password" value="`, `<password>`, `--password `.
 * It begins where a run of such characters begins, so that a long text is read once.
 */
const assignment =
  /(?<![\w./-])(?<name>[\w./-]{1,200})(?:(?<sign>\\*["']?\s*(?:value\s*)?[=:]\s*)\\*(?<quote>["']?)|(?<tag>>)|(?<flag>\s+)(?=[^\s-]))/g;

/** Values after a name that could be a secret's. */
function assigned(text: string): Span[] {
  const found: Span[] = [];
  for (const match of text.matchAll(assignment)) {
    const { name = "", sign = "", quote = "", tag, flag } = match.groups!;
    if (flag !== undefined && !/^--?[a-z]/i.test(name)) continue;
    if (tag !== undefined && text[match.index - 1] !== "<") continue;
    if (!names(name, "")) continue;
    const from = match.index + match[0].length;
    const to = endOf(text, from, tag === undefined ? quote : "<");
    const value = text.slice(from, to);
    if (value === "" || pointsElsewhere.test(value) || !names(name, value)) continue;
    // A sentence: `failed auth: connection refused`.
    if (/:\s+$/.test(sign) && quote === "" && endsAlone.test(name)) continue;
    // What Kafka says about a property, not what it is set to.
    if (text.startsWith(aboutProperty, match.index - aboutProperty.length)) continue;
    found.push({ from, to });
  }
  return found;
}

const aboutProperty = " for configuration ";
const endsAlone = /^[a-z]+$/;

/** References, and lists and maps, whose members have names of their own. */
const pointsElsewhere = /^(\$\{|\$\(|\$[A-Za-z_]\w*$|[{[<])/;

/** Where a value ends: at the quote that began it, or before what separates it from the next. */
function endOf(text: string, from: number, quote: string): number {
  if (quote === "") return from + /^[^\s;&"',<>}\])]*/.exec(text.slice(from, from + longestValue))![0].length;
  const at = text.indexOf(quote, from);
  if (at < 0) return text.length;
  let end = at;
  while (end > from && text[end - 1] === "\\") end -= 1;
  return end;
}

/** Characters of a value that is not quoted. */
const longestValue = 2000;

/** As Kafka and Connect refuse a property's value, which they repeat. */
const refusal = /(?<=Invalid value )(?<refused>.{0,2000}?)(?= for configuration (?<property>[\w.-]+))/gs;

/**
 * The text with what may be a secret inside replaced: `jdbc:…;password=…`, `name="…/password" value="…"`,
 * `https://user:…@host`, `Invalid value … for configuration ssl.key.password`.
 *
 * @param mask gets the secret. Default: it becomes `(not shown)`
 */
export function maskSecrets(text: string, mask: (secret: string) => string = () => "(not shown)"): string {
  const refused = [...text.matchAll(refusal)]
    .filter(({ groups }) => maySecret(groups!["property"]!, groups!["refused"]))
    .map((match): Span => ({ from: match.index, to: match.index + match[0].length }));
  const within = (span: Span): boolean => refused.some(({ from, to }) => span.from >= from && span.from < to);
  const spans = [...refused, ...secretsIn(text).filter((span) => !within(span))].sort((a, b) => a.from - b.from);
  let [shown, at] = ["", 0];
  for (const { from, to } of spans) {
    shown += text.slice(at, from) + mask(text.slice(from, to));
    at = to;
  }
  return shown + text.slice(at);
}

/** Whether a word of a command is an option whose value, the next word, may be a secret: `--password`. */
export const asksForSecret = (word: unknown): boolean =>
  typeof word === "string" && /^--?[a-z][\w.-]*$/i.test(word) && maySecret(word);
