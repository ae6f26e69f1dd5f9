import assert from "node:assert/strict";
import { capacityOf } from "../assess/capacity.ts";
import { networkPolicies } from "../components/network-policies.ts";
import { rowsOf } from "../phases/strategies/index.ts";
import { migrationPage } from "../plan/migration.ts";
import { prerequisites } from "../plan/prerequisites.ts";
import { isCidr } from "../runtime/model/cidr.ts";
import { kafkaManifest } from "../runtime/model/platforms/kubedb/kafka.ts";
import { externalServices } from "../runtime/model/platforms/kubedb/external.ts";
import { parseConfig } from "../config/load.ts";
import { cluster, facts, load } from "./support/readings.ts";
import { register } from "./support/rows.ts";
import { stackConfig, stackInput, stackInventory, type StackInput } from "./support/stack.ts";

const vpn = { cidr: "10.20.0.0/16" };
const config = (edit: (input: StackInput) => void = () => {}) =>
  stackConfig("prod", (input) => {
    input.network = {
      ...{
        clients: [vpn],
        operators: [{ namespace: "kubedb", labels: { app: "operator" } }],
        source: [{ cidr: "192.0.2.0/24" }],
      },
    };
    edit(input);
  });
const problems = (edit: (input: StackInput) => void) => {
  const input = stackInput("prod");
  input.network = {
    ...{ clients: [vpn], operators: [{ namespace: "kubedb" }], source: [{ cidr: "192.0.2.0/24" }] },
  };
  edit(input);
  const parsed = parseConfig(input, stackInventory("prod"));
  return "config" in parsed ? [] : parsed.problems;
};
const policy = (suffix: string, of = config(), connect: "present" | "absent" = "present") =>
  networkPolicies(of, connect).find((one) => one.suffix === suffix)?.manifest;

describe("the NetworkPolicies of a migration", () => {
  it("let exactly the brokers themselves, Connect, the workloads, the clients and the operators to the brokers", () => {
    const { metadata, spec } = policy("brokers")!;
    assert.deepEqual(metadata, { name: "shop-brokers", namespace: "kafka" });
    const kafka = { "app.kubernetes.io/name": "kafkas.kubedb.com", "app.kubernetes.io/instance": "shop-kafka" };
    assert.deepEqual([spec.podSelector, spec.policyTypes], [{ matchLabels: kafka }, ["Ingress"]]);
    const [own, clients, operators, ...others] = spec.ingress;
    assert.deepEqual(others, []);
    assert.deepEqual(own, {
      from: [{ podSelector: { matchLabels: kafka } }],
      ports: [9092, 9093].map((port) => ({ protocol: "TCP", port })),
    });
    const connect = {
      "app.kubernetes.io/name": "connectclusters.kafka.kubedb.com",
      "app.kubernetes.io/instance": "shop-migration",
    };
    // The applications of this stack run elsewhere, behind the range.
    const ui = { "app.kubernetes.io/instance": "kafbat-ui" };
    assert.deepEqual(clients!.from, [
      { podSelector: { matchLabels: connect } },
      { ipBlock: { cidr: "10.20.0.0/16" } },
      { podSelector: { matchLabels: ui } },
    ]);
    assert.deepEqual(clients!.ports, [{ protocol: "TCP", port: 9092 }]);
    assert.deepEqual(operators!.from, [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kubedb" } },
        podSelector: { matchLabels: { app: "operator" } },
      },
    ]);
  });

  it("let the namespaces of workloads in that run beside the target", () => {
    const beside = stackConfig("dev", (input) => (input.network = { operators: [{ namespace: "kubedb" }] }));
    const [, clients] = policy("brokers", beside)!.spec.ingress;
    assert.deepEqual(clients!.from.slice(1), [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "demo" } } },
    ]);
    // The source's brokers are pods there too.
    const { egress = [] } = policy("connect", beside)!.spec;
    assert.deepEqual(egress[1]!.to, [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "demo" } },
        podSelector: {
          matchLabels: { "app.kubernetes.io/name": "kafkas.kubedb.com", "app.kubernetes.io/instance": "source-kafka" },
        },
      },
    ]);
  });

  it("let Connect reach the brokers of both sides at their ports, and nothing else but DNS", () => {
    const ports = config((input) => {
      input.source.cluster = { kind: "external" };
      input.source.bootstrap = ["old-1.example:9094", "old-2.example:9095", "old-3.example:9094"];
    });
    const { egress = [] } = policy("connect", ports)!.spec;
    const [, source, target, dns, ...others] = egress;
    assert.deepEqual(others, []);
    assert.deepEqual(source, {
      to: [{ ipBlock: { cidr: "192.0.2.0/24" } }],
      ports: [9094, 9095].map((port) => ({ protocol: "TCP", port })),
    });
    assert.deepEqual(target!.ports, [{ protocol: "TCP", port: 9092 }]);
    assert.deepEqual(dns!.ports, [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ]);
  });

  it("let Connect reach the ports that brokers advertise beside those of the first addresses", () => {
    const many = config((input) => {
      input.source.cluster = { kind: "external" };
      input.source.bootstrap = ["old.example:443"];
      input.network!.sourcePorts = [9095, 9096, 443];
    });
    const { egress = [] } = policy("connect", many)!.spec;
    assert.deepEqual(
      egress[1]!.ports.map(({ port }) => port),
      [443, 9095, 9096],
    );
    assert.match(prerequisites(many).join("\n"), /Inbound TCP 443, 9095, 9096 /);
  });

  it("let the stack's own UI to the brokers and to Connect", () => {
    const ui = { podSelector: { matchLabels: { "app.kubernetes.io/instance": "shop-ui" } } };
    const shown = config((input) => (input.ui = { ...input.ui, release: "shop-ui" }));
    assert.deepEqual(policy("brokers", shown)!.spec.ingress[1]!.from.at(-1), ui);
    assert.deepEqual(policy("connect", shown)!.spec.ingress[0]!.from.at(-1), ui);
  });

  it("stand with what they protect: Connect's only where Connect stands, none where the config asks for none", () => {
    assert.equal(policy("connect", config(), "absent"), undefined);
    assert.ok(policy("brokers", config(), "absent"));
    assert.deepEqual(networkPolicies(stackConfig("prod"), "present"), []);
  });

  it("are registered before the pods that they protect", async function () {
    this.timeout(180_000);
    const args = { config: config((input) => (input.phase = "prepare")), reached: undefined };
    const { resources: registered } = await register(args);
    const brokers = registered.find(({ name }) => name === "shop-network-brokers")!;
    assert.ok(brokers.retainOnDelete);
    const kafka = registered.find(({ type, name }) => type.endsWith(":Kafka") && name.includes("target"))!;
    // By the component around it, whose dependencies its parts have in the engine.
    const byUrn = new Map(registered.map((one) => [one.urn, one]));
    const awaited = new Set<string>();
    const follow = (urn: string): void => {
      if (awaited.has(urn)) return;
      awaited.add(urn);
      const { dependencies = [], parent = "" } = byUrn.get(urn) ?? {};
      for (const next of [...dependencies, ...(parent ? [parent] : [])]) follow(next);
    };
    follow(kafka.urn);
    assert.ok(awaited.has(brokers.urn));
  });
});

describe("a network of the config", () => {
  it("is refused where it lets everybody in without a reason", () => {
    for (const cidr of ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3"]) {
      const found = problems((input) => (input.network!.clients = [{ cidr }]));
      assert.equal(found.length, 1, cidr);
      assert.match(found[0]!.path, /^network\.clients\[0\]/);
    }
    assert.deepEqual(
      problems((input) => (input.network!.clients = [{ cidr: "0.0.0.0/0", reason: "a public demo" }])),
      [],
    );
  });

  it("is refused where an address is meant, or a network and an address are mixed", () => {
    for (const [cidr, meant] of [
      ["10.0.0.1/8", "10.0.0.0/8"],
      ["10.20.30.40/20", "10.20.16.0/20"],
      ["fd00:1:2::5/48", "fd00:1:2::/48"],
    ] as const) {
      const [found, ...others] = problems((input) => (input.network!.clients = [{ cidr }]));
      assert.deepEqual(others, [], cidr);
      assert.ok(found!.message.includes(`did you mean "${meant}"?`), found!.message);
    }
    for (const cidr of ["10.20.30.40/32", "fd00::1/128", "FD00:0::/8", "192.0.2.128/25"])
      assert.deepEqual(
        problems((input) => (input.network!.clients = [vpn, { cidr }])),
        [],
        cidr,
      );
  });

  it("is refused where whoever runs the brokers and Connect would be shut out", () => {
    const found = problems((input) => delete input.network!.operators);
    assert.deepEqual(
      found.map(({ path }) => path),
      ["network.operators"],
    );
  });

  it("is refused where Connect would not reach a side, or an application not the target", () => {
    const external = problems((input) => {
      input.source.cluster = { kind: "external" };
      input.source.bootstrap = ["old.example:9094"];
      delete input.network!.source;
    });
    assert.deepEqual(
      external.map(({ path }) => path),
      ["network.source"],
    );
    const outside = problems((input) => {
      input.network!.clients = [];
    });
    assert.deepEqual(
      outside.map(({ path }) => path),
      ["network.clients"],
    );
  });

  for (const [text, is] of [
    ["10.0.0.0/8", true],
    ["fd00::/8", true],
    ["10.0.0.0/33", false],
    ["10.0.0.0", false],
    ["10.0.0/8", false],
    ["fd00::/129", false],
  ] as const) {
    it(`${is ? "takes" : "refuses"} ${text}`, () => assert.equal(isCidr(text), is));
  }
});

describe("a target that is made here", () => {
  const made = (more: object) => {
    const { target } = config((input) => Object.assign(input.target.cluster, more));
    if (target.cluster.kind !== "kubedb") throw new Error("not made here");
    return target.cluster;
  };

  it("spreads its brokers over racks by KubeDB's own field", () => {
    const rack = { topologyKey: "topology.kubernetes.io/zone" };
    assert.deepEqual((kafkaManifest(made({ rack }), "kafka").spec as { brokerRack?: object }).brokerRack, rack);
    assert.equal("brokerRack" in kafkaManifest(made({}), "kafka").spec, false);
  });

  it("has a load balancer for each broker at the port that it advertises, for these addresses alone", () => {
    const cluster = made({ external: { sourceRanges: [vpn], annotations: { "example.com/internal": "true" } } });
    const services = externalServices(cluster, "kafka");
    assert.equal(services.length, 5);
    const { metadata, spec } = services[4]!.manifest as { metadata: object; spec: Record<string, unknown> };
    assert.deepEqual(metadata, {
      ...{ name: "shop-kafka-broker-4-external", namespace: "kafka" },
      annotations: { "example.com/internal": "true" },
    });
    assert.deepEqual(spec["loadBalancerSourceRanges"], ["10.20.0.0/16"]);
    assert.deepEqual(spec["selector"], { "statefulset.kubernetes.io/pod-name": "shop-kafka-broker-4" });
    assert.deepEqual(spec["ports"], [{ name: "kafka", port: 9092, targetPort: 9092, protocol: "TCP" }]);
    assert.deepEqual(externalServices(made({}), "kafka"), []);
  });
});

describe("the bandwidth of the mirror", () => {
  const limited = (input: StackInput) => {
    input.source.credentials!.mirror = { secret: "mirror-source", create: true };
    input.target.credentials!.mirror = { secret: "mirror-target", create: true };
    input.mirror = { ...input.mirror, quotas: { consumerByteRate: 20_971_520, producerByteRate: 10_485_760 } };
  };

  it("is limited by a quota of MirrorMaker 2's user on each side, for as long as the user is there", async function () {
    this.timeout(180_000);
    for (const [phase, sides] of [
      ["mirror", ["source", "target"]],
      ["validate", ["target"]],
      ["retire", []],
    ] as const) {
      const args = {
        config: stackConfig("prod", (input) => (limited(input), (input.phase = phase))),
        reached: undefined,
      };
      const { resources } = await register({
        ...args,
        config: { ...args.config, startAt: { row: phase, reason: "a test" } },
      });
      const quotas = resources
        .filter(({ type }) => type === "kafka:index/quota:Quota")
        .filter(({ name }) => name.includes("mirror-user"));
      assert.deepEqual(
        quotas.map(({ name }) => name).sort(),
        sides.map((side) => `shop-mirror-user-${side}-quota`),
        phase,
      );
      for (const { name, inputs } of quotas) {
        const rate = name.includes("source") ? { consumer_byte_rate: "20971520" } : { producer_byte_rate: "10485760" };
        assert.deepEqual(inputs, { entityName: "shop-mirror", entityType: "user", config: rate });
      }
    }
  });

  it("is limited in both directions on each side while the mirror back runs", async function () {
    this.timeout(60_000);
    const of = (phase: string) =>
      stackConfig("prod", (input) => (limited(input), Object.assign(input, { phase, wayBack: "mirrored" })));
    const row = rowsOf(of("mirror")).find(({ reverse }) => reverse === "running")!;
    const config = { ...of(row.name), startAt: { row: row.name, reason: "a test" } };
    const { resources } = await register({ config, reached: undefined });
    const quotas = resources
      .filter(({ type }) => type === "kafka:index/quota:Quota")
      .filter(({ name }) => name.includes("mirror-user"));
    const both = { consumer_byte_rate: "20971520", producer_byte_rate: "10485760" };
    assert.deepEqual(
      quotas.map(({ inputs }) => inputs["config"]),
      [both, both],
      row.name,
    );
    const page = migrationPage(config, "prod");
    assert.ok(page.includes("10.0 MiB written to each broker of the source"));
  });

  it("is refused where it would limit somebody else", () => {
    const found = problems((input) => (limited(input), (input.source.credentials!.mirror = { secret: "shared" })));
    assert.deepEqual(
      found.map(({ path }) => path),
      ["mirror.quotas.consumerByteRate"],
    );
  });

  it("is in the plan", () => {
    const page = (edit: (input: StackInput) => void) => migrationPage(stackConfig("prod", edit), "prod");
    assert.ok(
      page(limited).includes(
        "Quotas limit the bandwidth that copying takes, in a second, to 20.0 MiB read from each broker of the source and 10.0 MiB written to each broker of the target.",
      ),
    );
    assert.ok(page(() => {}).includes("Nothing limits the bandwidth that copying takes"));
  });

  it("says in the report how long copying takes at least", () => {
    const reading = cluster({ orders: { partitions: 1 } });
    const sample = load(reading, { orders: [0, 1, 1, 3 * 1024 ** 3] });
    const capacity = (edit: (input: StackInput) => void) =>
      capacityOf(
        facts({ source: reading, samples: [sample, sample], edit: (input) => (edit(input), (input.topics = {})) }),
      );
    // 3 GiB at 10 MiB a second on each of the target's three brokers; the source would be faster.
    assert.equal(capacity(limited).copySeconds, Math.ceil(3072 / 30));
    assert.equal(capacity(() => {}).copySeconds, null);
  });
});

describe("the plan", () => {
  const lines = (edit: (input: StackInput) => void) => prerequisites(stackConfig("prod", edit));

  it("says which ports must be open to whom, plaintext and encrypted", () => {
    const found = lines((input) => {
      input.source.cluster = { kind: "external" };
      input.source.bootstrap = ["dms.example:9095"];
    });
    assert.ok(
      found.includes(
        "Inbound TCP 9095 (encrypted) of every broker of the source is open to the machine that runs Pulumi and Connect's workers (`shop-migration`), by their addresses and never to 0.0.0.0/0.",
      ),
      found.join("\n"),
    );
  });

  it("says what the clients' DNS has to resolve where brokers have load balancers", () => {
    const found = lines((input) => Object.assign(input.target.cluster, { external: { sourceRanges: [vpn] } }));
    const dns = found.filter((line) => line.startsWith("The DNS of clients outside resolves"));
    assert.equal(dns.length, 5);
    assert.match(
      dns[0]!,
      /`shop-kafka-broker-0\.shop-kafka-pods\.kafka\.svc\.cluster\.local`.*get service shop-kafka-broker-0-external/,
    );
  });
});
