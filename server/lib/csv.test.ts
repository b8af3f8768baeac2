import { describe, expect, it } from "vitest";
import { csvLine } from "./csv.ts";

describe("a line of CSV", () => {
  it("quotes what has separators, quotes or line breaks", () => {
    expect(csvLine(["a", 'b "c"', "d,e", "f\ng", ""])).toBe('a,"b ""c""","d,e","f\ng",\r\n');
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=cmd|"/c calc"!A1'])(
    "makes %j text, which no spreadsheet runs",
    (cell) => {
      const line = csvLine([cell]);
      expect(line.startsWith("\"'")).toBe(true);
      expect(line).toBe(`"'${cell.replaceAll('"', '""')}"\r\n`);
    },
  );

  it("leaves alone what only contains such characters", () => {
    expect(csvLine(["a=1", "1-2", "x@y"])).toBe("a=1,1-2,x@y\r\n");
  });
});
