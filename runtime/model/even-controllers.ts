/** A quorum needs more than half of its voters: an even number survives no more failures than one voter fewer. */
export const evenControllers = (controllers: number): boolean => controllers > 0 && controllers % 2 === 0;
