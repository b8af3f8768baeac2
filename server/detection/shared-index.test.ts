import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditions, events } from "../condition/arbitrary.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { never } from "../condition/tree.ts";
import { sharedIndex } from "./shared-index.ts";

describe("an index shared by engines", () => {
  it("finds the conditions of each engine, in whatever order the engines query it", () => {
    const lists = fc.array(fc.array(conditions, { maxLength: 5 }), { minLength: 1, maxLength: 3 });
    const queries = fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { maxLength: 12 });
    fc.assert(
      fc.property(lists, fc.array(events, { minLength: 1, maxLength: 4 }), queries, (engines, some, queried) => {
        const createIndex = sharedIndex();
        const indexes = engines.map((list) => createIndex(list));
        for (const [engine, event] of queried) {
          const fields = some[event % some.length] ?? {};
          const list = engines[engine % engines.length] ?? [];
          const found = indexes[engine % engines.length]?.(fields) ?? [];
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
