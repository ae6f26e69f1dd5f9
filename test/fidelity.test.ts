import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./support/stack.ts";

const page = readFileSync(join(root, "docs/fidelity.md"), "utf8");

/** The cells of the page's tables. */
const cells = page
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

interface Requirement {
  readonly id: string;
  readonly text: string;
  readonly status: string;
  readonly files: readonly string[];
  readonly note: string;
}

const requirements = cells
  .filter(([id = ""]) => /^[A-Z]\d+$/.test(id))
  .map(([id = "", text = "", status = "", files = "", note = ""]): Requirement => {
    return { id, text, status, note, files: [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => file!) };
  });

describe("docs/fidelity.md", () => {
  it("has each requirement once, with a status", () => {
    assert.ok(requirements.length > 250, `${requirements.length} requirements`);
    const ids = requirements.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const { id, text, status } of requirements) {
      assert.notEqual(text, "", id);
      assert.match(status, /^(works|partial|missing|different)$/, id);
    }
  });

  it("names files that exist", () => {
    const files = requirements.flatMap((one) => one.files.map((file) => ({ id: one.id, file })));
    assert.ok(files.length > 250, `${files.length} files`);
    const absent = files.filter(({ file }) => !existsSync(join(root, file)));
    assert.deepEqual(absent, []);
  });

  it("shows what works by a file, and says of everything else why", () => {
    const withoutFile = requirements.filter(({ status, files }) => status !== "missing" && files.length === 0);
    assert.deepEqual(withoutFile, []);
    const withoutNote = requirements.filter(({ status, note }) => status !== "works" && note === "");
    assert.deepEqual(withoutNote, []);
  });

  it("counts what its tables hold", () => {
    const [head = [], ...rows] = cells.slice(
      0,
      cells.findIndex(([first]) => first === "#"),
    );
    const sums = rows.filter(([document = ""]) => !/^-+$/.test(document));
    const count = (of: readonly Requirement[]) => [
      of.length,
      ...head.slice(2).map((status) => of.filter((one) => one.status === status).length),
    ];
    const letters = [...new Set(requirements.map(({ id }) => id[0]!))];
    const wanted = letters.map((letter) => count(requirements.filter(({ id }) => id.startsWith(letter))));
    assert.deepEqual(
      sums.map(([, ...numbers]) => numbers.map(Number)),
      [...wanted, count(requirements)],
    );
  });
});
