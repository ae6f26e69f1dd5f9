/** Copies one registry into another in a process of its own: `SOURCE` and `TARGET` are their addresses. */
import { RegistryRest } from "../../runtime/registry/rest.ts";
import { copySchemas } from "../../runtime/schemas/copy.ts";

const rest = (side: "source" | "target") => new RegistryRest({ side, urls: [process.env[side.toUpperCase()]!] });

const { versions } = await copySchemas({ source: rest("source"), target: rest("target") }, () => {});
console.log(versions);
process.exit(0);
