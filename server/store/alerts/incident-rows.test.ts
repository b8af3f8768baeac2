import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IncidentGroup } from "./incident-groups.ts";
import { IncidentRows } from "./incident-rows.ts";

const group = fc
  .record({
    severity: fc.integer({ min: 1, max: 3 }),
    latest: fc.integer({ min: 0, max: 3 }),
    alerts: fc.integer({ min: 1, max: 3 }),
    score: fc.integer({ min: 0, max: 3 }),
    shape: fc.constantFrom("s1", "s2", "s3"),
    isRanked: fc.boolean(),
  })
  .map(({ severity, latest, alerts, score, shape, isRanked }): Omit<IncidentGroup, "key"> => {
    const rank = { score, rules: 1, severity, hosts: 1, alerts, rarity: 1, signature: shape };
    return { severity, latest, alerts, risk: 0, ...(isRanked ? { rank } : {}) };
  });
/** Keys with what becomes of their incidents; undefined: none of its alerts passes any more. */
const step = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e", "f", "split:1", "merged:1"), fc.option(group), {
  noNullPrototype: true,
});

describe("rows of incidents", () => {
  it("are the same whether what changed is read or everything", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("risk", "latest", "severity", "size"),
        fc.option(fc.constantFrom("s1", "s2"), { nil: undefined }),
        fc.array(step, { minLength: 1, maxLength: 8 }),
        (sort, shape, steps) => {
          const followed = new IncidentRows(sort, shape);
          const now = new Map<string, IncidentGroup>();
          for (const [index, changes] of steps.entries()) {
            for (const [key, made] of Object.entries(changes)) {
              now.delete(key);
              made !== null && now.set(key, { key, ...made });
            }
            const keys = Object.keys(changes);
            const rows = followed.replace({
              keys: index === 0 ? undefined : keys,
              groups: [...now.values()].filter(({ key }) => index === 0 || keys.includes(key)),
            });
            const again = new IncidentRows(sort, shape).replace({ keys: undefined, groups: [...now.values()] });
            expect(rows).toEqual(again);
          }
        },
      ),
    );
  });

  it("stay as they were for whoever reads them while incidents change", () => {
    const rows = new IncidentRows("latest");
    const one = { key: "a", severity: 1, latest: 1, alerts: 1, risk: 0 };
    const before = rows.replace({ keys: undefined, groups: [one] });
    const after = rows.replace({ keys: ["a", "b"], groups: [{ ...one, key: "b" }] });
    expect(before.map(({ key }) => key)).toEqual(["a"]);
    expect(after.map(({ key }) => key)).toEqual(["b"]);
  });
});
