/** A world in memory has every kind and every right. */
export const lacking = async (): Promise<string[]> => [];
export const glanceLacking = lacking;
