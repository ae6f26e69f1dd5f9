// What the lab is built from. Versions are named here, in the go.mod files and in `maven/`. After changing a go.mod run
// `GONOSUMDB='*' go mod tidy` beside it: the checksum database lacks some of these pseudo-versions. Building needs no
// such setting, because go.sum is complete.

/** A program compiled from one main package. */
export interface GoTool {
  /** What progress lines and the cache call it. */
  readonly name: string;
  /** File name of the program. */
  readonly program: string;
  /** Main package, as `go build` is told it. */
  readonly main: string;
}

/** One Go module below `go/`: its tools are compiled by one command, so that they share what they have in common. */
export interface GoModule {
  readonly folder: string;
  readonly tools: readonly GoTool[];
  /** Variables set by the linker: a program would otherwise announce no version. */
  readonly stamps: Readonly<Record<string, string>>;
  /** Cold build on two cores, in seconds; later builds quote the last one on this machine. */
  readonly usualSeconds: number;
  /** Other folders below `go/` that it takes packages from. */
  readonly shares?: readonly string[];
}

/** A Pulumi provider, at the version of the npm package that asks for it. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
}

export const pulumiVersion = "3.230.0";
export const kubernetesVersion = "1.35.4";
export const helmVersion = "3.18.6";
export const kafkaVersions = ["3.9.0", "4.2.0"] as const;
export type KafkaVersion = (typeof kafkaVersions)[number];
/** Releases that run as a source alone, with ZooKeeper; fetched where a lab is asked for one. */
export const sourceVersions = ["2.8.2", "3.3.2"] as const;
export type SourceVersion = (typeof sourceVersions)[number];

/** Must equal `@pulumi/kubernetes` and `@pulumi/kafka` in package.json: the engine looks plugins up by exact version. */
export const plugins = [
  { name: "kubernetes", version: "4.25.0" },
  { name: "kafka", version: "3.13.2" },
] as const satisfies readonly Plugin[];

export const pluginProgram = (plugin: Plugin): string => `pulumi-resource-${plugin.name}`;

/**
 * In the order of building. Go uses every core by itself, so one follows the other: the one with little to download
 * first, so that the sources of the largest arrive meanwhile.
 */
export const goModules = [
  {
    folder: "etcd",
    tools: [{ name: "etcd", program: "etcd", main: "go.etcd.io/etcd/server/v3" }],
    stamps: {},
    usualSeconds: 60,
  },
  {
    folder: "platform",
    tools: [
      { name: "pulumi", program: "pulumi", main: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
      { name: "kube-apiserver", program: "kube-apiserver", main: "k8s.io/kubernetes/cmd/kube-apiserver" },
      { name: "plugin-kubernetes", program: "pulumi-resource-kubernetes", main: "./pulumi-resource-kubernetes" },
      { name: "helm", program: "helm", main: "helm.sh/helm/v3/cmd/helm" },
    ],
    stamps: {
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}`,
      "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": plugins[0].version,
      "k8s.io/component-base/version.gitVersion": `v${kubernetesVersion}`,
      "helm.sh/helm/v3/internal/version.version": `v${helmVersion}`,
    },
    usualSeconds: 420,
    shares: ["orphan"],
  },
  {
    folder: "kafka-provider",
    tools: [{ name: "plugin-kafka", program: "pulumi-resource-kafka", main: "." }],
    stamps: { "main.version": plugins[1].version },
    usualSeconds: 75,
    shares: ["orphan"],
  },
  {
    folder: "language-nodejs",
    tools: [
      {
        name: "pulumi-language-nodejs",
        program: "pulumi-language-nodejs",
        main: "github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3",
      },
    ],
    stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}` },
    usualSeconds: 40,
  },
] as const satisfies readonly GoModule[];

/** The module whose go.mod asks for the newest Go. */
export const newestGo = "platform" satisfies (typeof goModules)[number]["folder"];

/** Fetching the jars of one Kafka version with an empty Maven repository, in seconds. */
export const usualJarSeconds = 20;
