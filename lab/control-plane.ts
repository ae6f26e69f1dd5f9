import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { controlPlaneAddress, ports, type Lab } from "./layout.ts";
import { listenerOn } from "./proc.ts";
import { find, isRunning, logOf, start } from "./processes.ts";

/** Programs the control plane consists of, as paths. */
export interface ControlPlaneTools {
  readonly etcd: string;
  readonly kubeApiserver: string;
}

/** Starts etcd and the API server unless they run and are healthy. */
export async function startControlPlane(lab: Lab, tools: ControlPlaneTools): Promise<void> {
  const address = controlPlaneAddress(lab);
  if (!find(lab, "etcd")) {
    assertFree(address, ports.etcd, "etcd");
    assertFree(address, ports.etcdPeers, "etcd's peers");
    start(lab, etcd(lab, tools.etcd));
  }
  if (!find(lab, "kube-apiserver")) {
    assertFree(address, ports.apiServer, "the API server");
    prepareKeys(lab);
    start(lab, apiServer(lab, tools.kubeApiserver));
  }
  await untilHealthy(lab);
  writeKubeconfig(lab);
}

/** Fails with one sentence if somebody else listens on an address of the lab. */
export function assertFree(address: string, port: number, what: string): void {
  const owner = listenerOn(address, port);
  if (!owner) return;
  throw new Error(
    `The address ${address}:${port}, which the lab needs for ${what}, is taken by process ${owner.pid} (${owner.command.slice(0, 120)}); ` +
      `end that process or choose other addresses with LAB_BLOCK=1 to 99.`,
  );
}

const etcd = (lab: Lab, program: string) => {
  const clients = `http://${controlPlaneAddress(lab)}:${ports.etcd}`;
  const peers = `http://${controlPlaneAddress(lab)}:${ports.etcdPeers}`;
  return {
    part: "etcd",
    workingDirectory: lab.dir,
    environment: { PATH: "/usr/bin:/bin" },
    command: [
      program,
      "--name=lab",
      `--data-dir=${join(lab.data, "etcd")}`,
      `--listen-client-urls=${clients}`,
      `--advertise-client-urls=${clients}`,
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=lab=${peers}`,
      "--log-level=warn",
      // A lab's data need not survive a power cut, and syncing is most of etcd's cost.
      "--unsafe-no-fsync",
    ],
  };
};

const apiServer = (lab: Lab, program: string) => ({
  part: "kube-apiserver",
  workingDirectory: lab.dir,
  environment: { PATH: "/usr/bin:/bin", HOME: lab.dir, GOMAXPROCS: "2" },
  command: [
    program,
    `--etcd-servers=http://${controlPlaneAddress(lab)}:${ports.etcd}`,
    `--cert-dir=${join(lab.secrets, "api-server")}`,
    `--bind-address=${controlPlaneAddress(lab)}`,
    `--advertise-address=${controlPlaneAddress(lab)}`,
    `--secure-port=${ports.apiServer}`,
    `--service-account-key-file=${keyFile(lab)}`,
    `--service-account-signing-key-file=${keyFile(lab)}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--token-auth-file=${tokenFile(lab)}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--disable-admission-plugins=ServiceAccount",
    // There is no controller manager: a foreground deletion would wait for ever for one to collect garbage.
    "--enable-garbage-collector=false",
    "--endpoint-reconciler-type=none",
    "--feature-gates=WatchList=false",
    "--v=1",
  ],
});

const keyFile = (lab: Lab) => join(lab.secrets, "service-accounts.key");
const tokenFile = (lab: Lab) => join(lab.secrets, "tokens.csv");
const certificateFile = (lab: Lab) => join(lab.secrets, "api-server", "apiserver.crt");

function prepareKeys(lab: Lab): void {
  mkdirSync(lab.secrets, { recursive: true, mode: 0o700 });
  if (!existsSync(keyFile(lab))) {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(keyFile(lab), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  }
  if (!existsSync(tokenFile(lab))) {
    writeFileSync(tokenFile(lab), `${randomBytes(24).toString("hex")},admin,admin,"system:masters"\n`, { mode: 0o600 });
  }
}

async function untilHealthy(lab: Lab): Promise<void> {
  const deadline = Date.now() + 300_000;
  let answer = "it does not listen yet";
  while (Date.now() < deadline) {
    for (const part of ["etcd", "kube-apiserver"]) {
      const process = find(lab, part);
      if (!process || !isRunning(process)) throw new Error(`${part} ended; its last words are in ${logOf(lab, part)}.`);
    }
    answer = await readiness(lab);
    if (answer === "ok") return;
    await sleep(150);
  }
  throw new Error(`The API server was not ready after 300 s (${answer}); see ${logOf(lab, "kube-apiserver")}.`);
}

/** `ok`, or what the API server says instead. */
export function readiness(lab: Lab): Promise<string> {
  return new Promise((resolve) => {
    if (!existsSync(certificateFile(lab))) return resolve("it has no certificate yet");
    const asked = request(
      {
        host: controlPlaneAddress(lab),
        port: ports.apiServer,
        path: "/readyz",
        ca: readFileSync(certificateFile(lab)),
        headers: { authorization: `Bearer ${token(lab)}` },
        timeout: 5000,
        agent: false,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve(body.trim().slice(0, 500)));
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("no answer within 5 s")));
    asked.on("error", (problem) => resolve(problem.message));
    asked.end();
  });
}

const token = (lab: Lab) => readFileSync(tokenFile(lab), "utf8").split(",")[0] ?? "";

function writeKubeconfig(lab: Lab): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "lab",
        cluster: {
          server: `https://${controlPlaneAddress(lab)}:${ports.apiServer}`,
          "certificate-authority-data": readFileSync(certificateFile(lab)).toString("base64"),
        },
      },
    ],
    users: [{ name: "admin", user: { token: token(lab) } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "admin", namespace: "demo" } }],
    "current-context": "lab",
  };
  // JSON is YAML.
  writeFileSync(lab.kubeconfig, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
