import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Condition } from "../gates/index.ts";
import type { GateInputs } from "../gates/inputs.ts";
import { logInAll } from "../runtime/brokers/login.ts";
import { Waste } from "../runtime/measure/silence-budget.ts";
import type { LoginRef } from "../runtime/model/rights.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { glance } from "../runtime/resources/gate.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { fakeServer, kafkaBroker, type FakeServer } from "./support/fake-server.ts";
import { scope } from "./support/verdict-readings.ts";

/** Every request waits for so long before the broker sees it. */
const delayMilliseconds = 60;

describe("the time that a preview measures", function () {
  this.timeout(90_000);
  let api: ClusterApi;
  let slow: FakeServer;
  let silent: FakeServer;

  before(async () => {
    api = await clusterApi();
    slow = await fakeServer((socket) => {
      const emit = socket.emit.bind(socket);
      // One after the other, or the parts of a request would change places.
      let before = Promise.resolve();
      socket.emit = (event: string | symbol, ...rest: unknown[]) => {
        if (event !== "data") return emit(event, ...rest);
        before = before.then(() => sleep(delayMilliseconds)).then(() => void emit(event, ...rest));
        return true;
      };
      kafkaBroker("T")(socket);
    });
    silent = await fakeServer(() => undefined);
  });
  after(async () => {
    api.close();
    await slow.close();
    await silent.close();
  });

  const targetAt = ({ address }: FakeServer): KafkaEndpoint => {
    const { ca: _ca, credentials: _credentials, clusterId: _clusterId, ...target } = scope.target;
    return { ...target, protocol: "SASL_PLAINTEXT", bootstrap: [address] };
  };

  function usersOf(prefix: string, count: number): LoginRef[] {
    const coded = (text: string) => Buffer.from(text).toString("base64");
    return Array.from({ length: count }, (_, at) => {
      const name = `${prefix}-${at}`;
      const data = { username: coded(name), password: coded("x") };
      api.objects.set(`secrets/${name}`, { metadata: { name }, type: "kubernetes.io/basic-auth", data });
      const kubernetes = { kubeconfig: api.kubeconfig, namespace: "demo" };
      return { name, mechanism: "PLAIN", credentials: { kubernetes, name } };
    });
  }

  const gate = (server: FakeServer, users: readonly LoginRef[]): GateInputs => ({
    ...{ row: "move", holdSeconds: 0, timeoutSeconds: 5, readingSeconds: 20, sweepSeconds: 1, sealed: false },
    scope: { ...scope, target: targetAt(server) },
    condition: { kind: "users-log-in", users, applications: {} } satisfies Condition,
  });

  it("is not used up by what answers", async () => {
    const waste = new Waste();
    const startedAt = Date.now();
    for (let round = 0; Date.now() - startedAt < 1_500; round++) {
      const { sentence } = await glance(gate(slow, usersOf(`answered-${round}`, 1)), waste);
      assert.match(sentence, /cannot log in on the target: .*credentials are refused/);
    }
    assert.equal(waste.total(), 0);
  });

  it("is used up by what does not answer, for all gates together", async () => {
    const waste = new Waste();
    const first = await glance(gate(silent, usersOf("unheard", 2)), waste);
    assert.equal(
      first.sentence,
      "could not be measured: 0 of 2 users can log in on the target; there was no time to try the others",
    );
    const last = await glance(gate(slow, usersOf("last", 1)), waste);
    assert.equal(last.sentence, "not measured: the 1 s limit (gates.sweepSeconds) was used up waiting for other gates");
  });

  it("is enough for any number of users: the next reading tries those that this one did not", async () => {
    const users = usersOf("many", 60);
    const known: number[] = [];
    while (known.length < 60 && (known.at(-1) ?? 0) < users.length) {
      const found = await logInAll(targetAt(slow), users, Date.now() + 700);
      known.push(found.size);
    }
    assert.equal(known.at(-1), users.length, known.join());
    assert.ok(known.length > 1, "all were tried at once");
    assert.deepEqual(
      [...known].sort((a, b) => a - b),
      known,
    );
  });
});
