import { z } from "zod";

/** What the target must have room for. */
export const capacitySchema = z
  .strictObject({
    maxDiskPercent: z
      .int()
      .min(1)
      .max(100)
      .default(85)
      .describe(
        "share of a disk of the target that may be used: the rest is for growth, compaction and a broker that catches up; default: 85",
      ),
  })
  .prefault({})
  .describe("what the target must have room for");
