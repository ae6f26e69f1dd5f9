describe("a walk", () => {
  it("mirrors", () => {});
  it("moves", () => {});
});
