import assert from "node:assert/strict";
import { lacking } from "../runtime/brokers/error-codes.ts";
import { BrokerError, CodeError, kafkaError, kafkaErrorCodes } from "../runtime/brokers/kafka-error.ts";
import { readable, refusalOf } from "../runtime/brokers/refusal.ts";
import type { Unread } from "../runtime/model/cluster-reading.ts";

const denied = new CodeError("CLUSTER_AUTHORIZATION_FAILED");

describe("errors of Kafka", () => {
  const forms: [string, Error][] = [
    ["as an answer's own code", denied],
    ["under a sentence that names the broker", new BrokerError("broker 1 does not answer: …", { cause: denied })],
    ["among several of one request", new AggregateError([new Error("other"), denied])],
    ["deep inside", new Error("outer", { cause: new AggregateError([new Error("inner", { cause: denied })]) })],
  ];
  for (const [form, error] of forms) {
    it(`are known by their code ${form}`, () => assert.deepEqual(kafkaErrorCodes(error), [denied.apiId]));

    it(`are noted as a right that is missing, and do not fail the reading, ${form}`, async () => {
      const unread: Unread[] = [];
      assert.deepEqual(await readable("users", unread, [], () => Promise.reject(error)), []);
      const reason = "the user has no right to read it (CLUSTER_AUTHORIZATION_FAILED)";
      assert.deepEqual(unread, [{ what: "users", code: denied.apiId, reason }]);
    });
  }

  it("pass through where they are no refusal, whatever their words say", async () => {
    const unread: Unread[] = [];
    const words = new Error("CLUSTER_AUTHORIZATION_FAILED, says somebody");
    await assert.rejects(
      readable("users", unread, [], () => Promise.reject(words)),
      words,
    );
    assert.deepEqual(unread, []);
    assert.equal(refusalOf(3), null);
  });

  it("are told by the innermost reason", () => {
    assert.equal(kafkaError(new Error("outer", { cause: denied })), "CLUSTER_AUTHORIZATION_FAILED");
  });
});

describe("an error code in an answer", () => {
  const codes: readonly (readonly [number, string | null, string])[] = [
    [29, null, "TOPIC_AUTHORIZATION_FAILED: the user needs Read on Topic orders"],
    [30, null, "GROUP_AUTHORIZATION_FAILED: the user needs Read on Topic orders"],
    [29, "in the broker's words", "TOPIC_AUTHORIZATION_FAILED: the user needs Read on Topic orders"],
    [3, null, "UNKNOWN_TOPIC_OR_PARTITION"],
    [40, "in the broker's words", "in the broker's words"],
  ];
  for (const [code, words, sentence] of codes) {
    it(`is said as ${sentence}`, () => assert.equal(lacking(code, "Read on Topic orders", words), sentence));
  }
});
