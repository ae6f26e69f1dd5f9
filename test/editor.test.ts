import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TextDocument } from "vscode-languageserver-textdocument";
import { getLanguageService } from "yaml-language-server";
import { modeline } from "../scripts/stack-schema/stack-file.ts";
import { root } from "./support/stack.ts";

/** What an editor marks, and what it says of it. */
type Mark = readonly [text: string, message: string];

// Asked for the schema by its address alone, as the modeline gives it.
const service = getLanguageService({
  schemaRequestService: async (uri) => readFileSync(new URL(uri), "utf8"),
  workspaceContext: { resolveRelativePath: (path, resource) => new URL(path, resource).href },
});
service.configure({ validate: true, schemas: [], isKubernetes: false });

let version = 0;

/** What the YAML language server marks in a stack file of the repository after an edit of its text. */
async function marks(stack: string, from: string, to: string): Promise<Mark[]> {
  const file = join(root, `Pulumi.${stack}.yaml`);
  const text = readFileSync(file, "utf8");
  assert.ok(text.startsWith(modeline));
  assert.ok(text.includes(from), `${from} is not in Pulumi.${stack}.yaml`);
  version += 1;
  const document = TextDocument.create(pathToFileURL(file).href, "yaml", version, text.replace(from, to));
  const found = await service.doValidation(document, false);
  return found.map(({ range, message }) => [document.getText(range), message]);
}

describe("an editor with a YAML language server", () => {
  for (const stack of ["apps", "dev", "pega", "prod", "vendor"]) {
    it(`marks nothing in Pulumi.${stack}.yaml`, async () => {
      assert.deepEqual(await marks(stack, "config:", "config:"), []);
    });
  }

  const cases: readonly (readonly [what: string, from: string, to: string, marked: string, message: RegExp])[] = [
    ["an unknown key", "maxLag:", "maxlag:", "maxlag", /Property maxlag is not allowed/],
    ["an unknown section", ":topics:", ":topcis:", "kafka-migration:topcis", /topcis is not allowed/],
    ["an unknown kind", "kubedb-existing", "strimzi", "strimzi", /"kubedb", "kubedb-existing", "external"/],
    ["a phase of no row", "phase: prepare", "phase: retiree", "retiree", /"prepare", "mirror", "move-producers"/],
    [
      "a key of another kind",
      "name: source-kafka",
      "name: a\n      version: 4.2.0",
      "version",
      /version is not allowed/,
    ],
    ["a number as text", "maxLag: 2000", 'maxLag: "2000"', '"2000"', /Expected "integer"/],
    ["a password for a Secret's name", "secret: kafka-admin", "secret: Hunter2!", "Hunter2!", /never its content/],
    ["a broker without its port", "127.0.1.1:9094", "127.0.1.1", "127.0.1.1", /host:port, one broker per entry/],
    ["an unknown key of an address", "configMap: foo", "configmap: foo", "configmap", /\{configMap, key\} or/],
  ];
  for (const [what, from, to, marked, message] of cases) {
    it(`marks ${what}`, async () => {
      const found = await marks("dev", from, to);
      const [, said] = found.find(([text]) => text === marked) ?? [];
      assert.ok(said !== undefined, `marked instead: ${JSON.stringify(found)}`);
      assert.match(said, message);
    });
  }
});
