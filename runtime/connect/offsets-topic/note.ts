/** How a sentence says that Connect's REST API was asked for positions, and why. */
export const overRestNote = (reason: string): string => `positions over Connect's REST API: ${reason}`;
