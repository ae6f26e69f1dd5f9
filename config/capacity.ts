import { z } from "zod";
import { capacityKinds } from "../runtime/model/capacity-kinds.ts";
import { form, reason } from "../runtime/model/forms.ts";

const machineSchema = z
  .strictObject({
    cpu: form(/^\d+(\.\d+)?m?$/, 'CPUs in quotes, such as "4" or "1500m"')
      .optional()
      .describe("CPUs of one broker; default: as above")
      .meta({ examples: ["4"] }),
    memory: form(/^\d+(Mi|Gi|Ti)$/, "a quantity such as 16Gi")
      .optional()
      .describe("memory of one broker, in Mi, Gi or Ti; default: as above")
      .meta({ examples: ["16Gi"] }),
  })
  .default({})
  .meta({ id: "machine" });

/** What the target must have room for. */
export const capacitySchema = z
  .strictObject({
    maxDiskPercent: z
      .int()
      .min(1)
      .max(100)
      .default(85)
      .describe(
        "share of the disks of each broker of the target that may be used: the rest is for growth, compaction and a broker that catches up; default: 85",
      ),
    uncompressedTimes: z
      .number()
      .min(1)
      .default(1)
      .describe(
        "how many times as large as on the source's disks the copies are, where applications compress and the mirror does not; " +
          "npm run assess says it, by a share of the records; default: 1",
      ),
    source: machineSchema.describe(
      "a broker of the source; default: what its Kafka object asks for, else not known and not compared",
    ),
    target: machineSchema.describe(
      "a broker of the target; default: what its Kafka object asks for, else not known and not compared",
    ),
    accept: z
      .strictObject({
        reason: reason(),
        what: z
          .array(z.enum(capacityKinds))
          .min(1)
          .default(["brokers", "cpus", "memory"])
          .describe(
            "in what the target may be smaller: brokers, cpus, memory, storage (a disk would be fuller than maxDiskPercent), " +
              "sizes (they cannot be read); default: brokers, cpus and memory",
          )
          .meta({ examples: [["brokers"]] }),
      })
      .optional()
      .describe(
        "continues although the target is smaller than the source; default: none, the gate target-capacity stays closed",
      ),
  })
  .prefault({})
  .describe("what the target must have room for");
