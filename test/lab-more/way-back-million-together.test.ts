import { backAndForth } from "../lab/support/back-and-forth.ts";

backAndForth({ strategy: "together", forward: ["move", "validate"], rate: 1_000, records: 1_000_000 });
