import assert from "node:assert/strict";
import { renderedChange, unseenSecrets } from "../components/pega/rendered-change.ts";
import { objectsOfRelease, renderedObjects, shortHash } from "../components/pega/rendered.ts";
import { templateOptions } from "../components/pega/render.ts";

const container = (env: unknown[], image = "pega:8.8.3") => ({ name: "pega-web-tomcat", image, env });
const web = (replicas: number | undefined, env: unknown[], annotation = "a".repeat(64)) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "pega-web", namespace: "pega" },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    template: { metadata: { annotations: { "config-check": annotation } }, spec: { containers: [container(env)] } },
  },
});
const secret = (data: Record<string, string>, hook?: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "pega-stream-secret", ...(hook && { annotations: { "helm.sh/hook": hook } }) },
  data,
});
const change = (before: unknown[], after: unknown[]) =>
  renderedChange(renderedObjects(before, "pega"), renderedObjects(after, "pega"));

describe("the rendered change of a release", () => {
  it("names each object and each path before and after, hooks marked", () => {
    const hpa = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "pega-web-hpa" } };
    const before = [web(undefined, [{ name: "NODE_TYPE", value: "WebUser" }]), hpa];
    const after = [
      web(
        0,
        [
          { name: "EXTRA", value: "1" },
          { name: "NODE_TYPE", value: "WebUser,BIX" },
        ],
        "b".repeat(64),
      ),
      secret({ STREAM_JAAS_CONFIG: "eA==" }, "pre-install, pre-upgrade"),
    ];
    assert.deepEqual(change(before, after), [
      "~ Deployment pega-web",
      "    spec.replicas: absent -> 0",
      "    spec.template.metadata.annotations.config-check: aaaaaaaa -> bbbbbbbb",
      '    spec.template.spec.containers[pega-web-tomcat].env[NODE_TYPE].value: WebUser -> "WebUser,BIX"',
      '    spec.template.spec.containers[pega-web-tomcat].env[EXTRA]: absent -> {"name":"EXTRA","value":"1"}',
      "- HorizontalPodAutoscaler pega-web-hpa",
      "+ Secret pega-stream-secret (hook pre-install, pre-upgrade)",
    ]);
  });

  it("shows what a Secret holds as hashes, and passwords anywhere else too", () => {
    const config = (text: string) => ({ kind: "ConfigMap", metadata: { name: "c" }, data: { "a.xml": text } });
    const lines = change(
      [
        secret({ STREAM_JAAS_CONFIG: "b2xkLXBhc3M=", GONE: "b2xkLWdvbmU=" }),
        web(1, [
          { name: "EXTERNAL_KEYSTORE_PASSWORD", value: "old-pass" },
          { name: "URL", value: "x;password=old-pass" },
        ]),
        config('<e>\n<env name="db/password" value="old-pass"/>\n</e>'),
      ],
      [
        secret({ STREAM_JAAS_CONFIG: "bmV3LXBhc3M=" }),
        web(1, [
          { name: "EXTERNAL_KEYSTORE_PASSWORD", value: "new-pass" },
          { name: "URL", value: "x;password=new-pass" },
          { name: "MORE_PASSWORD", value: "new-pass" },
          { name: "REF_PASSWORD", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
        ]),
        config('<e>\n<env name="db/password" value="new-pass"/>\n</e>'),
      ],
    );
    const container = "    spec.template.spec.containers[pega-web-tomcat]";
    assert.deepEqual(lines, [
      "~ ConfigMap c",
      `    data["a.xml"] line 2: ${JSON.stringify(`<env name="db/password" value="sha256 ${shortHash("old-pass")}"/>`)} -> ${JSON.stringify(`<env name="db/password" value="sha256 ${shortHash("new-pass")}"/>`)}`,
      "~ Deployment pega-web",
      `${container}.env[EXTERNAL_KEYSTORE_PASSWORD].value: sha256 ${shortHash("old-pass")} -> sha256 ${shortHash("new-pass")}`,
      `${container}.env[URL].value: "x;password=sha256 ${shortHash("old-pass")}" -> "x;password=sha256 ${shortHash("new-pass")}"`,
      `${container}.env[MORE_PASSWORD]: absent -> {"name":"MORE_PASSWORD","value":"sha256 ${shortHash("new-pass")}"}`,
      `${container}.env[REF_PASSWORD]: absent -> {"name":"REF_PASSWORD","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}`,
      "~ Secret pega-stream-secret",
      `    data.GONE: sha256 ${shortHash("b2xkLWdvbmU=")} -> absent`,
      `    data.STREAM_JAAS_CONFIG: sha256 ${shortHash("b2xkLXBhc3M=")} -> sha256 ${shortHash("bmV3LXBhc3M=")}`,
    ]);
    assert.doesNotMatch(lines.join("\n"), /old-pass|new-pass|b2xk|bmV3/);
  });

  it("hides what options of commands say, a private key of many lines, and names without the word password", () => {
    const pod = (secret: string, more: string[] = []) => ({
      kind: "Deployment",
      metadata: { name: "d" },
      spec: {
        args: ["--password", secret, "--host", "db", ...more],
        env: [
          { name: "DB_PASS", value: secret },
          { name: "JAVA_OPTS", value: `-Xmx4g -Djavax.net.ssl.keyStorePassword=${secret}` },
        ],
      },
    });
    const key = (secret: string) => ({
      kind: "ConfigMap",
      metadata: { name: "c" },
      data: { all: `a\n-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\nz` },
    });
    const lines = change([pod("old-one"), key("old-one")], [pod("new-one"), key("new-one")]);
    const [old, young] = [shortHash("old-one"), shortHash("new-one")];
    assert.deepEqual(
      lines.filter((line) => line.startsWith("    spec")),
      [
        `    spec.args[1 --password]: sha256 ${old} -> sha256 ${young}`,
        `    spec.env[DB_PASS].value: sha256 ${old} -> sha256 ${young}`,
        `    spec.env[JAVA_OPTS].value: "-Xmx4g -Djavax.net.ssl.keyStorePassword=sha256 ${old}" -> "-Xmx4g -Djavax.net.ssl.keyStorePassword=sha256 ${young}"`,
      ],
    );
    const longer = change([pod("old-one")], [pod("new-one", ["--verbose"])]);
    const added = change([{ ...pod("x"), spec: {} }], [pod("new-one")]);
    assert.ok(added.length > 2, "spec is added whole");
    assert.doesNotMatch([...lines, ...longer, ...added].join("\n"), /old-one|new-one/);
  });

  it("names a Secret that changes behind the pods' back", () => {
    const [old, young] = [secret({ STREAM_JAAS_CONFIG: "eA==" }), secret({ STREAM_JAAS_CONFIG: "eQ==" })];
    const unseen = (before: unknown[], after: unknown[]) =>
      unseenSecrets(renderedObjects(before, "pega"), renderedObjects(after, "pega"));
    assert.deepEqual(unseen([old, web(1, [])], [young, web(2, [])]), [
      "Secret pega-stream-secret changes and no pod starts again for it; run `kubectl rollout restart` on the tiers afterwards",
    ]);
    assert.deepEqual(unseen([old, web(1, [])], [young, web(1, [], "b".repeat(64))]), []);
    assert.deepEqual(unseen([web(1, [])], [young, web(1, [])]), []);
  });

  it("is empty for what an API server does not tell apart: order, nulls, the release's own namespace", () => {
    const manifest = [
      "---\n# Source: a.yaml\nkind: Service\nmetadata: {name: web, namespace: pega}\nspec: {type: ClusterIP, ports: }",
      "---\n# empty\n---\nkind: ConfigMap\nmetadata:\n  name: c\ndata: {A: 'yes'}\n",
    ].join("\n");
    const hooks = [{ manifest: "kind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: post-install}}" }];
    const running = objectsOfRelease({ namespace: "pega", manifest, hooks });
    const rendered = renderedObjects(
      [
        { kind: "ConfigMap", metadata: { name: "c", namespace: "pega" }, data: { A: "yes" } },
        { kind: "Job", metadata: { annotations: { "helm.sh/hook": "post-install" }, name: "j", namespace: "pega" } },
        { kind: "Service", spec: { type: "ClusterIP" }, metadata: { name: "web", namespace: "pega" } },
      ],
      "pega",
    );
    assert.deepEqual(
      running.map(({ kind, hook }) => [kind, hook]),
      [
        ["Service", ""],
        ["ConfigMap", ""],
        ["Job", "post-install"],
      ],
    );
    assert.deepEqual(renderedChange(running, rendered), []);
  });
});

describe("what Helm's engine is asked", () => {
  const args = { release: "pega", namespace: "pega", values: { a: 1 } };
  const asked = (chart: Parameters<typeof templateOptions>[0]["chart"]) =>
    JSON.parse(templateOptions({ ...args, chart })) as Record<string, unknown>;

  it("takes a folder or archive, a name in a repository, or an OCI address", () => {
    const common = {
      release_name: "pega",
      namespace: "pega",
      values: { a: 1 },
      skip_crd_rendering: true,
      include_test_hook_resources: true,
    };
    assert.deepEqual(asked({ chart: "/charts/pega-4.9.0.tgz" }), {
      ...common,
      path: "/charts",
      chart: "pega-4.9.0.tgz",
    });
    assert.deepEqual(asked({ chart: "./lab/pega/chart" }), {
      ...common,
      path: `${process.cwd()}/lab/pega`,
      chart: "chart",
    });
    assert.deepEqual(asked({ chart: "pega", version: "4.9.0", repository: "https://charts.example.com" }), {
      ...common,
      chart: "pega",
      version: "4.9.0",
      fetch_opts: { repo: "https://charts.example.com" },
    });
    assert.deepEqual(asked({ chart: "oci://r.example.com/pega", version: "4.9.0" }), {
      ...common,
      chart: "oci://r.example.com/pega",
      version: "4.9.0",
    });
  });
});
