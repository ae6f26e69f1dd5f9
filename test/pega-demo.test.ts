import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { editConfig, setIn } from "../demo/pega/config-file.ts";
import { pegaLines } from "../demo/pega/migrate.ts";
import { configForLab } from "../demo/stack.ts";

describe("what the demo of Pega types into a stack's config", () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "pega-"));
    file = path.join(directory, "Pulumi.pega.yaml");
    writeFileSync(file, readFileSync("Pulumi.pega.yaml"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const config = () => (parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> }).config;

  it("adds to a section and leaves the rest of it", () => {
    const { queues } = config()["kafka-migration:drain"] as { queues: unknown };
    setIn(file, "drain", { flows: { attested: { by: "me" } } });
    assert.deepEqual(config()["kafka-migration:drain"], { queues, flows: { attested: { by: "me" } } });
  });

  it("quotes times, which Pulumi would hand on in another form", () => {
    setIn(file, "resume", { producersStarted: { at: "2026-11-21T13:37:00.123Z" } });
    assert.match(readFileSync(file, "utf8"), /at: "2026-11-21T13:37:00.123Z"/);
  });

  it("replaces whole keys, under the project's prefix", () => {
    editConfig(file, (keys) => (keys["strategy"] = "pega-lossy"));
    assert.equal(config()["kafka-migration:strategy"], "pega-lossy");
    assert.equal(
      Object.keys(config()).every((key) => key.startsWith("kafka-migration:")),
      true,
    );
  });

  it("has the lab's own files and addresses where the demo runs in another lab", () => {
    const { config: adapted } = parse(configForLab(readFileSync(file, "utf8"), { block: 7, dir: "/tmp/lab" })) as {
      config: Record<string, { values: string[]; queues: { probe: { url: string } } }>;
    };
    assert.deepEqual(adapted["kafka-migration:release"]!.values, ["lab/pega/values.yaml", "/tmp/lab/pega-values.yaml"]);
    assert.equal(adapted["kafka-migration:drain"]!.queues.probe.url, "http://127.7.254.30:8080/queues");
  });
});

describe("the report of a walk of Pega", () => {
  it("says what kept the switch away and what was left behind", () => {
    const held = [{ obstacle: "one record waits", sentence: "queue orders has 1 record" }];
    const unread = [{ topic: "pega-orders", beyondCommitted: 9, unprocessed: 8, lost: 7 }];
    assert.deepEqual(pegaLines({ held, unread }), [
      "held while one record waits: queue orders has 1 record",
      "left in the kept volume of pega-orders: 9 beyond the committed offsets, 8 unprocessed, 7 of them acknowledged and so lost",
    ]);
    assert.deepEqual(pegaLines({}), []);
  });
});
