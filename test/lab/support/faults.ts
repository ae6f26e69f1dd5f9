/** What can go wrong around a migration: each fault strikes, and is over once the lab is whole again. */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { controlPlaneUp, lab, labKill } from "../../../lab/lab.ts";
import { find } from "../../../lab/processes.ts";
import { connectRest } from "./lab-parts.ts";
import { eventually, namespace, type LabWalk } from "./lab-walk.ts";

export interface Fault {
  readonly name: string;
  /** Returns once it has struck, before the lab is whole again; false where there was nothing to strike. */
  strike(walk: LabWalk): Promise<boolean>;
}

const broker = (side: "source" | "target", index: number): string => `kafka/demo/${side}-kafka/${side}-kafka-${index}`;

/** Where brokers of KubeDB's combined mode run as processes of their own. */
const brokers = { source: 2, target: 3 } as const;

/** Milliseconds that each broker of a slow link stands still, and then runs again. */
const still = 150;

/** Milliseconds that a registry is away. */
const away = 15_000;

export const faults: readonly Fault[] = [
  {
    name: "Connect worker killed",
    strike: async () => labKill("connect/demo/migration-connect/migration-connect-0"),
  },
  { name: "source broker killed", strike: async () => labKill(broker("source", 1)) },
  { name: "target broker killed", strike: async () => labKill(broker("target", 1)) },
  {
    name: "API server restarted",
    strike: async () => {
      const struck = labKill("kube-apiserver");
      await sleep(2_000);
      await controlPlaneUp();
      return struck;
    },
  },
  { name: "disk of a source broker full", strike: async () => fill(broker("source", 1)) },
  { name: "disk of a target broker full", strike: async () => fill(broker("target", 2)) },
  { name: "link slowed to 150 ms", strike: () => slowed(8_000) },
];

/** For a lab with registries. */
export const registryFaults: readonly Fault[] = (["source", "target"] as const).map((side) => ({
  name: `registry of the ${side} away`,
  strike: async ({ apps }) => {
    const name = `registry-${side}`;
    const scale = (replicas: number) =>
      apps.replaceNamespacedDeploymentScale({
        name,
        namespace,
        body: { metadata: { name, namespace }, spec: { replicas } },
      });
    await scale(0);
    await sleep(away);
    await scale(1);
    return true;
  },
}));

/**
 * Lets no file of a broker grow any more, which Kafka meets as it does a full disk: it gives the log directory up and
 * ends. The lab starts it again without the limit, as after an administrator has made room.
 */
function fill(part: string): boolean {
  const target = find(lab, part);
  if (target) execFileSync("prlimit", ["--pid", String(target.pid), "--fsize=1:1"]);
  return target !== null;
}

/** Stands for a link of so much latency: brokers of both sides stand still for that time, again and again. */
async function slowed(milliseconds: number): Promise<boolean> {
  const parts = (["source", "target"] as const).flatMap((side) =>
    Array.from({ length: brokers[side] }, (_, index) => broker(side, index)),
  );
  const until = Date.now() + milliseconds;
  let struck = false;
  try {
    while (Date.now() < until) {
      for (const part of parts) struck = labKill(part, "SIGSTOP") || struck;
      await sleep(still);
      for (const part of parts) labKill(part, "SIGCONT");
      await sleep(still);
    }
  } finally {
    for (const part of parts) labKill(part, "SIGCONT");
  }
  return struck;
}

/** Waits until every broker is in sync, and every connector that is to run does. */
export async function whole(
  walk: LabWalk,
  expects: { readonly source: boolean; readonly target: boolean; readonly mirror: boolean },
): Promise<void> {
  for (const side of (["source", "target"] as const).filter((each) => expects[each]))
    await eventually(`all brokers of the ${side} in sync`, 120, () => inSync(walk, side).catch(() => false));
  if (!expects.mirror) return;
  await eventually("the mirror running", 120, async () => {
    if (
      await connectRest()
        .allRunning("shop-source-all")
        .catch(() => false)
    )
      return true;
    await connectRest()
      .post("/connectors/shop-source-all/restart?includeTasks=true&onlyFailed=true")
      .catch(() => undefined);
    await sleep(3_000);
    return false;
  });
}

async function inSync(walk: LabWalk, side: "source" | "target"): Promise<boolean> {
  const admin = (await walk.kafka(side)).admin({ retry: { retries: 2 } });
  await admin.connect();
  try {
    const [{ brokers: alive }, { topics }] = await Promise.all([admin.describeCluster(), admin.fetchTopicMetadata()]);
    if (alive.length < brokers[side]) return false;
    return topics.every(({ partitions }) =>
      partitions.every(({ isr, replicas, leader }) => leader >= 0 && isr.length === replicas.length),
    );
  } finally {
    await admin.disconnect();
  }
}
