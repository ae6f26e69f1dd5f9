import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { propertiesText } from "../runtime/kubernetes/secrets.ts";
import { jaasConfig } from "../runtime/model/login.ts";
import { findSecrets, formsOf, searchArguments, searchFiles } from "./support/secret-search.ts";

const secret = 'p"a\\s;s=#w ';
const forms = formsOf("password", secret);
const user = { username: "u", password: secret };

const hiding: [string, string][] = [
  ["as it is", `x${secret}y`],
  ["in JSON", JSON.stringify({ password: secret })],
  ["in a URL", `https://u:${encodeURIComponent(secret)}@host`],
  ["in Java properties", propertiesText({ password: secret })],
  ["in JAAS", jaasConfig("PLAIN", user)],
  ["in JAAS in Java properties", propertiesText({ "sasl.jaas.config": jaasConfig("PLAIN", user) })],
  ["in a Secret of Kubernetes", Buffer.from(secret).toString("base64")],
  ...[0, 1, 2, 3].map((before): [string, string] => [
    `in a properties file in a Secret, ${before} characters on`,
    Buffer.from("#".repeat(before) + propertiesText({ "sasl.jaas.config": jaasConfig("PLAIN", user) })).toString(
      "base64",
    ),
  ]),
];

describe("the search for secrets", () => {
  for (const [how, text] of hiding) {
    it(`finds one ${how}`, () => {
      assert.notDeepEqual(findSecrets(Buffer.from(text), forms), []);
    });
  }

  it("finds nothing where there is nothing, and names no secret", () => {
    assert.deepEqual(findSecrets(Buffer.from(JSON.stringify({ password: "another" })), forms), []);
    assert.ok(forms.every(({ what }) => !what.includes(secret)));
  });

  it("reads every file of a directory", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "search-"));
    try {
      writeFileSync(path.join(directory, "clean"), "nothing");
      writeFileSync(path.join(directory, "dirty"), `password=${secret}`);
      assert.match(searchFiles(directory, forms).join(), /^password \(plain\) in .*dirty$/);
      assert.deepEqual(
        searchFiles(directory, forms, (name) => name === "dirty"),
        [],
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("reads the arguments of every process", async () => {
    const child = spawn("sleep", ["30"], { argv0: `sleep ${secret}` });
    try {
      await new Promise((resolve) => child.once("spawn", resolve));
      assert.match(searchArguments(forms).join(), /in the arguments of sleep/);
    } finally {
      child.kill();
    }
  });
});
