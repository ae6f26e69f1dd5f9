/** One lab per shape for all test files of a run; each file finds it as new. */
import { vendorUp } from "../../../lab/vendor/up.ts";
import { controlPlaneUp, lab, labDown, labUp } from "../../../lab/lab.ts";
import { labReset } from "../../../lab/reset.ts";
import { enterLab } from "./lab-access.ts";

/** What a lab consists of, in the order in which a run goes through them. */
const bringUps = {
  /** etcd and the API server, with no kinds but Kubernetes' own. */
  "control-plane": () => controlPlaneUp(),
  /** With the operator, KubeDB's kinds, and the source cluster with its topics. */
  plain: () => labUp({ signal: interrupted.signal }),
  /** The same with a process for each broker, for tests that kill one. */
  apart: () => labUp({ signal: interrupted.signal, brokers: "apart" }),
  /** With registries, Connect clusters and users of applications beside the source. */
  vendor: async () => {
    await labUp({ signal: interrupted.signal });
    await vendorUp(lab, { onProgress: () => undefined, signal: interrupted.signal });
  },
  /** With the operator and no source: the release is the test's own. */
  pega: () => labUp({ signal: interrupted.signal, source: false }),
} as const;

export type Shape = keyof typeof bringUps;
const order = Object.keys(bringUps) as Shape[];

/** Aborted when the run is interrupted; ends what a test has started. */
export const interrupted = new AbortController();

const shapes = new WeakMap<Mocha.Suite, Shape>();
let current: Shape | null = null;
let isSound = true;

/** The shape that a suite asks for, null for one without a lab. */
export const shapeOf = (suite: Mocha.Suite): Shape | null => shapes.get(suite) ?? null;

/** Orders suites by shape, those without one first. */
export const byShape = (one: Mocha.Suite, other: Mocha.Suite): number => rank(one) - rank(other);
const rank = (suite: Mocha.Suite): number => {
  const shape = shapeOf(suite);
  return shape === null ? -1 : order.indexOf(shape);
};

/** Called when a test or hook has failed: what it left behind is not known, so the next file gets a lab from scratch. */
export function distrustLab(): void {
  isSound = false;
}

/** Gives a suite a lab of this shape with nothing in it that another left; before its own hooks, so call it first. */
export function usesLab(suite: Mocha.Suite, shape: Shape): void {
  shapes.set(suite, shape);
  before(`the lab (${shape})`, async function () {
    this.timeout(8 * 60_000);
    const begun = Date.now();
    const isKept = current === shape && isSound && (await isReset(shape));
    if (!isKept) await leaveLab();
    current = shape;
    await bringUps[shape]();
    enterLab();
    console.log(
      `    lab ${shape}: ${isKept ? "reset" : "brought up"} in ${((Date.now() - begun) / 1000).toFixed(1)} s`,
    );
  });
}

async function isReset(shape: Shape): Promise<boolean> {
  try {
    await labReset({ keepKinds: shape !== "control-plane" });
    return true;
  } catch (problem) {
    console.log(`    the lab could not be reset: ${(problem as Error).message}`);
    return false;
  }
}

/** Takes the lab down, whatever state it is in. */
export async function leaveLab(): Promise<void> {
  current = null;
  isSound = true;
  await labDown().catch(() => undefined);
}
