import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where one lab keeps its files and which loopback addresses it uses. */
export interface Lab {
  /** Directory of state, data and logs, absolute. */
  readonly dir: string;
  /** Second number of every address: 127.<block>.x.y. */
  readonly block: number;
  /** The checkout: pods run in it. */
  readonly root: string;
  readonly kubeconfig: string;
  /** Hosts file with every in-cluster name. */
  readonly hosts: string;
  readonly logs: string;
  readonly data: string;
  /** Files that hold a password or a key; readable by the owner only. */
  readonly secrets: string;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The lab named by `LAB_DIR` (default `.lab` in the checkout) and `LAB_BLOCK` (0 to 99, default 0). */
export function labFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Lab {
  const wanted = environment["LAB_DIR"] || ".lab";
  const dir = isAbsolute(wanted) ? wanted : resolve(root, wanted);
  const block = environment["LAB_BLOCK"] || "0";
  if (!/^\d{1,2}$/.test(block)) throw new Error(`LAB_BLOCK is "${block}", allowed is a number from 0 to 99.`);
  return {
    dir,
    block: Number(block),
    root,
    kubeconfig: join(dir, "kubeconfig"),
    hosts: join(dir, "hosts"),
    logs: join(dir, "logs"),
    data: join(dir, "data"),
    secrets: join(dir, "secrets"),
  };
}

/** PULUMI_HOME of whatever works on the lab with the Pulumi CLI. */
export const pulumiHomeOf = (lab: Lab) => join(lab.dir, "pulumi-home");

/**
 * Where Node keeps what it has compiled, for all that the lab starts: half of what loading takes. It is the folder of
 * scripts/run.mjs, within the checkout, since entries belong to files by their paths.
 */
export const compiledBy = (lab: Lab) => join(lab.root, "node_modules/.cache/node-compile-cache");

/** Loopback address and port of each fixed part of a lab. */
export const controlPlaneAddress = (lab: Lab) => `127.${lab.block}.0.1`;
export const ports = {
  apiServer: 6443,
  etcd: 2379,
  etcdPeers: 2380,
  kafka: 9092,
  controller: 9093,
  /** Listener that is advertised as its address, for programs outside the "cluster". */
  runner: 9094,
  connect: 8083,
  zookeeper: 2181,
} as const;

/** Set to "true" on a Kafka object of the lab to run it with ZooKeeper, as a cluster that KubeDB does not make. */
export const zookeeperAnnotation = "kafka-migration.lab/zookeeper";
