import { z } from "zod";
import { secretName } from "../runtime/model/forms.ts";

const beside = (what: string, example: string) =>
  secretName()
    .optional()
    .describe(
      `a Secret in the target's namespace with ${what}; default: the side's own, required if that one is in another namespace`,
    )
    .meta({ examples: [example] });

const registrySide = (side: string) =>
  z
    .strictObject({
      user: beside("the keys username and password", `registry-${side}-copy`),
      ca: beside("the key ca.crt", `registry-${side}-ca`),
    })
    .prefault({})
    .describe(`Secrets with which the pod reaches the ${side}'s registry`);

/** Programs of the migration that run in pods. */
export const inClusterSchema = z.strictObject({
  image: z
    .string()
    .min(1)
    .default("node:24.21.0-alpine")
    .describe(
      "image with Node 24 that the pods can pull; the program itself lies in a ConfigMap; default: node:24.21.0-alpine",
    )
    .meta({ examples: ["registry.example.internal/node:24.21.0-alpine"] }),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe("labels of the pods besides the program's own, for policies of the cluster; default: none")
    .meta({ examples: [{ "sidecar.istio.io/inject": "false" }] }),
  paths: z
    .strictObject({
      everyMinutes: z
        .int()
        .min(1)
        .max(30)
        .default(1)
        .describe("minutes between two tries of each path; a gate takes none that is older than twice that; default: 1")
        .meta({ examples: [5] }),
      maxRoundTripMilliseconds: z
        .number()
        .positive()
        .optional()
        .describe(
          "milliseconds that one request to any broker of the target may take from an application's namespace, over an open connection; default: any, the gate only says how long it takes",
        )
        .meta({ examples: [20] }),
      caSecret: secretName()
        .optional()
        .describe(
          "a Secret with the key ca.crt in each application's namespace, with the authority that applications use for the target; default: target.security.caSecret in the target's own namespace, elsewhere the image's trust store",
        )
        .meta({ examples: ["kafka-ca"] }),
      clientSecret: secretName()
        .optional()
        .describe(
          "mutual TLS: a Secret with the keys tls.crt and tls.key in each application's namespace; default: none",
        )
        .meta({ examples: ["kafka-client"] }),
    })
    .optional()
    .describe(
      "a CronJob in each application's namespace tries the path to the target: TCP, TLS, the applications' logins, every broker, the round trip; a gate before each move reads what it found; default: none, only the machine that runs Pulumi tries",
    ),
  schemas: z
    .strictObject({
      everySeconds: z
        .int()
        .min(5)
        .max(3600)
        .default(30)
        .describe("seconds between two copies; default: 30")
        .meta({ examples: [10] }),
      source: registrySide("source"),
      target: registrySide("target"),
    })
    .optional()
    .describe(
      "a Deployment beside the target copies new schemas between two updates, from the phase in which the copy begins until the move that opens the target's registry; default: none, each update copies",
    ),
});

export type InClusterConfig = z.output<typeof inClusterSchema>;
