import assert from "node:assert/strict";
import type { FieldPlace } from "../runtime/model/workloads.ts";
import { patchOf, type PlacedField, type ResolvedValue } from "../runtime/workloads/field-patch.ts";

const template = ["spec", "template"];
const field = (place: FieldPlace, value: ResolvedValue): PlacedField => ({ place, value, template });
const deployment = {
  spec: {
    template: {
      spec: {
        containers: [
          { name: "sidecar" },
          {
            name: "app",
            env: [
              { name: "LOG", value: "info" },
              { name: "BROKERS", value: "old:9092" },
              { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "old", key: "password" } } },
            ],
          },
        ],
      },
    },
  },
};
const containers = "/spec/template/spec/containers";
const patch = (...fields: PlacedField[]) => patchOf("Deployment demo/web", deployment, fields);

describe("the patch that points a workload at a side", () => {
  it("replaces a variable where it is, and only if it still is there", () => {
    assert.deepEqual(patch(field({ container: "app", env: "BROKERS" }, { text: "new:9092" })), [
      { op: "test", path: `${containers}/1/name`, value: "app" },
      { op: "test", path: `${containers}/1/env/1/name`, value: "BROKERS" },
      { op: "replace", path: `${containers}/1/env/1`, value: { name: "BROKERS", value: "new:9092" } },
    ]);
  });

  it("points a variable at another Secret, and replaces a text by a reference whole", () => {
    const secretKeyRef = { name: "new", key: "password" };
    const [, , change] = patch(field({ container: "app", env: "LOG" }, { secretKeyRef }));
    assert.deepEqual(change!.value, { name: "LOG", valueFrom: { secretKeyRef } });
    assert.equal(patch(field({ container: "app", env: "PASSWORD" }, { secretKeyRef })).length, 3);
  });

  it("adds variables that are missing, to a container without any once its list is there", () => {
    const added = patch(
      field({ container: "sidecar", env: "A" }, { text: "1" }),
      field({ container: "sidecar", env: "B" }, { text: "2" }),
    );
    assert.deepEqual(
      added.filter(({ op }) => op === "add").map(({ path, value }) => [path, value]),
      [
        [`${containers}/0/env`, []],
        [`${containers}/0/env/-`, { name: "A", value: "1" }],
        [`${containers}/0/env/-`, { name: "B", value: "2" }],
      ],
    );
  });

  it("leaves alone what has its value", () => {
    assert.deepEqual(
      patch(
        field({ container: "app", env: "BROKERS" }, { text: "old:9092" }),
        field({ container: "app", env: "PASSWORD" }, { secretKeyRef: { name: "old", key: "password" } }),
      ),
      [],
    );
    const config = { data: { "kafka/brokers": "old:9092" } };
    const at = { configMap: "web", key: "kafka/brokers" };
    assert.deepEqual(patchOf("ConfigMap demo/web", config, [{ place: at, value: { text: "old:9092" } }]), []);
    assert.deepEqual(patchOf("ConfigMap demo/web", config, [{ place: at, value: { text: "new:9092" } }]), [
      { op: "add", path: "/data/kafka~1brokers", value: "new:9092" },
    ]);
  });

  it("writes a Secret's text as its data, also where it has none", () => {
    const place = { secret: "web", key: "password" };
    assert.deepEqual(patchOf("Secret demo/web", {}, [{ place, value: { text: "geheim" } }]), [
      { op: "add", path: "/data", value: {} },
      { op: "add", path: "/data/password", value: "Z2VoZWlt" },
    ]);
  });

  it("names the containers there are if the one that is meant is not among them", () => {
    assert.throws(
      () => patch(field({ container: "web", env: "A" }, { text: "1" })),
      /^Error: Deployment demo\/web has no container web; its containers are sidecar, app$/,
    );
  });
});
