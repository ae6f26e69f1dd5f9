import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { sideSchema } from "../config/clusters.ts";
import { connector } from "../config/connectors.ts";
import { rightsSchema } from "../config/rights.ts";
import {
  brokerLogin,
  clientCertificate,
  everySecretKey,
  javaLogin,
  madeAs,
  madeElsewhere,
  madeMechanisms,
  mechanisms,
  nameIn,
  needsUser,
  ownSecretKeys,
  providerLogin,
  saslMechanism,
  scramMechanism,
  secretKeys,
  type Mechanism,
} from "../runtime/model/login.ts";
import { protocols, tlsOtherwise, usesSasl, usesTls, type Protocol } from "../runtime/model/protocol.ts";
import { withoutComments } from "./support/code.ts";
import { root } from "./support/stack.ts";

const scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule";
const plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule";
const user = { keys: ["username", "password"], needsUser: true, name: "username of it" };

/** What every place gets of a mechanism, its Secret holding `<key> of it` under each key. */
const expected: Record<Mechanism, object> = {
  PLAIN: {
    ...user,
    java: {
      "sasl.mechanism": "PLAIN",
      "sasl.jaas.config": `${plainModule} required username="username of it" password="password of it";`,
    },
    brokers: { mechanism: "PLAIN", username: "username of it", password: "password of it" },
    provider: { saslMechanism: "plain", saslUsername: "username of it", saslPassword: "password of it" },
    ...{ made: false, madeAs: "SCRAM-SHA-256" },
  },
  "SCRAM-SHA-256": {
    ...user,
    java: {
      "sasl.mechanism": "SCRAM-SHA-256",
      "sasl.jaas.config": `${scramModule} required username="username of it" password="password of it";`,
    },
    brokers: { mechanism: "SCRAM-SHA-256", username: "username of it", password: "password of it" },
    provider: { saslMechanism: "scram-sha256", saslUsername: "username of it", saslPassword: "password of it" },
    ...{ made: true, madeAs: "SCRAM-SHA-256" },
  },
  "SCRAM-SHA-512": {
    ...user,
    java: {
      "sasl.mechanism": "SCRAM-SHA-512",
      "sasl.jaas.config": `${scramModule} required username="username of it" password="password of it";`,
    },
    brokers: { mechanism: "SCRAM-SHA-512", username: "username of it", password: "password of it" },
    provider: { saslMechanism: "scram-sha512", saslUsername: "username of it", saslPassword: "password of it" },
    ...{ made: true, madeAs: "SCRAM-SHA-512" },
  },
};

describe("a login mechanism", () => {
  for (const mechanism of mechanisms) {
    it(`${mechanism} gives every client what it takes`, async () => {
      const keys = secretKeys(mechanism);
      const secret = Object.fromEntries(keys.map((key) => [key, `${key} of it`]));
      const found = {
        ...{ keys, needsUser: needsUser(mechanism), name: nameIn(mechanism, secret) },
        java: javaLogin(mechanism, secret),
        brokers: await brokerLogin(mechanism, secret),
        provider: providerLogin(mechanism, (key) => secret[key]),
        made: madeMechanisms.includes(mechanism),
        madeAs: madeAs(mechanism),
      };
      assert.deepEqual(found, expected[mechanism]);
    });

    it(`${mechanism} is taken by every schema that names one`, () => {
      const side = { kubernetes: "here", cluster: { kind: "external" }, bootstrap: ["a:9092"] };
      sideSchema.parse({ ...side, security: { protocol: "SASL_SSL", mechanism } });
      rightsSchema.parse({ users: [{ name: "shop", secret: "shop-login", mechanism }] });
      z.object(connector).shape.secrets.parse({ "sasl.jaas.config": { secret: "shop-login", login: mechanism } });
    });

    it(`${mechanism} makes users, or says why it makes none`, () => {
      assert.equal(madeElsewhere(mechanism) === undefined, madeMechanisms.includes(mechanism));
      assert.match(madeElsewhere(mechanism) ?? "whose", /^whose/);
    });
  }

  it("has keys of its own in the Secret, or username and password", () => {
    for (const mechanism of mechanisms) {
      assert.deepEqual(ownSecretKeys(mechanism) ?? ["username", "password"], secretKeys(mechanism));
      for (const key of secretKeys(mechanism)) assert.ok(everySecretKey.includes(key));
    }
  });

  it("of SCRAM has Kafka's number", () => {
    assert.deepEqual([0, 1, 2, 3].map(scramMechanism), [undefined, "SCRAM-SHA-256", "SCRAM-SHA-512", undefined]);
  });

  it("keeps quotes and backslashes of a Secret inside JAAS's own quotes", () => {
    const { "sasl.jaas.config": jaas } = javaLogin("PLAIN", { username: 'a"b', password: "c\\d" });
    assert.equal(jaas, `${plainModule} required username="a\\"b" password="c\\\\d";`);
  });

  it("is none for a user that is made where the side names none", () => {
    assert.equal(madeAs(undefined), undefined);
  });
});

describe("a security protocol", () => {
  const table: Record<Protocol, [sasl: boolean, tls: boolean, otherwise: Protocol, login: Mechanism | null]> = {
    PLAINTEXT: [false, false, "SSL", null],
    SASL_PLAINTEXT: [true, false, "SASL_SSL", "SCRAM-SHA-512"],
    SSL: [false, true, "PLAINTEXT", null],
    SASL_SSL: [true, true, "SASL_PLAINTEXT", "SCRAM-SHA-512"],
  };
  for (const protocol of protocols) {
    it(`${protocol} says whether clients log in and whether TLS is spoken`, () => {
      const login = saslMechanism({ protocol, mechanism: "SCRAM-SHA-512" });
      assert.deepEqual([usesSasl(protocol), usesTls(protocol), tlsOtherwise(protocol), login], table[protocol]);
    });
  }

  it("with TLS lets a client show a certificate, with and without a mechanism", () => {
    const pair = { certificate: "C", key: "K" };
    assert.deepEqual(clientCertificate.secretKeys, { certificate: "tls.crt", key: "tls.key" });
    assert.deepEqual(clientCertificate.forBrokers(pair), { cert: "C", key: "K" });
    assert.deepEqual(clientCertificate.java(pair), {
      "ssl.keystore.type": "PEM",
      "ssl.keystore.key": "K",
      "ssl.keystore.certificate.chain": "C",
    });
  });
});

const words = [
  [new RegExp(String.raw`(?<![\w-])(${mechanisms.join("|")})(?![\w-])`), "spells a mechanism"],
  [/security\.(plain|scram|oauthbearer)\.|\.[A-Z]\w+LoginModule\b/, "names a login module"],
  [/(startsWith|endsWith|includes)\(\s*["'`]_?(SASL|SSL)/, "tests a protocol's name"],
  [/\/\^?_?(SASL|SSL)[^/\n]*\/[a-z]*\.test\(/, "tests a protocol's name"],
  [/[=!]==\s*["'`](PLAINTEXT|SASL_PLAINTEXT|SSL|SASL_SSL)["'`]/, "tests a protocol's name"],
] as const;

/** What a file knows of logins that belongs into runtime/model/login.ts or protocol.ts. */
function knows(text: string): string[] {
  const perhaps = words.filter(([pattern]) => pattern.test(text));
  if (perhaps.length === 0) return [];
  const code = withoutComments(text);
  return [...new Set(perhaps.filter(([pattern]) => pattern.test(code)).map(([, what]) => what))];
}

describe("what the program knows of logins", () => {
  const home = "runtime/model/login.ts";
  /** Which mechanisms its brokers offer is a fact about a platform. */
  const platforms = /^runtime\/model\/platforms\/(?!platforms?\.ts)/;
  const files = [
    "index.ts",
    ...globSync("{config,phases,components,gates,runtime,assess,plan,cli}/**/*.ts", { cwd: root }),
  ];

  it("is in one file", () => {
    const product = files.filter((file) => !file.includes("node_modules") && file !== home && !platforms.test(file));
    assert.ok(product.length > 200, `only ${product.length} files were read`);
    const found = product.flatMap((file) =>
      knows(readFileSync(join(root, file), "utf8")).map((what) => `${file} ${what}`),
    );
    assert.deepEqual(found, []);
  });

  it("is found where it is", () => {
    assert.deepEqual(knows(readFileSync(join(root, home), "utf8")), ["spells a mechanism", "names a login module"]);
  });

  const against: [string, string][] = [
    ['const made = mechanism === "PLAIN";', "spells a mechanism"],
    ['const table = { PLAIN: "plain" };', "spells a mechanism"],
    ["const text = `allowed: PLAIN, SCRAM-SHA-256`;", "spells a mechanism"],
    ['type Login = "SCRAM-SHA-512" | "basic";', "spells a mechanism"],
    ['const module = "org.apache.kafka.common.security.scram.ScramLoginModule";', "names a login module"],
    ['if (protocol.startsWith("SASL_")) log();', "tests a protocol's name"],
    ['const tls = protocol.endsWith("SSL");', "tests a protocol's name"],
    ["const sasl = /^SASL_/.test(protocol);", "tests a protocol's name"],
    ['if (protocol === "PLAINTEXT") log();', "tests a protocol's name"],
  ];
  for (const [line, what] of against) {
    it(`is seen in ${line}`, () => assert.deepEqual(knows(line), [what]));
  }

  it("may be told in a comment, and a protocol may be chosen", () => {
    assert.deepEqual(knows('/** PLAIN, by `startsWith("SASL")` */ const a = { protocol: "SASL_SSL" };'), []);
  });
});
