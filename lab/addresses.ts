import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Lab } from "./layout.ts";

/** One line of the hosts file. */
export interface HostEntry {
  readonly address: string;
  readonly names: readonly string[];
}

/** Objects whose addresses are the same in every lab: `<kind>/<namespace>/<name>` and the third number. */
const fixedNetworks: Readonly<Record<string, number>> = {
  "kafka/demo/source-kafka": 1,
  "kafka/demo/target-kafka": 2,
  "connect/demo/migration-connect": 2,
  "connect/demo/shop-connect-source": 1,
  "connect/demo/shop-connect-target": 253,
};
const firstFreeNetwork = 3;
/** Third number of the addresses of Pega's tiers. */
export const pegaNetwork = 254;

const networksFile = (lab: Lab) => join(lab.dir, "addresses.json");

function knownNetworks(lab: Lab): Record<string, number> {
  try {
    return JSON.parse(readFileSync(networksFile(lab), "utf8")) as Record<string, number>;
  } catch {
    return {};
  }
}

/** The third number of an object's addresses; a new object gets the next free one and keeps it. */
export function networkOf(lab: Lab, object: string): number {
  const networks = knownNetworks(lab);
  const known = fixedNetworks[object] ?? networks[object];
  if (known !== undefined) return known;
  const taken = new Set([...Object.values(networks), ...Object.values(fixedNetworks)]);
  let next = firstFreeNetwork;
  while (taken.has(next)) next++;
  if (next >= pegaNetwork) throw new Error(`The lab has no addresses left for ${object}; delete other clusters first.`);
  replaceFile(networksFile(lab), JSON.stringify({ ...networks, [object]: next }, null, 2));
  return next;
}

/** Gives an object's addresses back. */
export function releaseNetwork(lab: Lab, object: string): void {
  const { [object]: released, ...others } = knownNetworks(lab);
  if (released !== undefined) replaceFile(networksFile(lab), JSON.stringify(others, null, 2));
}

/** Last number of the address of the pod with this index, by what it runs. */
const offsets = { kafka: 1, connect: 10, controller: 100 } as const;

export const podAddress = (lab: Lab, network: number, what: keyof typeof offsets, index: number) =>
  `127.${lab.block}.${network}.${offsets[what] + index}`;

/** The names under which Kubernetes' DNS knows a service or, with a pod in front, one pod of it. */
export const serviceNames = (service: string, namespace: string) => [
  `${service}.${namespace}.svc`,
  `${service}.${namespace}.svc.cluster.local`,
  `${service}.${namespace}`,
];

/** The lab's DNS: a hosts file that Java programs read at each lookup. */
export class Hosts {
  readonly #lab: Lab;
  readonly #entries = new Map<string, readonly HostEntry[]>();
  #written = "";

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Sets or, with none, removes the names of one object. */
  set(object: string, entries: readonly HostEntry[]): void {
    if (entries.length === 0) this.#entries.delete(object);
    else this.#entries.set(object, entries);
    this.write();
  }

  /** All addresses of a name, in order. */
  resolve(name: string): string[] {
    const all = [...this.#entries.values()].flat();
    return all.filter(({ names }) => names.includes(name)).map(({ address }) => address);
  }

  write(): void {
    const own = { address: "127.0.0.1", names: ["localhost", hostname()] };
    const lines = [own, ...[...this.#entries.values()].flat()].map(
      ({ address, names }) => `${address} ${names.join(" ")}\n`,
    );
    const text = lines.join("");
    if (text === this.#written) return;
    replaceFile(this.#lab.hosts, text);
    this.#written = text;
  }
}

/** Writes a file in one step: others read it at any time. */
export function replaceFile(file: string, text: string, mode = 0o644): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
