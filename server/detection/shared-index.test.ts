import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditions, events } from "../condition/arbitrary.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { never } from "../condition/tree.ts";
import { sharedIndex } from "./shared-index.ts";

describe("an index that engines share", () => {
  it("leads each engine to its own conditions, whoever asks first and about what", () => {
    const lists = fc.array(fc.array(conditions, { maxLength: 5 }), { minLength: 1, maxLength: 3 });
    const questions = fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { maxLength: 12 });
    fc.assert(
      fc.property(lists, fc.array(events, { minLength: 1, maxLength: 4 }), questions, (engines, about, asked) => {
        const indexOf = sharedIndex();
        const looks = engines.map((list) => indexOf(list));
        for (const [engine, event] of asked) {
          const fields = about[event % about.length] ?? {};
          const list = engines[engine % engines.length] ?? [];
          const found = looks[engine % engines.length]?.(fields) ?? [];
          expect(found).toEqual([...new Set(found)].sort((left, right) => left - right));
          expect(found.every((position) => position < list.length)).toBe(true);
          expect(found).toEqual(
            expect.arrayContaining([...list.keys()].filter((at) => compileCondition(list[at] ?? never)(fields))),
          );
        }
      }),
    );
  });
});
