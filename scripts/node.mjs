// Which Node runs this project. Plain JavaScript without newer features: whatever Node the machine has must read it.
import { readFileSync } from "node:fs";

const { engines, optionalDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** The oldest Node that runs the project, such as "24.6.0": `engines` in package.json names it for npm too. */
export const oldestNode = engines.node.replace(">=", "");

/** Whether a Node of this version ("24.21.0" or "v24.21.0") runs the project. */
export function isNewEnough(version) {
  const parts = version.replace(/^v/, "").split(".").map(Number);
  for (const [place, least] of oldestNode.split(".").map(Number).entries()) {
    if (parts[place] !== least) return parts[place] > least;
  }
  return true;
}

/** The npm package that holds a Node for this kind of machine, or null where none is among the dependencies. */
export function packagedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  return Object.keys(optionalDependencies).includes(name) ? name : null;
}

/** What to install, as one sentence. `found` says what there is: "Node 20.9.0 is first on PATH". */
export function nodeWanted(found) {
  return `${found}, but this project needs Node ${oldestNode} or later: ${howToInstall}.`;
}

/** How one gets a newer Node, without a full stop. */
export const howToInstall =
  `install one and put it first on PATH, for example with "nvm install" or "fnm use --install-if-missing" in this ` +
  `folder (both read .nvmrc), "mise use --global node@24" or "volta install node@24"`;
