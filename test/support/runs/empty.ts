describe("a walk that nobody wrote", () => {});
