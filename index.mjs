// What Pulumi starts: index.ts, once it is known that the Node on PATH reads it. Plain JavaScript, because an older one
// would say ERR_UNKNOWN_FILE_EXTENSION.
import { RunError, runtime } from "@pulumi/pulumi";
import process from "node:process";
import { isNewEnough, nodeWanted } from "./scripts/node.mjs";

// Pulumi asks for a stack with each promise and resource, and would translate each by the maps of its own sources: half a
// second of every command. Our own lines are what Node says, since it strips types without moving them.
Error.prepareStackTrace = undefined;

const { node } = process.versions;
if (!isNewEnough(node)) throw new RunError(nodeWanted(`pulumi runs the program with Node ${node}, the first on PATH`));

// The host of the dynamic providers takes as long to start as this program. Asked for anything at all, it starts now, beside it; that
// it knows no such function is the answer that nobody waits for.
runtime.invoke("pulumi-nodejs:dynamic:start", {}).catch(() => undefined);

/** The stack's outputs; Pulumi would warn of each that this stack does not have. */
export default Object.fromEntries(
  Object.entries(await import("./index.ts")).filter(([, value]) => value !== undefined),
);
