import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodedField } from "#contracts/decoding";
import { conditions, events } from "./arbitrary.ts";
import { compileTruth } from "./evaluate.ts";
import { fieldsToEvaluate } from "./fields.ts";
import { and, compare, exists, field, nested, not } from "./tree.ts";

describe("the fields that a condition is evaluated by", () => {
  it("decide it: the other fields of an event make no difference", () => {
    fc.assert(
      fc.property(conditions, events, (condition, event) => {
        const names = fieldsToEvaluate(condition);
        const some = Object.create(null);
        for (const [name, value] of Object.entries(event)) {
          if (names === undefined || names.has(name)) {
            some[name] = value;
          }
        }
        expect(compileTruth(condition)(some)).toBe(compileTruth(condition)(event));
      }),
      { numRuns: 500 },
    );
  });

  it("are those that a computed field is made of", () => {
    expect(fieldsToEvaluate(not(exists(decodedField)))).toContain("process.command_line");
    expect(fieldsToEvaluate(not(exists(decodedField)))).not.toContain(decodedField);
  });

  it("can be any below a nested path and for a pattern of names", () => {
    expect(fieldsToEvaluate(and(exists("host.name"), nested("file.signature", exists("file.signature.valid"))))).toBe(
      undefined,
    );
    const pattern = { kind: "fields", pattern: "process.*" } as const;
    expect(fieldsToEvaluate(not(compare(pattern, { kind: "present" })))).toBe(undefined);
    expect(fieldsToEvaluate(compare(field("host.name"), { kind: "present" }))).toEqual(new Set(["host.name"]));
  });
});
