import { existsSync, readFileSync } from "node:fs";
import { readiness } from "./control-plane.ts";
import { kinds } from "./crds.ts";
import { connect, type AnyObject } from "./kubernetes.ts";
import { controlPlaneAddress, labFromEnvironment, ports, type Lab } from "./layout.ts";
import { logOf, survey } from "./processes.ts";

/** One line of `lab status`. */
export interface PartStatus {
  /** Name of a process, or of an object such as `Kafka demo/source-kafka`. */
  readonly part: string;
  /** `running`, `not running`, or the object's phase. */
  readonly state: string;
  readonly pid: number | null;
  readonly address: string;
  readonly log: string;
}

/** What runs now and how the objects of the lab do. */
export async function labStatus(lab: Lab = labFromEnvironment()): Promise<PartStatus[]> {
  const running = survey(lab);
  const names = new Set(["etcd", "kube-apiserver", "operator", ...running.map(({ part }) => part)]);
  const healthy = existsSync(lab.kubeconfig) && (await readiness(lab)) === "ok";
  const rows = [...names].map((part): PartStatus => {
    const process = running.find((each) => each.part === part);
    const ill = part === "kube-apiserver" && process && !healthy;
    return {
      part,
      state: !process ? "not running" : ill ? "running, not ready" : "running",
      pid: process?.pid ?? null,
      address: addressOf(lab, part),
      log: logOf(lab, part),
    };
  });
  return healthy ? [...rows, ...(await objects(lab))] : rows;
}

async function objects(lab: Lab): Promise<PartStatus[]> {
  const api = connect(lab.kubeconfig);
  const rows: PartStatus[] = [];
  for (const { group, version, plural, kind } of kinds) {
    if (kind === "AppBinding") continue;
    const query = { group, version, resourcePlural: plural };
    const { items } = (await api.custom.listCustomObjectForAllNamespaces(query)) as { items: AnyObject[] };
    for (const { metadata, status } of items) {
      const part = `${kind} ${metadata?.namespace}/${metadata?.name}`;
      rows.push({ part, state: status?.phase ?? "not reported yet", pid: null, address: "", log: "" });
    }
  }
  return rows;
}

function addressOf(lab: Lab, part: string): string {
  const own = controlPlaneAddress(lab);
  if (part === "etcd") return `${own}:${ports.etcd}`;
  if (part === "kube-apiserver") return `https://${own}:${ports.apiServer}`;
  const [what, namespace, name, pod] = part.split("/");
  if (!pod || !existsSync(lab.hosts)) return "";
  // A process with all brokers of a cluster has the cluster's name; the service leads to each of them.
  const host = pod === name ? `${name}-pods.${namespace}.svc` : `${pod}.${name}-pods.${namespace}.svc`;
  const addresses = readFileSync(lab.hosts, "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter((words) => words.includes(host))
    .map(([address = ""]) => address);
  if (what === "connect") return addresses.map((address) => `http://${address}:${ports.connect}`).join(" ");
  return addresses.map((address) => `${address}:${ports.kafka},${ports.runner}`).join(" ");
}
