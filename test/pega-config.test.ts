import assert from "node:assert/strict";
import { parsePega } from "../config/pega/load.ts";
import { pegaConfig, pegaInput } from "./support/pega/config.ts";

type Input = ReturnType<typeof pegaInput>;

/** Every problem of a config after an edit, as a line. */
function problems(edit: (input: Input) => void): string[] {
  const input = pegaInput();
  edit(input);
  const parsed = parsePega(input);
  return "problems" in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe("the config of a Pega stack", () => {
  it("fills in what is not said", () => {
    const { production, stream, gates, retire, release } = pegaConfig();
    assert.equal(production, true);
    assert.deepEqual([stream.namePattern, stream.replicationFactor], ["pega-{stream.name}", 3]);
    assert.deepEqual(gates, { holdSeconds: 10, timeoutSeconds: 600, readingSeconds: 20, sweepSeconds: 5 });
    assert.deepEqual(retire, { soakHours: 168, volumes: [] });
    assert.equal(release.timeoutSeconds, 3600);
  });

  const refused: [string, (input: Input) => void, RegExp][] = [
    [
      "loss on a stack that is production",
      (input) =>
        Object.assign(input, { strategy: "pega-lossy", lossy: { accept: "queues of the sandbox, by the team" } }),
      /^strategy: found pega-lossy on a stack with production: true; allowed there: pega-drained/,
    ],
    [
      "loss that nobody accepts",
      (input) => Object.assign(input, { strategy: "pega-lossy", production: false }),
      /^lossy\.accept: missing: what is unread in the embedded stream will be lost; say in words/,
    ],
    [
      "accepted loss where nothing is lost",
      (input) => (input.lossy = { accept: "queues of the sandbox, by the team" }),
      /^lossy: nothing is lost by pega-drained; remove it/,
    ],
    [
      "more replicas than brokers",
      (input) => (input.stream!.replicationFactor = 4),
      /^stream\.replicationFactor: found 4; allowed: at most 3, the target's brokers/,
    ],
    [
      "a listener with users and no user",
      (input) => delete input.stream!.credentials,
      /^stream\.credentials: missing; required by SASL_PLAINTEXT/,
    ],
    [
      "a pattern without a prefix",
      (input) => (input.stream!.namePattern = "{stream.name}"),
      /^stream\.namePattern: begins with a variable; allowed: a prefix/,
    ],
    [
      "a chart by name without a repository",
      (input) => delete input.release.repository,
      /^release\.repository: missing; required for a chart that is a name/,
    ],
    [
      "a chart by path with a repository",
      (input) => (input.release.chart = "./charts/pega"),
      /^release\.repository: found with the chart "\.\/charts\/pega"/,
    ],
    [
      "a Kubernetes connection that is not there",
      (input) => (input.release.kubernetes = "aps"),
      /^release\.kubernetes: "aps" is not under kubernetes; allowed: eu1, apps/,
    ],
    [
      "a trust store that is in no Secret",
      (input) => Object.assign(input.stream!, { trustStore: "kafka.jks" }),
      /^stream\.trustStore: its file comes from a Secret of stream\.certificatesSecrets, which is empty/,
    ],
    [
      "a user for a mirror",
      (input) => Object.assign(input.target.credentials!, { mirror: { secret: "mirror" } }),
      /^target\.credentials\.mirror: nothing is mirrored by this strategy/,
    ],
    [
      "a time without its zone",
      (input) => (input.drain.producersStopped!.at = "2026-11-20 18:00"),
      /^drain\.producersStopped\.at: allowed: a time with its zone, in quotes/,
    ],
    [
      "queues that are measured and attested",
      (input) =>
        Object.assign(input.drain.queues!, {
          attested: { by: "me", at: "2026-11-20T18:00:00Z", words: "all at zero" },
        }),
      /^drain\.queues: found \{probe, attested\}; allowed: \{probe\} or \{attested\}/,
    ],
    [
      "a row of another table to begin at",
      (input) => (input.startAt = { row: "mirror", reason: "done by hand before" }),
      /^startAt\.row: "mirror" is not in strategy "pega-drained"; allowed: prepare, drain, switch/,
    ],
    [
      "keys of other strategies",
      (input) => Object.assign(input, { workloads: [], source: {} }),
      /^source: not known here; allowed: phase, strategy/,
    ],
  ];
  for (const [what, edit, expected] of refused) {
    it(`refuses ${what}`, () => assert.match(problems(edit).join("\n"), new RegExp(expected, "m")));
  }

  it("tells all problems at once, in the order of the reference", () => {
    const found = problems((input) => {
      input.stream!.replicationFactor = 4;
      input.release.kubernetes = "aps";
      delete (input as Partial<Input>).name;
    });
    assert.deepEqual(
      found.map((line) => line.slice(0, line.indexOf(":"))),
      ["name", "release.kubernetes", "stream.replicationFactor"],
    );
  });
});
