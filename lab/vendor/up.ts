/** The lab as it is before a move to a vendor: registries, Connect clusters and users on top of source and operator. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createIfMissing, readSecret, type AnyObject, type Api, connect } from "../kubernetes.ts";
import { networkOf, podAddress } from "../addresses.ts";
import type { Credentials } from "../broker.ts";
import { ports, type Lab } from "../layout.ts";
import { namespace, sourceAccess, sourceName } from "../source.ts";
import { connectSecret, registryUrl, sides, type Side } from "./addresses.ts";
import { startConnectors } from "./connectors.ts";
import { appendLines, lineFiles } from "./lines.ts";
import { connectCluster, registryDeployment } from "./manifests.ts";
import { setScramUsers } from "./scram.ts";
import { seedRegistry } from "./seed-registry.ts";
import { seedVendor } from "./seed.ts";
import { loginKeys, loginSecret, registrySecret, registryUsers, userSecret, vendorUsers } from "./users.ts";

/** Lines that the file holds before its connector starts. */
const firstLines = 200;

export interface VendorOptions {
  /** Gets one line per step. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Adds what a move to a vendor needs to a lab that is up, or makes it whole again. */
export async function vendorUp(lab: Lab, { onProgress, signal }: VendorOptions): Promise<void> {
  const api = connect(lab.kubeconfig);
  for (const side of sides) {
    for (const user of registryUsers) await ensureSecret(api, registrySecret(side, user), user);
    await ensureSecret(api, connectSecret(side), "connect");
    await createIfMissing(api, registryDeployment(side));
    await createIfMissing(api, connectCluster(side));
  }
  await Promise.all(sides.map((side) => untilAnswering(lab, side, signal)));
  await seedRegistry(registryUrl(lab, "source"), await credentials(api, registrySecret("source", "admin")));
  onProgress(`registries: ${sides.map((side) => `${side} at ${registryUrl(lab, side)}`).join(", ")}`);

  await makeUsers(lab, api);
  onProgress(`users of the source: ${vendorUsers.map(({ name }) => name).join(", ")}`);

  const { read } = lineFiles(lab);
  if (!existsSync(read)) appendLines(read, firstLines);
  await startConnectors(lab, await credentials(api, connectSecret("source")), { seconds: 180, signal });
  onProgress("connectors beside the source: lines-in, lines-out");
}

/** Users with exactly their rights on the source, and the Secrets that their pods read. */
async function makeUsers(lab: Lab, api: Api): Promise<void> {
  const access = await sourceAccess(api);
  const network = networkOf(lab, `kafka/${namespace}/${sourceName}`);
  const brokers = [0, 1].map((index) => `${podAddress(lab, network, "kafka", index)}:${ports.runner}`);
  await seedVendor(brokers, access);
  for (const { name } of vendorUsers) await ensureSecret(api, userSecret(name), name);
  const registry = await credentials(api, registrySecret("source", "apps"));
  const users = [];
  for (const { name } of vendorUsers) {
    const { username, password } = await credentials(api, userSecret(name));
    users.push({ name: username, password });
    await createIfMissing(
      api,
      secret(loginSecret(name), {
        [loginKeys.kafka.username]: username,
        [loginKeys.kafka.password]: password,
        [loginKeys.registry.username]: registry.username,
        [loginKeys.registry.password]: registry.password,
      }),
    );
  }
  await setScramUsers({ broker: brokers[0]!, ...access }, users);
}

const secret = (name: string, stringData: Record<string, string>): AnyObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  stringData,
});

/** Makes a user's Secret with a random password where it is missing. */
const ensureSecret = (api: Api, name: string, username: string): Promise<void> =>
  createIfMissing(api, secret(name, { username, password: randomBytes(12).toString("hex") }));

async function credentials(api: Api, name: string): Promise<Credentials> {
  const { username, password } = (await readSecret(api, namespace, name)) ?? {};
  if (!username || !password) throw new Error(`The Secret ${namespace}/${name} has no username and password.`);
  return { username, password };
}

async function untilAnswering(lab: Lab, side: Side, signal: AbortSignal): Promise<void> {
  const url = registryUrl(lab, side);
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(`${url}/subjects`, { signal }).catch(() => null);
    // It asks for a password, so it runs.
    if (answer?.status === 401) return;
    if (Date.now() > deadline)
      throw new Error(`The registry of the ${side} does not answer at ${url}; see its pod's log.`);
    await sleep(200, undefined, { signal });
  }
}
