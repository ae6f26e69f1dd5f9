import { maskSecrets, maySecret } from "../../runtime/model/may-secret.ts";
import { masked } from "./masked.ts";
import { objectChanges, shortHash, type Difference, type ObjectChange, type RenderedObject } from "./rendered.ts";
import { isMap } from "./values.ts";

/** Longer texts are cut. */
const longestText = 80;

/**
 * What a change of the release's values does to its objects, one line each: `+ kind name`, `- kind name`, `~ kind name`
 * followed by its changed paths. What may be a password is shown as a hash.
 */
export function renderedChange(before: readonly RenderedObject[], after: readonly RenderedObject[]): readonly string[] {
  return changeLines(objectChanges(before, after));
}

/** The lines of some changes. */
export const changeLines = (changes: readonly ObjectChange[]): readonly string[] => changes.flatMap(linesOf);

/** Secrets whose change reaches no pod, because the chart makes no pod start again for it. */
export function unseenSecrets(before: readonly RenderedObject[], after: readonly RenderedObject[]): readonly string[] {
  const changes = objectChanges(before, after).filter(({ change }) => change === "altered");
  const restarts = changes.some(({ differences }) => differences.some(({ path }) => path.startsWith("spec.template.")));
  if (restarts) return [];
  return changes
    .filter(({ object }) => object.kind === "Secret")
    .map(
      ({ object }) =>
        `Secret ${object.name} changes and no pod starts again for it; run \`kubectl rollout restart\` on the tiers afterwards`,
    );
}

const signs = { added: "+", removed: "-", altered: "~" } as const;

function linesOf({ object, change, differences }: ObjectChange): readonly string[] {
  const { kind, name, namespace, hook } = object;
  const where = namespace === "" ? name : `${namespace}/${name}`;
  const title = `${signs[change]} ${kind} ${where}${hook === "" ? "" : ` (hook ${hook})`}`;
  return [title, ...differences.flatMap((one) => differenceLines(kind, one))];
}

/** @param kind of the object that differs; what a Secret holds is a hash */
export function differenceLines(kind: string, { path, before, after }: Difference): readonly string[] {
  // A variable with a password's name may be a reference: what it holds is looked at one by one.
  const hidden = isSecret(kind, path) && (kind === "Secret" || !(isMap(before) || isMap(after)));
  if (isMap(before) || isMap(after) || hidden || !isLong(before) || !isLong(after)) {
    return [`    ${path}: ${shown(before, hidden)} -> ${shown(after, hidden)}`];
  }
  // A private key has many lines, which are one only when it is looked at as a whole.
  const [olds, news] = [maskedText(before).split("\n"), maskedText(after).split("\n")];
  const changed = Array.from({ length: Math.max(olds.length, news.length) }, (_, at) => at).filter(
    (at) => olds[at] !== news[at],
  );
  if (olds.length !== news.length || changed.length > 5) {
    return [`    ${path}: text of ${olds.length} lines -> text of ${news.length} lines, ${changed.length} differ`];
  }
  return changed.map((at) => `    ${path} line ${at + 1}: ${brief(olds[at]!)} -> ${brief(news[at]!)}`);
}

const isLong = (value: unknown): value is string => typeof value === "string" && value.includes("\n");

/** What a Secret holds, and what may be a secret elsewhere; a reference to a Secret is none. */
const isSecret = (kind: string, path: string): boolean =>
  kind === "Secret" ? /^(data|stringData)\b/.test(path) : maySecret(path) && !/\bvalueFrom\b/.test(path);

const maskedText = (text: string): string => maskSecrets(text, (secret) => `sha256 ${shortHash(secret)}`);

function shown(value: unknown, hidden: boolean): string {
  if (value === undefined) return "absent";
  if (hidden) return `sha256 ${shortHash(value)}`;
  if (typeof value === "string") return brief(maskedText(value));
  const text = maskedText(JSON.stringify(value, masked));
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** A text in one short line, in quotes unless it is a plain word. */
function brief(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text.slice(0, 8);
  const short = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  return /^[\w.:/@-]+$/.test(short) ? short : JSON.stringify(short);
}
