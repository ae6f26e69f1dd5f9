/** Whether `npm run test:all` runs, where what tries made-up inputs tries more of them. */
export const thorough = process.env["TEST_THOROUGH"] !== undefined;
