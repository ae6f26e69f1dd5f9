import { backAndForth } from "../lab/support/back-and-forth.ts";

backAndForth({
  ...{ strategy: "producers-first", forward: ["move-producers", "move-consumers", "validate"] },
  ...{ rate: 3_000, records: 1_000_000 },
});
