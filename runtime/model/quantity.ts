/** Quantities as Kubernetes writes them. Pure. */

const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** `500m` is 0.5, `2Gi` 2147483648, `1e3` 1000; null for anything else. */
export function quantityOf(text: string): number | null {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})$/.exec(text) ?? [];
  const factor = Object.hasOwn(factors, unit) ? factors[unit]! : null;
  return number === "" || factor === null ? null : Number(number) * factor;
}

/** CPUs and bytes of memory. */
export interface MachineSize {
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

/** The same by quantities; what is none is left out. */
export function sizeOf({
  cpu,
  memory,
}: {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}): MachineSize {
  const [cpus, memoryBytes] = [cpu, memory].map((text) => (text === undefined ? null : quantityOf(text)));
  return { ...(cpus != null && { cpus }), ...(memoryBytes != null && { memoryBytes }) };
}
