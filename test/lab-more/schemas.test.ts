import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RegistryRest } from "../../runtime/registry/rest.ts";
import { compare, isEqual } from "../../runtime/schemas/compare.ts";
import { copySchemas, readBoth } from "../../runtime/schemas/copy.ts";
import { record, withRegistry } from "../support/registry-calls.ts";
import { root } from "../support/stack.ts";

const subjects = 1000;

/** A thousand subjects: a quarter of roots, as many that refer to one, the rest refer to those. */
const subject = (at: number): string => (at < 250 ? `root-${at}` : at < 500 ? `middle-${at}` : `leaf ${at}/v:1`);
const type = (at: number): string => `T${at}`;
const below = (at: number): number => (at < 500 ? at - 250 : 250 + (at % 250));

function schema(at: number): object {
  if (at < 250) return { schema: record(type(at), "name") };
  const to = below(at);
  const references = [{ name: type(to), subject: subject(to), version: 1 }];
  return { schema: record(type(at), ["below", type(to)]), references };
}

describe("a thousand subjects with references three levels deep", function () {
  this.timeout(60_000);

  it("are copied by a process that is killed in the middle and by the one after it, in time and all of them", () =>
    withRegistry({}, (source) =>
      withRegistry({}, async (target) => {
        for (let at = 0; at < subjects; at += 50) {
          const some = Array.from({ length: 50 }, (_, index) => at + index);
          await Promise.all(
            some.map((each) =>
              source.call("POST", `/subjects/${encodeURIComponent(subject(each))}/versions`, schema(each)),
            ),
          );
        }
        const began = performance.now();
        const child = spawn(process.execPath, [join(root, "test/support/copy-process.ts")], {
          env: { ...process.env, SOURCE: source.server.url, TARGET: target.server.url },
          stdio: ["ignore", "ignore", "inherit"],
        });
        const posts = () => target.server.requests.filter((each) => each.startsWith("POST")).length;
        while (posts() < subjects * 0.6) await sleep(1);
        child.kill("SIGKILL");
        const [, signal] = (await once(child, "exit")) as [number | null, string | null];
        assert.equal(signal, "SIGKILL");
        const rest = {
          source: new RegistryRest({ side: "source", urls: [source.server.url] }),
          target: new RegistryRest({ side: "target", urls: [target.server.url] }),
        };
        const half = await readBoth(rest);
        assert.ok(
          half.target.versions.size > 500 && half.target.versions.size < subjects,
          `${half.target.versions.size}`,
        );
        const { versions } = await copySchemas(rest, () => {});
        const seconds = (performance.now() - began) / 1000;
        assert.equal(versions, subjects - half.target.versions.size);
        const both = await readBoth(rest);
        assert.equal(both.target.versions.size, subjects);
        assert.ok(isEqual(compare(both.source, both.target)));
        assert.ok(seconds < 60, `${seconds} s`);
        console.log(`      ${subjects} subjects in ${seconds.toFixed(1)} s, killed after ${half.target.versions.size}`);
        for (const side of [rest.source, rest.target]) side.close();
      }),
    ));
});
