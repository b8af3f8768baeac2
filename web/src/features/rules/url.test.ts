import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ruleQuery } from "#contracts/rule";
import { buildRulesUrl, parseRulesUrl } from "./url.ts";

const queries = fc
  .record({
    text: fc.option(fc.string({ minLength: 1, maxLength: 40 }), { nil: undefined }),
    language: fc.uniqueArray(fc.constantFrom("eql", "kql", "sigma", "tstats"), { maxLength: 3 }),
    severity: fc.uniqueArray(fc.constantFrom("low", "high"), { maxLength: 2 }),
    state: fc.uniqueArray(fc.constantFrom("runs", "turned off", "not evaluable"), { maxLength: 2 }),
    tactic: fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 2 }),
    folder: fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 2 }),
    sort: fc.constantFrom("name", "alerts", "severity"),
    ascending: fc.boolean(),
    cursor: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
  })
  .map((raw) => ruleQuery.parse(raw));

describe("the address of the list of rules", () => {
  it("opens the same view for whoever gets it", () => {
    fc.assert(
      fc.property(queries, (query) => {
        expect(parseRulesUrl(new URLSearchParams(buildRulesUrl(query).toString()))).toEqual(query);
      }),
    );
  });

  it("says nothing about what is as usual, and drops what is no filter", () => {
    expect(buildRulesUrl(ruleQuery.parse({})).toString()).toBe("");
    expect(parseRulesUrl(new URLSearchParams("language=klingon&sort=mood&severity=high"))).toEqual(
      ruleQuery.parse({ severity: ["high"] }),
    );
  });
});
