/** Helm's record of one revision: JSON, gzipped, then base64 twice (once by Helm, once as a Secret's data). */
import { gunzipSync } from "node:zlib";
import type { ReleaseHook, ReleaseRevision, ReleaseStatus } from "./release-revision.ts";

/** The part of Helm's record that is read (helm.sh/helm/v3/pkg/release, and v4 as far as it is the same). */
interface HelmRecord {
  readonly name?: string;
  readonly namespace?: string;
  readonly version?: number;
  readonly info?: { readonly status?: string; readonly last_deployed?: string; readonly description?: string };
  readonly chart?: {
    readonly metadata?: { readonly name?: string; readonly version?: string; readonly appVersion?: string };
    readonly values?: Readonly<Record<string, unknown>> | null;
  };
  readonly config?: Readonly<Record<string, unknown>> | null;
  readonly manifest?: string;
  readonly hooks?:
    | readonly {
        readonly kind?: string;
        readonly name?: string;
        readonly manifest?: string;
        readonly events?: readonly string[] | null;
      }[]
    | null;
}

const statuses: ReadonlySet<string> = new Set<ReleaseStatus>([
  "deployed",
  "uninstalled",
  "superseded",
  "failed",
  "uninstalling",
  "pending-install",
  "pending-upgrade",
  "pending-rollback",
]);

/** Reads `data.release` of a Secret. Throws a sentence that names the Secret, never its content. */
export function decodeRelease(secret: string, data: string): ReleaseRevision {
  const record = recordOf(secret, data);
  const { metadata, values } = record.chart ?? {};
  const status = record.info?.status ?? "";
  return {
    name: record.name ?? "",
    namespace: record.namespace ?? "",
    revision: record.version ?? 0,
    status: statuses.has(status) ? (status as ReleaseStatus) : "unknown",
    chart: {
      name: metadata?.name ?? "",
      version: metadata?.version ?? "",
      appVersion: metadata?.appVersion ?? "",
      values: values ?? {},
    },
    values: record.config ?? {},
    manifest: record.manifest ?? "",
    hooks: (record.hooks ?? []).map(({ kind = "", name = "", manifest = "", events }): ReleaseHook => ({
      kind,
      name,
      manifest,
      events: events ?? [],
    })),
    deployedAt: utc(record.info?.last_deployed),
    description: record.info?.description ?? "",
  };
}

function recordOf(secret: string, data: string): HelmRecord {
  try {
    const bytes = Buffer.from(Buffer.from(data, "base64").toString("latin1"), "base64");
    // Helm wrote records without gzip once, and tells them apart by the magic number as well.
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const record = JSON.parse((zipped ? gunzipSync(bytes) : bytes).toString("utf8")) as HelmRecord | null;
    if (typeof record?.version === "number") return record;
  } catch {
    // The parser's message would quote the content.
  }
  throw new Error(`Secret ${secret} is no record of a Helm release; look at it by helm history`);
}

/** Helm writes its machine's time zone. */
function utc(time: string | undefined): string {
  const at = new Date(time ?? "");
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}
