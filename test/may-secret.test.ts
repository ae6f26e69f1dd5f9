import assert from "node:assert/strict";
import { maskSecrets, maySecret } from "../runtime/model/may-secret.ts";

describe("what must not be printed", () => {
  /** Names from the places that once decided by six patterns of their own, which disagreed. */
  const hidden = [
    ...["CLIENT_SECRET", "basic.auth.credentials", "aws.secret.access.key", "client.secret"],
    ...["ssl.keystore.certificate.chain", "google.keyfile", "passphrase", "token", "clientSecret", "api_key", "DB_PWD"],
    ...["OIDC_CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "PGPASSWORD", "MYSQL_ROOT_PASSWORD"],
    ...["sasl.jaas.config", "producer.override.sasl.jaas.config", "ssl.key.password", "ssl.keystore.key", "tls.key"],
    ...["basic.auth.user.info", "schema.registry.basic.auth.user.info", "connection.password", "connection.uri"],
    ...["mongodb.connection.string", "azure.storage.account.key", "sharedAccessKey", "privateKey", "private_key"],
    ...["apiKey", "X-API-KEY", "accessToken", "refresh_token", "storePassword", "keystorePasswd", "adminCredentials"],
    ...["encryption.key", "signingKey", "spec.template.spec.containers[0].env[DB_PASSWORD].value", "sas.token"],
  ];
  for (const name of hidden) it(`is the value of ${name}`, () => assert.equal(maySecret(name, "hunter2"), true));

  const shown = [
    ...["tasks.max", "topics", "key.converter", "ssl.truststore.certificates", "security.protocol", "sasl.mechanism"],
    ...["secretName", "secretKeyRef", "token.endpoint.url", "sasl.oauthbearer.token.endpoint.url", "password.length"],
    ...[
      "basic.auth.credentials.source",
      "ssl.keystore.location",
      "tokenizer",
      "keyspace",
      "primary.key.mode",
      "secretary",
    ],
    ...["image", "replicas", "max.request.size", "delegation.token.expiry.time.ms", ""],
  ];
  for (const name of shown)
    it(`is not the value of ${name || "nothing"}`, () => assert.equal(maySecret(name, "plain"), false));

  const values = [
    "jdbc:postgresql://db/pega?user=a&password=hunter2",
    "https://user:hunter2@registry.example",
    "-----BEGIN PRIVATE KEY-----\nMIIE",
    "-----BEGIN RSA PRIVATE KEY-----",
    "Bearer abcdef123456",
    "basic dXNlcjpodW50ZXIy",
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b";',
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
    "AKIAIOSFODNN7EXAMPLE",
    "Endpoint=sb://x/;SharedAccessKey=abc=",
  ];
  for (const value of values)
    it(`is the value ${value.slice(0, 30)}…, whatever it is called`, () => assert.equal(maySecret("url", value), true));

  for (const value of ["${file:/etc/kafka/user.properties:password}", "${DB_PASSWORD}", "$(DB_PASSWORD)"])
    it(`is not ${value}, which only says where it lies`, () => assert.equal(maySecret("db.password", value), false));

  for (const value of ["https://registry.example:8081/path", "SASL_SSL", "orders,payments", "passwords are in Vault"])
    it(`is not the value ${value}`, () => assert.equal(maySecret("some.key", value), false));

  it("is hidden inside a text, and the rest of the text is kept", () => {
    assert.equal(
      maskSecrets("jdbc:x;password=hunter2;ssl=true", () => "…"),
      "jdbc:x;password=…;ssl=true",
    );
    assert.equal(
      maskSecrets("https://user:hunter2@host/path", () => "…"),
      "https://user:…@host/path",
    );
    assert.equal(
      maskSecrets('name="a/password" value="hunter2"', () => "…"),
      'name="a/password" value="…"',
    );
  });

  it("is hidden where Kafka repeats the value of a property that it refuses, and only there", () => {
    const refused = (property: string) => `Invalid value hunter2 for configuration ${property}: no`;
    assert.equal(
      maskSecrets(refused("ssl.key.password")),
      "Invalid value (not shown) for configuration ssl.key.password: no",
    );
    assert.equal(maskSecrets(refused("tasks.max")), refused("tasks.max"));
  });
});
