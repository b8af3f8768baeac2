import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allColumns, queueColumns, readColumns, withColumns } from "./columns.ts";

const anyChoice = fc.subarray(queueColumns.map(({ id }) => id)).map((ids) => new Set(ids));

describe("the columns in the address of the queue", () => {
  it("are read as they were written, beside the filters", () => {
    fc.assert(
      fc.property(anyChoice, (columns) => {
        const search = withColumns(new URLSearchParams("host=srv-02"), columns);
        expect(readColumns(new URLSearchParams(search.toString()))).toEqual(columns);
        expect(search.get("host")).toBe("srv-02");
      }),
    );
  });

  it("are all without a choice, and without a known name", () => {
    expect(readColumns(new URLSearchParams("host=srv-02"))).toEqual(allColumns);
    expect(readColumns(new URLSearchParams("columns=colour"))).toEqual(allColumns);
    expect(withColumns(new URLSearchParams("columns=risk"), allColumns).toString()).toBe("");
    expect(readColumns(new URLSearchParams("columns=colour,age"))).toEqual(new Set(["age"]));
  });
});
