describe("a walk that is skipped", () => {
  before(function () {
    this.skip();
  });
  it("mirrors", () => {});
  it("moves", () => {});
});
