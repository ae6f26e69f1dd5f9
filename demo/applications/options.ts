import { movesApplications, tableOf, type TableChoice } from "../../phases/strategies/index.ts";

/** Name of the stack file that a choice is walked with. */
export const stackOf = (choice: TableChoice): "apps" | "dev" => (isApplicationsDemo(choice) ? "apps" : "dev");

/** Whether applications of every role move, for which the lab has a traffic of its own. */
export const isApplicationsDemo = (choice: TableChoice): boolean => movesApplications(tableOf(choice));
