/** Writes the golden texts, the generated pages of docs/, the stack files' JSON Schema and the README's phase table. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { everythingBroken } from "../test/support/broken-configs/everything.ts";
import {
  allPegaTables,
  allStrategies,
  pegaPlanText,
  planText,
  strategiesPage,
  withPhaseTable,
} from "../test/support/golden.ts";
import { kafbatText } from "../test/support/kafbat.ts";
import { pegaProdText } from "../test/support/pega/prod.ts";
import { refusal } from "../test/support/refusal.ts";
import { rightsPage } from "../test/support/rights-page.ts";
import { resourcesText } from "../test/support/rows.ts";
import { stackConfig } from "../test/support/stack.ts";
import { gatePages, withGateTable } from "./gates-page.ts";
import { mirrorPage } from "./mirror-page.ts";
import { configPage } from "./stack-schema/config-page.ts";
import { schemaFile, stackSchemaText } from "./stack-schema/stack-file.ts";

mkdirSync("test/golden", { recursive: true });
for (const [name, strategy] of allStrategies) write(`test/golden/${name}.txt`, planText(name, strategy));
for (const [name] of allPegaTables) write(`test/golden/${name}.txt`, pegaPlanText(name));
write("test/golden/pega-prod.txt", await pegaProdText());
write("test/golden/resources.txt", await resourcesText());
write("test/golden/broken-config.txt", `${await refusal(everythingBroken())}\n`);
write("test/golden/kafbat-values.txt", kafbatText());
write("docs/rights.md", await rightsPage());
mkdirSync("schema", { recursive: true });
write(schemaFile, await stackSchemaText());
write("docs/config.md", await configPage());
write("docs/mirror-properties.md", await mirrorPage(stackConfig("dev")));
write("docs/strategies.md", await strategiesPage());
for (const [file, gates] of Object.entries(gatePages)) {
  const page = await withGateTable(readFileSync(file, "utf8"), gates);
  if (page === null) console.log(`${file} has no <!-- gates --> markers`);
  else write(file, page);
}
if (existsSync("README.md")) {
  const readme = await withPhaseTable(readFileSync("README.md", "utf8"));
  if (readme === null) console.log("README.md has no <!-- phases --> markers");
  else write("README.md", readme);
}

function write(file: string, text: string): void {
  const same = existsSync(file) && readFileSync(file, "utf8") === text;
  if (!same) writeFileSync(file, text);
  console.log(`${same ? "same   " : "written"} ${file}`);
}
