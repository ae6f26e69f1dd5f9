import assert from "node:assert/strict";
import { Linter } from "eslint";
// @ts-expect-error -- plain JavaScript, which editors load with whatever Node they have
import eslintConfig from "../eslint.config.mjs";

const rule = "no-restricted-syntax";
const config = eslintConfig as Linter.Config[];
const [own] = config.filter(({ rules }) => rules !== undefined && rule in rules);

const complaints = (line: string): number =>
  new Linter().verify(`const f = (of, word) => ${line};`, [{ rules: { [rule]: own!.rules![rule]! } }]).length;

describe("sentences", () => {
  const read = [
    'of.sentence.includes("does not exist")',
    'of.reason.startsWith("broker ")',
    "of.message.match(word)",
    "/could not be/.test(of.sentence)",
    "/(?:x)/.exec(of.error.message)",
    'of.reason === "UNKNOWN_MEMBER_ID"',
    'word.endsWith(" is IMPORT")',
    'word.includes("read Secret")',
  ];
  for (const line of read) it(`are not read by code: ${line} is refused`, () => assert.ok(complaints(line) > 0));

  const fields = [
    'of.code === "SECURITY_DISABLED"',
    'of.kind === "missing"',
    'of.topics.includes("orders")',
    "word.includes(of)",
  ];
  for (const line of fields)
    it(`may stand beside fields that are: ${line} passes`, () => assert.equal(complaints(line), 0));

  it("are looked after in every folder of the product", () => {
    assert.deepEqual(own?.files, ["{runtime,config,components,gates,phases,assess,plan,cli}/**/*.ts", "index.ts"]);
  });
});
