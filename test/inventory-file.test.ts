import assert from "node:assert/strict";
import { parseInventory, readInventory } from "../config/inventory-file.ts";
import { parseConfig } from "../config/load.ts";
import { stackInput, stackInventory } from "./support/stack.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- a broken file has no type */
type Raw = any;
/* eslint-enable @typescript-eslint/no-explicit-any */

const file = stackInventory("dev");
const text = "text" in file ? file.text : "";
const path = "inventory/dev.json";
const again = "run npm run assess again, or take the file of the last commit";

const problemsOf = (broken: string) =>
  parseInventory({ path, text: broken }).problems.map((problem) => `${problem.path}: ${problem.message}`);

/** The lock after an edit of its value, as JSON. */
function edited(edit: (lock: Raw) => unknown): string {
  const lock = JSON.parse(text);
  edit(lock);
  return JSON.stringify(lock, null, 2);
}

const lines = text.split("\n");
const conflict = [
  ...lines.slice(0, 3),
  "<<<<<<< HEAD",
  lines[3],
  "=======",
  lines[3],
  ">>>>>>> main",
  ...lines.slice(4),
];

/** [what is wrong, the file's text, all problems] */
// prettier-ignore
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["is empty",                          "\n",                                                  [`${path}: it is empty; ${again}`]],
  ["is not JSON",                       text.replace('"format": 1,', '"format": 1'),           [`${path}: it is not JSON: see line 3, column 3; ${again}`]],
  ["is another kind of text",           "topics: [foo]\n",                                     [`${path}: it is not JSON; ${again}`]],
  ["was left in a merge conflict",      conflict.join("\n"),                                   [`${path}: line 4 is the mark of a merge conflict; ${again}`]],
  ["was cut off",                       text.slice(0, 40),                                     [`${path}: it is not JSON: see line 4, column 10; ${again}`]],
  ["is a list",                         "[]",                                                  [`${path}: found a list; allowed: a map of keys`]],
  ["was written by a newer version",    edited((lock) => { lock.format = 2; lock.streams = []; }), [`${path}: format: found 2, written by another version of this program; allowed: 1; use the version that wrote it, or run npm run assess again with this one`]],
  ["has a word for its format",         edited((lock) => (lock.format = "1")),                 [`${path}: format: found "1"; allowed: 1`]],
  ["has a number as text",              edited((lock) => (lock.topics[0].partitions = "3")),   [`${path}: topics[0].partitions: found text; allowed: a number; write it as digits without quotes`]],
  ["has a topic without partitions",    edited((lock) => (lock.topics[1].partitions = 0)),     [`${path}: topics[1].partitions: found 0; allowed: 1 or more`]],
  ["has a config that is no text",      edited((lock) => (lock.topics[0].configs = { "retention.ms": 1000 })), [`${path}: topics[0].configs["retention.ms"]: found a number; allowed: text; write it in quotes`]],
  ["has a group of no protocol",        edited((lock) => (lock.groups[0].protocol = "share")), [`${path}: groups[0].protocol: found "share"; allowed: classic, consumer, streams`]],
  ["lacks a key",                       edited((lock) => delete lock.source.clusterId),        [`${path}: source.clusterId: missing; allowed: text`]],
  ["has a key that is not known",       edited((lock) => (lock.groups[0].lag = 12)),           [`${path}: groups[0].lag: not known here; allowed: name, protocol, streams, topics`]],
  ["has a topic twice after a merge",   edited((lock) => lock.topics.push(lock.topics[0])),    [`${path}: topics: "${JSON.parse(text).topics[0].name}" is named twice; name it once`]],
  ["has several mistakes",              edited((lock) => { delete lock.source; lock.topics[0].name = ""; lock.seen = true; }), [
    `${path}: source: missing; allowed: a map of keys`,
    `${path}: topics[0].name: empty; allowed: any text`,
    `${path}: seen: not known here; allowed: format, source, target, defaults, topics, groups, acls, users, quotas, ownPrincipals, unread`,
  ]],
];

describe("a lock", () => {
  for (const [what, broken, problems] of cases) {
    it(`that ${what} is refused with the file and the place`, () => assert.deepEqual(problemsOf(broken), problems));
  }

  it("that is missing is asked for", () => {
    assert.deepEqual(parseInventory(readInventory("inventory/no-such.json")).problems, [
      {
        path: "inventory/no-such.json",
        message: "it does not exist; run npm run assess -- --stack <stack> and commit the file it writes",
      },
    ]);
  });

  it("that is a directory is refused", () => {
    const [problem] = parseInventory(readInventory("inventory")).problems;
    assert.match(problem?.message ?? "", /^it cannot be read \(EISDIR\)/);
  });

  it("may be in any order: a person may edit it", () => {
    const shuffled = edited((lock) => {
      lock.topics.reverse();
      lock.groups.reverse();
    });
    assert.deepEqual(problemsOf(shuffled), []);
    const parsed = parseConfig(stackInput("dev"), { path, text: shuffled });
    assert.ok("config" in parsed && parsed.config.topics.length > 0);
  });

  it("that is broken does not silence the config's own problems", () => {
    const raw: Raw = stackInput("dev");
    raw.connect.version = "3.6.1";
    const parsed = parseConfig(raw, { path, text: "{" });
    assert.deepEqual("problems" in parsed && parsed.problems.map((problem) => problem.path), [
      "connect.version",
      "inventory/dev.json",
    ]);
  });
});
