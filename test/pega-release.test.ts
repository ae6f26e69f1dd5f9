import assert from "node:assert/strict";
import { isDrained, isExternal, since, switchBegun } from "../runtime/pega/history.ts";
import { type ReleaseStatus } from "../runtime/pega/release-revision.ts";
import { readHistory, readRelease, runningOf, type ReleaseApi } from "../runtime/pega/release.ts";
import { helmSecret, history, scope, values, type RevisionWords } from "./support/pega-readings.ts";

/** What Helm 3 writes, with parts that are not read. */
const record = (version: number, status: string, more: object = {}) => ({
  name: "shop",
  info: {
    first_deployed: "2026-11-01T08:00:00.123456789+01:00",
    last_deployed: `2026-11-0${version}T08:00:00.123456789+01:00`,
    deleted: "",
    description: status === "failed" ? "timed out waiting for the condition" : "Upgrade complete",
    status,
    notes: "Thanks",
  },
  chart: {
    metadata: { name: "pega", version: "3.25.0", appVersion: "8.23", apiVersion: "v1" },
    lock: null,
    templates: [{ name: "templates/x.yaml", data: "eA==" }],
    values: { stream: { enabled: true } },
    schema: null,
    files: null,
  },
  config: { global: { tier: [] } },
  manifest: "---\n# Source: pega/templates/x.yaml\nkind: ConfigMap\n",
  hooks: [
    {
      name: "pega-stream-secret",
      kind: "Secret",
      path: "pega/templates/pega-stream-secret.yaml",
      manifest: "kind: Secret\n",
      events: ["pre-install", "pre-upgrade"],
      last_run: { phase: "Succeeded" },
      delete_policies: ["before-hook-creation"],
    },
  ],
  version,
  namespace: "pega",
  ...more,
});
const secretsOf = (...records: readonly { readonly version: number }[]): ReleaseApi => ({
  secrets: async () =>
    records.map((one) => ({ name: `sh.helm.release.v1.shop.v${one.version}`, release: helmSecret(one) })),
});

describe("a release as Helm remembers it", () => {
  it("is the newest revision that was deployed, with its values, the chart's defaults, manifest and hooks", async () => {
    const api = secretsOf(record(2, "deployed"), record(1, "superseded"));
    assert.deepEqual(await readRelease(scope.release, api), {
      name: "shop",
      namespace: "pega",
      revision: 2,
      status: "deployed",
      chart: { name: "pega", version: "3.25.0", appVersion: "8.23", values: { stream: { enabled: true } } },
      values: { global: { tier: [] } },
      manifest: "---\n# Source: pega/templates/x.yaml\nkind: ConfigMap\n",
      hooks: [
        {
          kind: "Secret",
          name: "pega-stream-secret",
          manifest: "kind: Secret\n",
          events: ["pre-install", "pre-upgrade"],
        },
      ],
      deployedAt: "2026-11-02T07:00:00.123Z",
      description: "Upgrade complete",
      newest: {
        revision: 2,
        status: "deployed",
        deployedAt: "2026-11-02T07:00:00.123Z",
        description: "Upgrade complete",
      },
      problem: null,
    });
  });

  it("is in the order of revisions, 9 before 10", async () => {
    const api = secretsOf(record(9, "superseded"), record(8, "superseded"), { ...record(9, "deployed"), version: 10 });
    const revisions = await readHistory(scope.release, api);
    assert.deepEqual(
      revisions.map(({ revision }) => revision),
      [8, 9, 10],
    );
  });

  it("is null where Helm has no Secret of it", async () => {
    assert.equal(await readRelease(scope.release, secretsOf()), null);
  });

  it("lacks what the user never gave and the chart never named", async () => {
    const bare = record(1, "deployed", {
      config: null,
      hooks: null,
      chart: { metadata: { name: "pega" }, values: null },
    });
    const found = await readRelease(scope.release, secretsOf(bare));
    assert.deepEqual([found?.values, found?.hooks, found?.chart.values, found?.chart.appVersion], [{}, [], {}, ""]);
  });

  it("may be a record without gzip", async () => {
    const release = helmSecret(record(1, "deployed"), (json) => json);
    const found = await readRelease(scope.release, { secrets: async () => [{ name: "v1", release }] });
    assert.equal(found?.revision, 1);
  });

  for (const [what, release] of [
    ["is empty", ""],
    ["is no base64 of gzip", Buffer.from("secret-password").toString("base64")],
    ["is another record", helmSecret({ password: "secret-password" })],
  ] as const) {
    it(`is refused without its content where the Secret ${what}`, async () => {
      const api: ReleaseApi = { secrets: async () => [{ name: "sh.helm.release.v1.shop.v1", release }] };
      await assert.rejects(readRelease(scope.release, api), {
        message: "Secret sh.helm.release.v1.shop.v1 is no record of a Helm release; look at it by helm history",
      });
    });
  }

  // prettier-ignore
  const problems: readonly (readonly [string, readonly ReleaseStatus[], number, RegExp])[] = [
    ["failed", ["superseded", "deployed", "failed"], 2, /^release pega\/shop is failed in revision 3 since .*; Helm compares the next upgrade with revision 2, which was deployed last: fix the cause, then run pulumi up again$/],
    ["failed at once", ["failed"], 1, /failed in revision 1 .* was never deployed whole; fix the cause, then install it by Helm/],
    ["was killed", ["deployed", "pending-upgrade"], 1, /pending-upgrade in revision 2 .*: wait if it is still under way; if it was killed, Helm refuses every upgrade until it is undone by helm --kube-context prod -n pega rollback shop 1$/],
    ["was killed twice", ["deployed", "pending-upgrade", "pending-rollback"], 1, /pending-rollback in revision 3 .* rollback shop 1$/],
    ["was killed while it was installed", ["pending-install"], 1, /pending-install in revision 1 .* uninstall shop and install it again$/],
    ["was uninstalled with its history kept", ["superseded", "uninstalled"], 2, /uninstalled in revision 2 .*; there is nothing to take over/],
    ["has no deployed revision", ["superseded"], 1, /none is deployed; look at helm --kube-context prod -n pega history shop$/],
  ];
  for (const [when, statuses, running, problem] of problems) {
    it(`says what to do when the newest ${when}`, () => {
      const found = runningOf(scope.release, history(...statuses.map((status) => ["running", status] as const)));
      assert.equal(found?.revision, running);
      assert.equal(found.newest.revision, statuses.length);
      assert.match(found.problem ?? "", problem);
    });
  }

  it("is at rest again once an upgrade has followed the failed one", () => {
    const found = runningOf(scope.release, history(["running"], ["drained", "failed"], ["drained"]));
    assert.deepEqual([found?.revision, found?.problem], [3, null]);
  });
});

describe("a release's history", () => {
  const [revision] = history(["running"]);
  const with_ = (given: object) => ({ ...revision!, values: given as Readonly<Record<string, unknown>> });

  // prettier-ignore
  const externals: readonly (readonly [string, object, boolean])[] = [
    ["an address and the chart's own default", { stream: { bootstrapServer: "k:9092" } }, true],
    ["an address and enabled", { stream: { enabled: true, bootstrapServer: "k:9092" } }, true],
    ["no address, as the chart is by itself", {}, false],
    ["an address and not enabled", { stream: { enabled: false, bootstrapServer: "k:9092" } }, false],
    ["an address and a null that deletes the default", { stream: { enabled: null, bootstrapServer: "k:9092" } }, false],
    ["a null in place of the section", { stream: null }, false],
  ];
  for (const [what, given, external] of externals) {
    it(`uses ${external ? "the external" : "the embedded"} stream by ${what}`, () => {
      assert.equal(isExternal(with_(given)), external);
    });
  }

  // prettier-ignore
  const drained: readonly (readonly [string, object, boolean])[] = [
    ["no replicas and no autoscaling", { name: "web", replicas: 0, hpa: { enabled: false } }, true],
    ["no replicas and nothing about autoscaling", { name: "web", replicas: 0 }, true],
    ["no replicas and autoscaling, which leaves them out", { name: "web", replicas: 0, hpa: { enabled: true } }, false],
    ["replicas", { name: "web", replicas: 1 }, false],
    ["another name", { name: "www", replicas: 0 }, false],
  ];
  for (const [what, entry, is] of drained) {
    it(`${is ? "has drained" : "has not drained"} a tier with ${what}`, () => {
      assert.equal(isDrained(with_({ global: { tier: [null, entry] } }), ["web"]), is);
    });
  }

  it("has drained nothing where no tier only produces", () => {
    assert.equal(isDrained(with_(values.drained), []), false);
  });

  // prettier-ignore
  const runs: readonly (readonly [string, readonly RevisionWords[], number | null])[] = [
    ["the first of the last run", [["running"], ["external"], ["external"]], 2],
    ["not one before a break", [["external"], ["running"], ["external"]], 3],
    ["not one that failed", [["running"], ["external", "failed"], ["external"]], 3],
    ["nothing across a failed way back, of which part may have been carried out", [["external"], ["running", "failed"], ["external"]], 3],
    ["nothing while the newest is another", [["external"], ["running"]], null],
    ["nothing while none was carried through", [["running"], ["external", "failed"]], null],
  ];
  for (const [what, words, expected] of runs) {
    it(`counts the external stream from ${what}`, () => {
      assert.equal(since(history(...words), isExternal)?.revision ?? null, expected);
    });
  }

  it("has begun the switch once its newest revision is external, carried out or not", () => {
    assert.equal(switchBegun(history(["running"], ["drained"])), null);
    assert.equal(switchBegun(history(["drained"], ["external", "failed"]))?.revision, 2);
    assert.equal(
      switchBegun(history(["drained"], ["external", "failed"], ["external", "pending-upgrade"]))?.revision,
      2,
    );
    assert.equal(switchBegun(history(["drained"], ["external", "failed"], ["drained"])), null);
    assert.equal(switchBegun([]), null);
  });
});
