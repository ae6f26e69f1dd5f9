import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What Linux tells of one process; the start time tells it from a later one with the same id. */
export interface ProcessFacts {
  readonly pid: number;
  readonly group: number;
  /** Clock ticks since boot. */
  readonly startTime: string;
}

/** The live process with this id, or null; one that ended and waits for its parent counts as gone. */
export function inspect(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold anything, so fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const state = fields[0];
    if (state === "Z" || state === "X") return null;
    return { pid, group: Number(fields[2]), startTime: fields[19] ?? "" };
  } catch {
    return null;
  }
}

/** The environment a process was started with; empty if it cannot be read. */
export function environmentOf(pid: number): Map<string, string> {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
  } catch {
    return new Map();
  }
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/** Ids of all processes of this machine. */
export const allProcesses = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The process that listens on an IPv4 address and port, as far as this user may see it. */
export function listenerOn(address: string, port: number): { pid: number; command: string } | null {
  const inode = listeningInode(address, port);
  if (!inode) return null;
  for (const pid of allProcesses()) {
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        if (readlinkSync(`/proc/${pid}/fd/${descriptor}`) === `socket:[${inode}]`) {
          return { pid, command: commandOf(pid) };
        }
      }
    } catch {
      continue; // another user's process, or one that just ended
    }
  }
  return null;
}

function listeningInode(address: string, port: number): string | null {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const hexAddress = address
    .split(".")
    .reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"))
    .join("");
  const any = "0".repeat(8);
  const mapped = `${any}${any}FFFF0000${hexAddress}`; // Java binds IPv4 addresses through IPv6 sockets
  const wanted = new Set([
    `${hexAddress}:${hexPort}`,
    `${any}:${hexPort}`,
    `${mapped}:${hexPort}`,
    `${any.repeat(4)}:${hexPort}`,
  ]);
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    let lines: string[];
    try {
      lines = readFileSync(table, "utf8").split("\n");
    } catch {
      continue;
    }
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] === "0A" && wanted.has(fields[1] ?? "")) return fields[9] ?? null;
    }
  }
  return null;
}
