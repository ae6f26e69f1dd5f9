// What Pulumi starts: index.ts, once it is known that the Node on PATH reads it. Plain JavaScript, because an older one
// would say ERR_UNKNOWN_FILE_EXTENSION.
import { RunError } from "@pulumi/pulumi";
import process from "node:process";
import { isNewEnough, nodeWanted } from "./scripts/node.mjs";

const { node } = process.versions;
if (!isNewEnough(node)) throw new RunError(nodeWanted(`pulumi runs the program with Node ${node}, the first on PATH`));

/** The stack's outputs. */
export default { ...(await import("./index.ts")) };
