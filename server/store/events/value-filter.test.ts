import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { conditions, events } from "../../condition/arbitrary.ts";
import { compileCondition } from "../../condition/evaluate.ts";
import { and, equals, exists, not, or, wildcard } from "../../condition/tree.ts";
import { segmentTest, valueFilter } from "./value-filter.ts";

const names = (count: number, prefix: string): readonly Fields[] =>
  Array.from({ length: count }, (_, index) => ({ "file.path": `C:\\${prefix}\\${index}.exe` }));

describe("the filter of a segment", () => {
  it("never rules out a segment with an event that matches", () => {
    fc.assert(
      fc.property(conditions, fc.array(events, { minLength: 1, maxLength: 5 }), (condition, segment) => {
        fc.pre(segment.some(compileCondition(condition)));
        expect(segmentTest(condition)?.(valueFilter(segment)) ?? true).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds values in any case, in lists, and numbers by their text", () => {
    const filter = valueFilter([{ "file.path": "C:\\Ärger.EXE", "process.args": ["a", "-Enc"], "process.pid": 4 }]);
    const can = (name: string, value: string | number) => segmentTest(equals(name, value))?.(filter);
    expect([can("file.path", "c:\\äRGER.exe"), can("process.args", "-ENC"), can("process.pid", "4")]).toEqual(
      Array.from({ length: 3 }, () => true),
    );
    expect(can("process.args", "4")).toBe(false);
  });

  it("rules out about 99 of 100 segments without the value", () => {
    const filter = valueFilter(names(3_000, "present"));
    const wrong = names(10_000, "absent").filter((fields) =>
      segmentTest(equals("file.path", String(fields["file.path"])))?.(filter),
    );
    expect(wrong.length).toBeLessThan(300);
  });

  it("says nothing about conditions that ask for no value in particular", () => {
    const path = equals("file.path", "x");
    for (const condition of [
      exists("file.path"),
      not(path),
      wildcard("file.path", "x*"),
      or(path, exists("user.name")),
      equals("file.path", "x".repeat(1_001)),
    ]) {
      expect(segmentTest(condition)).toBeUndefined();
    }
    expect(segmentTest(and(path, exists("user.name")))?.(valueFilter([{ "file.path": "y" }]))).toBe(false);
  });
});
