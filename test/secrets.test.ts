import assert from "node:assert/strict";
import { parse } from "dot-properties";
import { propertiesText } from "../runtime/kubernetes/secrets.ts";
import { jaasConfig } from "../runtime/model/login.ts";

/** The username and password that Kafka's JAAS parser would read: quoted, with backslash as the escape. */
function readJaas(text: string): { module: string; username: string; password: string } {
  const quoted = String.raw`"((?:[^"\\]|\\.)*)"`;
  const found = new RegExp(`^(\\S+) required username=${quoted} password=${quoted};$`).exec(text);
  assert.ok(found, text);
  const plain = (value: string): string => value.replace(/\\(.)/g, "$1");
  return { module: found[1]!, username: plain(found[2]!), password: plain(found[3]!) };
}

const passwords = [
  "simple",
  'p"a\\s;s=#w ',
  " leading and trailing ",
  "ends with a backslash\\",
  '\\"',
  "tab\there",
  "!#:= first",
  "grüße €",
  "${file:/etc/passwd:x}",
];

describe("a connector's Secret", () => {
  for (const password of passwords) {
    it(`brings the password ${JSON.stringify(password)} to Kafka as it is`, () => {
      const user = { username: 'a"b\\c', password };
      const text = propertiesText({ "b.key": "plain", "a.sasl.jaas.config": jaasConfig("SCRAM-SHA-512", user) });
      assert.doesNotMatch(text, /[^\0-\x7f]/, "Java reads a file of properties as Latin-1");
      const properties = parse(text) as Record<string, string>;
      assert.equal(properties["b.key"], "plain");
      assert.deepEqual(readJaas(properties["a.sasl.jaas.config"]!), {
        module: "org.apache.kafka.common.security.scram.ScramLoginModule",
        ...user,
      });
    });
  }

  it("brings keys and values to Kafka as they are, a certificate of several lines too", () => {
    const properties = {
      "a=b:c d": " x ",
      topics: String.raw`orders\.created,a\-b`,
      pem: "-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n",
      empty: "",
    };
    assert.deepEqual({ ...(parse(propertiesText(properties)) as object) }, properties);
  });

  it("has one line per property, sorted, so that its hash changes with its content only", () => {
    const long = "x".repeat(500);
    assert.equal(propertiesText({ b: long, a: "1\n2" }), `a=1\\n2\nb=${long}`);
    assert.equal(propertiesText({ a: "1", b: "2" }), propertiesText({ b: "2", a: "1" }));
  });

  it("uses the login module of its mechanism", () => {
    const user = { username: "u", password: "p" };
    assert.match(jaasConfig("PLAIN", user), /^org\.apache\.kafka\.common\.security\.plain\.PlainLoginModule required/);
    assert.match(jaasConfig("SCRAM-SHA-256", user), /ScramLoginModule/);
  });
});
