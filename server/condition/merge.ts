import type { Condition, Test } from "./tree.ts";

type Compare = Condition & { readonly kind: "compare" };

/** Shorter junctions are as fast term by term. */
const WORTHWHILE = 8;

/**
 * The terms of a disjunction with comparisons of one field as one: `a or b or c` becomes one look-up in a set, however
 * it is written. Only for evaluation; people read the condition as it was written.
 */
export function mergedAlternatives(terms: readonly Condition[]): readonly Condition[] {
  return terms.length < WORTHWHILE
    ? terms
    : merged(
        terms,
        (term) => term,
        (term) => term,
      );
}

/** As `mergedAlternatives`, of a conjunction: that none of many values is there is one negated comparison. */
export function mergedRequirements(terms: readonly Condition[]): readonly Condition[] {
  return terms.length < WORTHWHILE
    ? terms
    : merged(
        terms,
        (term) => (term.kind === "not" ? term.term : undefined),
        (term) => ({ kind: "not", term }),
      );
}

function merged(
  terms: readonly Condition[],
  unwrap: (term: Condition) => Condition | undefined,
  wrap: (term: Compare) => Condition,
): readonly Condition[] {
  const groups = new Map<string, Compare[]>();
  const others: Condition[] = [];
  for (const term of terms) {
    const compared = unwrap(term);
    const key = compared?.kind === "compare" ? keyOf(compared) : undefined;
    if (compared?.kind !== "compare" || key === undefined) {
      others.push(term);
    } else {
      const group = groups.get(key);
      if (group === undefined) {
        groups.set(key, [compared]);
      } else {
        group.push(compared);
      }
    }
  }
  return [...others, ...[...groups.values()].flatMap((group) => one(group) ?? []).map(wrap)];
}

/** What comparisons have to share besides their values; `undefined` where values cannot be put together. */
function keyOf({ operand, test, absent }: Compare): string | undefined {
  const name = operand.kind === "field" ? operand.name : operand.kind === "fields" ? operand.pattern : undefined;
  if (name === undefined) {
    return undefined;
  }
  switch (test.kind) {
    case "equals":
      return JSON.stringify([operand.kind, name, absent, test.kind, test.caseInsensitive]);
    case "wildcard":
      return JSON.stringify([operand.kind, name, absent, test.kind, test.caseInsensitive, test.single, test.escape]);
    case "words":
    case "cidr":
      return JSON.stringify([operand.kind, name, absent, test.kind]);
    default:
      return undefined;
  }
}

function one(group: readonly Compare[]): Compare | undefined {
  const [first] = group;
  return first === undefined || group.length === 1 ? first : { ...first, test: together(first.test, group) };
}

/** The test that is passed where one of those of the group is. */
function together(first: Test, group: readonly Compare[]): Test {
  const tests = group.map(({ test }) => test);
  switch (first.kind) {
    case "equals":
      return { ...first, values: tests.flatMap((test) => (test.kind === "equals" ? test.values : [])) };
    case "wildcard":
      return { ...first, patterns: tests.flatMap((test) => (test.kind === "wildcard" ? test.patterns : [])) };
    case "words":
      return { ...first, phrases: tests.flatMap((test) => (test.kind === "words" ? test.phrases : [])) };
    case "cidr":
      return { ...first, networks: tests.flatMap((test) => (test.kind === "cidr" ? test.networks : [])) };
    default:
      return first;
  }
}
