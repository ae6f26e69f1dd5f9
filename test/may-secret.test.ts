import assert from "node:assert/strict";
import { asksForSecret, maskSecrets, maySecret } from "../runtime/model/may-secret.ts";

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
    // Short forms, and keys of services and procedures, of which no list is ever complete.
    ...["DB_PASS", "SMTP_PASS", "DBPASS", "spring.datasource.pass", "sasl.pass", "requirepass", "OLD_PSWD", "DB_PW"],
    ...["REDIS_AUTH", "AUTHORIZATION", "Proxy-Authorization", "DB_CREDS", "dbCreds", "SENTRY_DSN", "CARD_PIN"],
    ...[
      "JWT_KEY",
      "HMAC_KEY",
      "SESSION_KEY",
      "STRIPE_KEY",
      "SSH_KEY",
      "aesKey",
      "SSHKEY",
      "MAILGUN_KEY",
      "FERNET_KEYS",
    ],
    ...["RSA_PRIVATE", "SSH_PRIV", "PRIVATE_PEM", "SESSION_KEY_OLD", "JWT_KEY_BASE64", "JWT_KEY_2", "slack.webhook"],
    ...["spec.template.spec.containers[0].env[SESSION_KEY].value", 'data["smtp.pass"]', "COOKIE_SALT"],
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
    ...["COMPASS", "PASSENGER", "BYPASS", "PASS_THROUGH", "PASSIVE", "KEYSPACE", "KEYCLOAK_HOST", "VALKEY", "MONKEY"],
    ...["TOPIC_KEY", "PARTITION_KEY", "record.key", "messageKey", "primary_key", "SORT_KEY", "output.format.key"],
    ...["PUBLIC_KEY", "authorized_keys", "key", "KEY", "topologyKey", "message.key.columns", "key.converter.schemas"],
    ...["configMapKeyRef.key", "spec.tolerations[0].key", "nodeSelectorTerms[0].matchExpressions[1].key"],
    ...["ssl.client.auth", "AUTHOR", "OAUTH_ENABLED", "AUTH_TYPE", "authorizer.class.name", "PINNED", "JWT_KEY_PATH"],
    ...["PRIVATE", "IS_PRIVATE", "privateCluster", "webhooks[0].name", "SALTED", "spec.kafka.authorization.superUsers"],
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
    "-Xmx4g -Djavax.net.ssl.keyStorePassword=changeit -Dx=y",
    "-Ddb.pass=changeit",
    "-Djwt.key=abcdef",
    "mysqldump --password hunter2 pega",
    "redis-cli --pass hunter2",
    "curl -u admin:hunter2 https://x",
    '{"sessionKey":"abcdef"}',
    '{\\"password\\":\\"hunter2\\"}',
    "<password>hunter2</password>",
    "scott/tiger@//db:1521/ORCL",
    "jdbc:oracle:thin:scott/tiger@db:1521:ORCL",
    "scott/tiger@orcl",
    "user:hunter2@tcp(db:3306)/orders",
    "https://0123456789abcdef@o1.ingest.sentry.io/1",
    `hvs.${"CAESIJ1x".repeat(4)}`,
    `sk_live_${"4eC39HqLyjWDarjt"}`,
    `AIza${"SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"}`,
    `https://hooks.slack.com/services/${"T0/B0/XXXX"}`,
    `ghu_${"16C7e42F292c6912E7"}`,
    `SG.${"ngeVfQFYQlKU0ufo8x5d1A"}.${"TwL2iGABf9DHoTf09kqeF8tAmbihYzrnopKc"}`,
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQ",
    "Authorization: Bearer abcdef123456",
  ];
  for (const value of values)
    it(`is the value ${value.slice(0, 30)}…, whatever it is called`, () => assert.equal(maySecret("url", value), true));

  for (const value of ["${file:/etc/kafka/user.properties:password}", "${DB_PASSWORD}", "$(DB_PASSWORD)"])
    it(`is not ${value}, which only says where it lies`, () => assert.equal(maySecret("db.password", value), false));

  const ordinary = [
    ...["https://registry.example:8081/path", "SASL_SSL", "orders,payments", "passwords are in Vault"],
    ...["repo/app:1.2@sha256:0123abcd", "registry:5000/app:1.2", "kafka/broker1.example.com@EXAMPLE.COM"],
    ...[
      "-Dsasl.password=${DB_PASSWORD} -Xmx4g",
      "--password $(DB_PASSWORD)",
      "--password-file /etc/x",
      "a@example.com",
    ],
    ...["failed auth: connection refused", "topicKey=id partition.key=id", "ssl.client.auth=required", "AUTH=true"],
    ...["broker-1:9092,broker-2:9092", "2026-11-30T20:10:40Z", "key=value", '{"topologyKey":"kubernetes.io/hostname"}'],
    ...["sk-learn", "pat-riots", "gl-table-names", "compass=north"],
  ];
  for (const value of ordinary)
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

  const inside = [
    ["-Dstore.pass=changeit -Xmx4g", "-Dstore.pass=… -Xmx4g"],
    ["run --password hunter2 --host db", "run --password … --host db"],
    ['{"password": "hun;ter 2", "user": "a"}', '{"password": "…", "user": "a"}'],
    ["password=hun$ter2;ssl=true", "password=…;ssl=true"],
    ["login: password=hunter2", "login: password=…"],
    ["<a><dbPassword>hunter2</dbPassword></a>", "<a><dbPassword>…</dbPassword></a>"],
    [`url: https://hooks.slack.com/services/${"T0/B0/XX"} ok`, "url: https://hooks.slack.com/services/… ok"],
    ["a -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- z", "a … z"],
    ["password=${env:DB_PASSWORD}", "password=${env:DB_PASSWORD}"],
    ["https://user:a@host, https://user:b@host", "https://user:…@host, https://user:…@host"],
  ] as const;
  for (const [text, masked] of inside)
    it(`is all that is hidden in ${JSON.stringify(text.slice(0, 40))}`, () =>
      assert.equal(
        maskSecrets(text, () => "…"),
        masked,
      ));

  it("is looked for in a long text without a pause", () => {
    const text = `${"A".repeat(300_000)} ${" ".repeat(100_000)}${"a=b;".repeat(10_000)}${"x/".repeat(100_000)}`;
    const before = performance.now();
    assert.equal(maySecret("", text), false);
    // Minutes where a pattern begins again at each character.
    assert.ok(performance.now() - before < 5000, "took longer than 5 s");
  });

  it("is the next word of a command after an option that asks for it", () => {
    assert.ok(asksForSecret("--password") && asksForSecret("-dbPass"));
    assert.ok(!asksForSecret("--host") && !asksForSecret("password") && !asksForSecret("--password=x"));
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
