/** A cluster that is reached at its addresses and never changed, whoever runs it. */
import { z } from "zod";
import type { Platform } from "./platform.ts";

export const external = {
  title: "an external cluster",
  made: undefined,
  existing: "external",
  groups: [],
  ownTopics: [],
  clusterSchemas: [
    z
      .strictObject({ kind: z.literal("external").describe("any other cluster; it is never changed") })
      .describe("any other cluster; it is never changed"),
  ],
  kafka: null,
  connect: null,
  readiness: null,
} as const satisfies Platform;
