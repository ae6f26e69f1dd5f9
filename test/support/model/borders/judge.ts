import * as real from "../../../../runtime/measure/judge.ts";
import { isModelled } from "../modelled.ts";

export { gateOf, isPega, whatToDo } from "../../../../runtime/measure/judge.ts";

/** Conditions on what no world here has are open, and nothing is measured for them. */
export const needs: typeof real.needs = (condition, scope) =>
  isModelled(condition) ? real.needs(condition, scope) : {};
export const ids: typeof real.ids = (condition, scope) => (isModelled(condition) ? real.ids(condition, scope) : {});
export const wants: typeof real.wants = (condition, snapshot) =>
  isModelled(condition) ? real.wants(condition, snapshot) : null;
export const judge: typeof real.judge = (condition, snapshot, earlier) =>
  isModelled(condition) ? real.judge(condition, snapshot, earlier) : { open: true, sentence: "not modelled" };
