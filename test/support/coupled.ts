/** Applications that read and write each other's topics, as a stack's config and the lockfile that goes with it. */
import { parseConfig } from "../../config/load.ts";
import type { Inventory } from "../../config/inventory.ts";
import type { Raw } from "./broken-configs/broken-config.ts";
import { stackInput, stackInventory, type StackInput } from "./stack.ts";

type Workload = StackInput["workloads"][number];

/** Where the lockfile of such a config is said to lie. */
export const coupledPath = "inventory/shop.json";

/** As much of a workload as its couplings need. */
export const coupled = (name: string, groups: readonly string[], topics: readonly string[]): Workload => {
  const role = groups.length === 0 ? "producer" : topics.length === 0 ? "consumer" : "both";
  return {
    ...{ name, role, bootstrap: { configMap: `${name}-config`, key: "BOOTSTRAP" } },
    ...(groups.length > 0 && { groups }),
    ...(topics.length > 0 && { topics }),
  } as Workload;
};

/** What exists on the source, and who uses it. */
export interface World {
  readonly topics: readonly string[];
  /** Topics in which each group has offsets. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly workloads: readonly Workload[];
}

export interface Coupled {
  readonly input: StackInput;
  readonly inventory: Inventory;
}

/** The lab's stack with another world in it. */
export function stackOf({ topics, groups, workloads }: World): Coupled {
  const file = stackInventory("dev");
  if (!("text" in file)) throw new Error("the lab's inventory cannot be read");
  const inventory = JSON.parse(file.text) as Inventory;
  return {
    input: {
      ...stackInput("dev"),
      ...{ topics: {}, groups: {}, workloads: structuredClone([...workloads]), strategy: "waves" },
    },
    inventory: {
      ...inventory,
      topics: topics.map((name) => ({ name, partitions: 3, replicationFactor: 2, configs: {} })),
      groups: Object.entries(groups).map(([name, of]) => ({ name, protocol: "classic", topics: [...of].sort() })),
    },
  };
}

/** What the checks of a stack's config say of it, as `path: message`. */
export function problemsOf({ input, inventory }: { readonly input: Raw; readonly inventory: Raw }): readonly string[] {
  const parsed = parseConfig(input, { path: coupledPath, text: JSON.stringify(inventory) });
  return "config" in parsed ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}
