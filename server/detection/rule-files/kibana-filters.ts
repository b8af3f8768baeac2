import { z } from "zod";
import { type Condition, compare, exists, not } from "../../condition/tree.ts";
import { fail, ok, type Result } from "../../lib/result.ts";

const wildcard = z.union([
  z.string(),
  z.object({ value: z.string(), case_insensitive: z.boolean().default(false) }),
  z.object({ wildcard: z.string(), case_insensitive: z.boolean().default(false) }),
]);
const filter = z.object({
  meta: z.object({ negate: z.boolean().default(false), disabled: z.boolean().default(false) }).default({
    negate: false,
    disabled: false,
  }),
  query: z.union([
    z.strictObject({ wildcard: z.record(z.string(), wildcard) }),
    z.strictObject({ exists: z.object({ field: z.string() }) }),
  ]),
});

/**
 * Kibana filter objects of a rule as conditions that must all hold: `wildcard` on one field (`*`, `?`, `\`
 * escapes) and `exists`, each possibly negated. A disabled filter says nothing. The error is which filter cannot be
 * evaluated, and why.
 */
export function conditionsOfFilters(
  filters: readonly unknown[],
): Result<readonly Condition[], { readonly index: number; readonly reason: string }> {
  const conditions: Condition[] = [];
  for (const [index, given] of filters.entries()) {
    const checked = filter.safeParse(given);
    if (!checked.success) {
      const reason = `filter ${index + 1} of the rule is neither a wildcard query nor an exists query`;
      return fail({ index, reason });
    }
    const { meta, query } = checked.data;
    if (!meta.disabled) {
      for (const condition of conditionsOfQuery(query)) {
        conditions.push(meta.negate ? not(condition) : condition);
      }
    }
  }
  return ok(conditions);
}

function conditionsOfQuery(query: z.infer<typeof filter>["query"]): readonly Condition[] {
  if ("exists" in query) {
    return [exists(query.exists.field)];
  }
  return Object.entries(query.wildcard).map(([field, given]) => {
    const pattern = typeof given === "string" ? given : "value" in given ? given.value : given.wildcard;
    const caseInsensitive = typeof given === "string" ? false : given.case_insensitive;
    return compare(field, { kind: "wildcard", patterns: [pattern], caseInsensitive, single: true, escape: true });
  });
}
