import assert from "node:assert/strict";
import { isStream, rolesOf, runsStream, tiersOf } from "../components/pega/tiers.ts";
import { rolesIn, shapes, valuesOf } from "./support/pega/shapes.ts";

const tiers = (...list: Record<string, unknown>[]) => ({ global: { tier: list } });
const web = { name: "web", nodeType: "WebUser", replicas: 2, hpa: { enabled: true } };
const problemsOf = (...given: Parameters<typeof rolesOf>): string[] => {
  const found = rolesOf(...given);
  return "problems" in found ? found.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe("tiers of a release", () => {
  it("are told by their node types, written as one text or as a list", () => {
    const found = tiersOf(
      tiers(
        web,
        { name: "batch", nodeType: ["BackgroundProcessing", "Search, Batch"] },
        { name: "stream", nodeType: "Stream", replicas: 2, volumeClaimTemplate: { resources: {} } },
        { name: "all", nodeType: "Stream,WebUser", hpa: { enabled: false } },
      ),
    );
    assert.deepEqual(found, [
      { name: "web", nodeTypes: ["WebUser"], kind: "Deployment", replicas: 2, autoscaled: true, writesReplicas: false },
      {
        name: "batch",
        nodeTypes: ["BackgroundProcessing", "Search", "Batch"],
        kind: "Deployment",
        replicas: 1,
        autoscaled: false,
        writesReplicas: true,
      },
      {
        name: "stream",
        nodeTypes: ["Stream"],
        kind: "StatefulSet",
        replicas: 2,
        autoscaled: false,
        writesReplicas: true,
      },
      {
        name: "all",
        nodeTypes: ["Stream", "WebUser"],
        kind: "Deployment",
        replicas: 1,
        autoscaled: false,
        writesReplicas: true,
      },
    ]);
    assert.deepEqual(found.map(isStream), [false, false, true, false]);
    assert.deepEqual(found.map(runsStream), [false, false, true, true]);
  });

  it("have the roles that config gives them, and WebUser alone produces by itself", () => {
    const roles = Object.fromEntries(shapes.map((shape) => [shape.name, rolesIn(shape)]));
    assert.deepEqual(roles, {
      default: { web: "producer", batch: "consumer" },
      large: { web: "producer", portal: "producer", batch: "consumer", bix: "consumer", realtime: "both" },
      minimal: { minikube: "both" },
      "older-default": { web: "producer", batch: "consumer", stream: "stream" },
      "older-large": { web: "producer", stream: "stream", batch: "consumer", util: "both" },
      "older-minimal": { minikube: "both" },
    });
    assert.deepEqual(rolesOf(tiers(web), [{ name: "web", role: "both" }]), { roles: { web: "both" } });
  });

  it("without a role are all named, with everything else that is wrong", () => {
    const large = shapes[1]!;
    const found = problemsOf(valuesOf(large), [
      { name: "bach", role: "consumer" },
      { name: "bix", role: "consumer" },
      { name: "bix", role: "both" },
    ]);
    assert.deepEqual(
      found.map((line) => line.replace(/;.*(; did)/, ";$1").replace(/; (add|keep) .*/, "")),
      [
        'tiers: bach: no such tier;; did you mean "batch"?',
        "tiers: bix: declared twice",
        "tiers: batch: no role for nodeType BackgroundProcessing,Search,Batch,Custom1,Custom2",
        "tiers: realtime: no role for nodeType RealTime",
      ],
    );
  });

  const wrong: [string, Record<string, unknown>, Parameters<typeof rolesOf>[1], RegExp][] = [
    ["no tiers", {}, [], /global\.tier: no tiers; name the values files/],
    ["a tier without a name", tiers(web, { nodeType: "BIX" }), [], /1 of 2 entries have no name/],
    ["two tiers of one name", tiers(web, web), [], /the tier web is there twice/],
    ["replicas that are no number", tiers({ ...web, replicas: "many" }), [], /\[web\]: replicas is no whole number/],
    [
      "an autoscaler beside a volume, which the chart points at nothing",
      tiers({ ...web, volumeClaimTemplate: { resources: {} } }),
      [],
      /\[web\]: has a volumeClaimTemplate and hpa\.enabled/,
    ],
    [
      "a producer that runs the brokers itself",
      tiers({ name: "all", nodeType: "Stream,WebUser" }),
      [{ name: "all", role: "producer" }],
      /tiers: all: found producer, but the embedded stream runs in this tier/,
    ],
    [
      "a role for brokers",
      tiers(web, { name: "stream", nodeType: "Stream" }),
      [{ name: "stream", role: "consumer" }],
      /tiers: stream: found consumer for a tier of nodeType Stream; leave it out/,
    ],
  ];
  for (const [what, values, declared, message] of wrong) {
    it(`are refused with ${what}`, () => assert.match(problemsOf(values, declared).join("\n"), message));
  }
});
