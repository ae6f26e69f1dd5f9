import ts from "typescript";

/** The words and the code of a file, without its comments. */
export function withoutComments(text: string): string {
  const printer = ts.createPrinter({ removeComments: true });
  return printer.printFile(ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true));
}
