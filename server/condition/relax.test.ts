import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditions, events } from "./arbitrary.ts";
import { compileCondition } from "./evaluate.ts";
import { fieldsOf } from "./fields.ts";
import { relax, usesFields } from "./relax.ts";

describe("a relaxed condition", () => {
  it("matches every event that the whole condition matches, whatever the unknown fields turn out to be", () => {
    fc.assert(
      fc.property(conditions, events, events, fc.nat(10), (condition, known, completed, pick) => {
        const names = fieldsOf(condition);
        const unknown = new Set(names.filter((_, place) => (place + pick) % 2 === 0));
        const whole = Object.assign(Object.create(null), known);
        const part = Object.assign(Object.create(null), known);
        for (const name of unknown) {
          delete part[name];
          delete whole[name];
          if (completed[name] !== undefined) {
            whole[name] = completed[name];
          }
        }
        const rest = relax(condition, unknown);
        expect(usesFields(rest, unknown)).toBe(false);
        if (compileCondition(condition)(whole)) {
          expect(compileCondition(rest)(part)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
