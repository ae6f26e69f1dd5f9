/** The programs that run in pods as one file of JavaScript, made of the sources that the runtime itself runs. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as Esbuild from "esbuild";

/** Kubernetes refuses a ConfigMap that is larger than 1 MiB as a whole; settings need some of it. */
const mostBytes = 1_000_000;

export interface Bundle {
  readonly text: string;
  /** Changes with the text. */
  readonly hash: string;
}

let made: Bundle | null = null;

/** Bundled when it is first wanted, once for each run of the program. Throws where the text does not fit. */
export function bundle(): Bundle {
  if (made !== null) return made;
  // Most stacks run no programs in pods, and load none of it.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof Esbuild;
  const { outputFiles } = buildSync({
    entryPoints: ["runtime/programs/main.ts"],
    absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    legalComments: "none",
    logLevel: "silent",
    // Pods ask no Kubernetes API. The pattern means the package's index alone: small files of it are part of the bundle.
    external: ["@kubernetes/client-nod*e"],
    // The same code with its WebAssembly inside, where the other one reads a file beside itself.
    alias: { "@platformatic/wasm-utils": "@platformatic/wasm-utils/bundled" },
    // Some packages are CommonJS and load parts of Node.
    banner: { js: 'import{createRequire as r}from"node:module";const require=r(import.meta.url);' },
  });
  const { text } = outputFiles[0]!;
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) throw new Error(`the bundle of the programs has ${bytes} bytes, ${mostBytes} allowed`);
  made = { text, hash: createHash("sha256").update(text).digest("hex").slice(0, 16) };
  return made;
}
