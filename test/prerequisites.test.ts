import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prerequisitesOf } from "../components/prerequisites.ts";
import type { PrerequisitesInputs } from "../runtime/model/inputs.ts";
import { prerequisites } from "../runtime/resources/prerequisites.ts";
import { stackConfig } from "./support/stack.ts";

/** An API server that knows some kinds and rights; `away` hangs up on whoever asks. */
class ApiServer {
  readonly kinds = new Map<string, string[]>();
  readonly refused = new Set<string>();
  /** Status of every answer about rights. @default they are answered */
  reviews: number | null = null;
  asked = 0;
  readonly folder = mkdtempSync(join(tmpdir(), "prerequisites-"));
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.asked += 1;
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const reply = (status: number, body: object) =>
          response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        const kinds = this.kinds.get(request.url?.replace(/^\/apis\//, "") ?? "");
        if (request.method === "GET") {
          return kinds ? reply(200, { resources: kinds.map((name) => ({ name })) }) : reply(404, { kind: "Status" });
        }
        if (this.reviews !== null) return reply(this.reviews, { kind: "Status", message: "no" });
        const { spec } = JSON.parse(Buffer.concat(chunks).toString()) as {
          spec: {
            resourceAttributes: {
              verb: string;
              group: string;
              resource: string;
              subresource?: string;
              namespace: string;
            };
          };
        };
        const { verb, group, resource, subresource, namespace } = spec.resourceAttributes;
        const asked = subresource === undefined ? resource : `${resource}/${subresource}`;
        reply(201, { spec, status: { allowed: !this.refused.has(`${verb} ${asked} ${group} ${namespace}`) } });
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  kubeconfig(server: string): string {
    const file = join(this.folder, "kubeconfig");
    const entries = {
      clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user: {} }],
    };
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", ...entries }));
    return file;
  }

  /** Nobody answers any more. */
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  close(): void {
    this.stop();
    rmSync(this.folder, { recursive: true });
  }
}

const kubedb = ["kafkas", "kafkas/status"];
const full: readonly (readonly [string, string[]])[] = [
  ["kubedb.com/v1", kubedb],
  ["kafka.kubedb.com/v1alpha1", ["connectclusters", "connectors"]],
  ["cert-manager.io/v1", ["certificates"]],
  ["monitoring.coreos.com/v1", ["servicemonitors", "prometheusrules"]],
];

describe("what must be there before anything is made", () => {
  let api: ApiServer;
  let server: string;
  let inputs: PrerequisitesInputs;
  beforeEach(async () => {
    api = new ApiServer();
    server = await api.start();
    for (const [version, kinds] of full) api.kinds.set(version, [...kinds]);
    const kubeconfig = api.kubeconfig(server);
    const { needs } = prerequisitesOf(stackConfig("prod"), { connect: "present" });
    // Both sides in one Kubernetes.
    const here = needs.map(({ kubernetes: { namespace }, need }) => ({
      kubernetes: { kubeconfig, namespace, requestSeconds: 1 },
      need,
    }));
    inputs = { needs: [...new Map(here.map((one) => [JSON.stringify(one), one])).values()] };
  });
  afterEach(() => api.close());

  const failures = async (): Promise<string[]> =>
    (await prerequisites.check!(inputs, {})).failures!.map(({ reason }) => reason);

  it("is there", async () => {
    assert.deepEqual(await failures(), []);
    assert.deepEqual(await prerequisites.apply(inputs, undefined), {});
  });

  // prettier-ignore
  const cases: readonly [missing: string, change: () => unknown, sentence: RegExp][] = [
    ["KubeDB", () => api.kinds.delete("kubedb.com/v1"), /^KubeDB is not installed at http:\S+: it has no kafkas\.kubedb\.com of version v1; install it there/],
    ["KubeDB's Connect", () => api.kinds.set("kafka.kubedb.com/v1alpha1", ["connectors"]), /^KubeDB's ConnectCluster is not installed at \S+ it has no connectclusters\.kafka\.kubedb\.com of version v1alpha1/],
    ["cert-manager", () => api.kinds.delete("cert-manager.io/v1"), /^cert-manager is not installed .* certificates\.cert-manager\.io/],
    ["the Prometheus operator's rules", () => api.kinds.set("monitoring.coreos.com/v1", ["servicemonitors"]), /^The Prometheus operator is not installed .* prometheusrules\.monitoring\.coreos\.com/],
    ["the right to make the target", () => api.refused.add("create kafkas kubedb.com kafka"), /^the runner is not allowed to create kafkas\.kubedb\.com in namespace kafka at \S+; grant it: kubectl auth can-i create kafkas\.kubedb\.com -n kafka has to say yes$/],
    ["the right to scale them", () => api.refused.add("patch deployments/scale apps shop"), /^the runner is not allowed to patch deployments\.apps\/scale in namespace shop at \S+; grant it: kubectl auth can-i patch deployments\.apps --subresource=scale -n shop has to say yes$/],
    ["the right to see their pods end", () => api.refused.add("list pods  shop"), /^the runner is not allowed to list pods in namespace shop/],
    ["the right to stop workloads", () => api.refused.add("patch deployments apps shop"), /^the runner is not allowed to patch deployments\.apps in namespace shop/],
  ];
  for (const [missing, change, sentence] of cases) {
    it(`is said in one sentence where it lacks ${missing}, before an update begins and in it`, async () => {
      change();
      const found = await failures();
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0]!, sentence);
      await assert.rejects(prerequisites.apply(inputs, undefined), { message: found[0] });
    });
  }

  it("is said all at once", async () => {
    api.kinds.clear();
    assert.equal((await failures()).length, 5);
  });

  it("does not stop a preview where Kubernetes is away, and stops the update", async () => {
    api.stop();
    const line = console.log;
    const logged: string[] = [];
    console.log = (text: string) => void logged.push(text);
    try {
      assert.deepEqual(await failures(), []);
    } finally {
      console.log = line;
    }
    assert.match(logged.join(), /^could not look for kafkas\.kubedb\.com at /);
    await assert.rejects(prerequisites.apply(inputs, undefined), /^Error: could not look for kafkas\.kubedb\.com at /);
  });

  it("does not stop anything where the API server does not say what is allowed", async () => {
    api.reviews = 403;
    assert.deepEqual(await failures(), []);
  });

  it("is asked of each row for what that row makes: nothing of Connect once it has gone", () => {
    const kinds = (connect: "present" | "absent") =>
      prerequisitesOf(stackConfig("prod"), { connect }).needs.map(({ need }) => need.plural);
    assert.ok(kinds("present").includes("connectclusters"));
    assert.ok(!kinds("absent").includes("connectclusters"));
    assert.ok(!kinds("absent").includes("prometheusrules"));
    assert.ok(kinds("absent").includes("deployments"));
  });
});
