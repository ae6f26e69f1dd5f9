/** What the tests that walk a migration ask again and again. */
import assert from "node:assert/strict";
import { killHosts } from "./lab-parts.ts";
import { namespace, type LabWalk } from "./lab-walk.ts";

/** Seconds that a gate of a walk may stay closed before the row fails. */
export const patience = 60;

/** Checks on a walk that a test file has begun by the time they are used. */
export class WalkChecks {
  readonly #walk: () => LabWalk;

  constructor(walk: () => LabWalk) {
    this.#walk = walk;
  }

  /** Every workload of the traffic. */
  async workloads() {
    const [deployments, statefulSets] = await Promise.all([
      this.#walk().apps.listNamespacedDeployment({ namespace }),
      this.#walk().apps.listNamespacedStatefulSet({ namespace }),
    ]);
    return [...deployments.items, ...statefulSets.items];
  }

  /** Their specs by name. */
  async workloadSpecs(): Promise<Record<string, unknown>> {
    const items = await this.workloads();
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata!.name!, JSON.parse(JSON.stringify(spec))]));
  }

  /** Resource versions of everything that a row could change. */
  async #versions(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const note = (
      kind: string,
      items: { metadata?: { name?: string; resourceVersion?: string; generation?: number } }[],
    ) => {
      for (const { metadata } of items) found[`${kind}/${metadata!.name}`] = String(metadata!.resourceVersion);
    };
    note("configmap", (await this.#walk().core.listNamespacedConfigMap({ namespace })).items);
    note("secret", (await this.#walk().core.listNamespacedSecret({ namespace })).items);
    for (const { metadata } of await this.workloads())
      found[`workload/${metadata!.name}`] = String(metadata!.generation);
    return found;
  }

  /** Runs a command that must succeed. */
  async succeeds(args: readonly string[]): Promise<void> {
    const { code, output } = await this.#walk().stack.attempt(args);
    assert.equal(code, 0, output);
  }

  /** `up` of the phase must fail with these words, without a stack trace, and change nothing. */
  async refused(phase: string, words: RegExp): Promise<void> {
    const before = await this.#versions();
    const { code, output } = await this.#walk().up(phase);
    assert.notEqual(code, 0, output);
    assert.match(output, words);
    assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m, "no stack trace");
    assert.deepEqual(await this.#versions(), before);
  }

  /** The same where a gate stays closed, which is waited for no longer than it takes to read a few times. */
  async heldBack(phase: string, words: RegExp): Promise<void> {
    const { stack } = this.#walk();
    await stack.set("kafka-migration:gates.timeoutSeconds", "15");
    await this.refused(phase, words);
    await stack.set("kafka-migration:gates.timeoutSeconds", String(patience));
  }

  /**
   * Afterwards a preview has nothing to change, nor after a refresh if it is asked for: that reads every resource, and
   * most of them stay from row to row.
   */
  async reaches(phase: string, { refresh = false }: { readonly refresh?: boolean } = {}): Promise<void> {
    const { code, output } = await this.#walk().up(phase);
    assert.equal(code, 0, output);
    await this.succeeds(["preview", ...(refresh ? ["--refresh"] : []), "--expect-no-changes", "--diff"]);
  }

  /** Runs `up` and kills it, and the hosts of its providers if asked for, when it prints the line. */
  async killed(phase: string, line: RegExp, host: boolean): Promise<void> {
    let group = 0;
    const { output } = await this.#walk().up(phase, {
      onStart: (id) => (group = id),
      onLine: (text) => {
        if (!line.test(text)) return;
        if (host) killHosts();
        process.kill(-group, "SIGKILL");
      },
    });
    assert.match(output, line);
    await this.#walk().stack.cancel();
  }
}
