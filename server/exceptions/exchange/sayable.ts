import { compileTest } from "../../condition/match-value.ts";
import type { Condition, Operand, Test } from "../../condition/tree.ts";
import { escapePattern, parsePattern } from "../../condition/wildcard-pattern.ts";
import { assertNever, fail, ok, type Result } from "../../lib/result.ts";

/** What a language does with one test. `wider`: its form matches more, for the reason given. */
export type Rewritten = { readonly test: Test; readonly wider?: string } | { readonly refused: string };

export interface Sayable {
  readonly condition: Condition;
  readonly broader: boolean;
  readonly narrower: boolean;
  readonly notes: readonly string[];
}

/**
 * A condition with every test in the form that a language has for it. A wider test makes the whole broader, or below a
 * `not` narrower.
 */
export function rewriteTests(
  condition: Condition,
  rewrite: (test: Test, operand: Operand) => Rewritten,
  negated = false,
): Result<Sayable, string> {
  switch (condition.kind) {
    case "constant":
      return ok({ condition, broader: false, narrower: false, notes: [] });
    case "and":
    case "or": {
      const terms: Sayable[] = [];
      for (const term of condition.terms) {
        const one = rewriteTests(term, rewrite, negated);
        if (!one.ok) {
          return one;
        }
        terms.push(one.value);
      }
      return ok({
        condition: { kind: condition.kind, terms: terms.map((term) => term.condition) },
        broader: terms.some(({ broader }) => broader),
        narrower: terms.some(({ narrower }) => narrower),
        notes: [...new Set(terms.flatMap(({ notes }) => notes))],
      });
    }
    case "not": {
      const term = rewriteTests(condition.term, rewrite, !negated);
      return term.ok ? ok({ ...term.value, condition: { kind: "not", term: term.value.condition } }) : term;
    }
    case "nested": {
      const term = rewriteTests(condition.term, rewrite, negated);
      return term.ok
        ? ok({ ...term.value, condition: { kind: "nested", path: condition.path, term: term.value.condition } })
        : term;
    }
    case "compare": {
      const rewritten = rewrite(condition.test, condition.operand);
      if ("refused" in rewritten) {
        return fail(rewritten.refused);
      }
      const { test, wider } = rewritten;
      return ok({
        condition: { ...condition, test },
        broader: wider !== undefined && !negated,
        narrower: wider !== undefined && negated,
        notes: wider === undefined ? [] : [wider],
      });
    }
    default:
      return assertNever(condition);
  }
}

const oneCharacter = "In place of ? any number of characters match.";

/** KQL has no `?` and no regular expressions. */
export function kqlTest(test: Test): Rewritten {
  switch (test.kind) {
    case "wildcard": {
      const patterns = test.patterns.map((pattern) =>
        parsePattern(pattern, test)
          .map((segment) => segment.map((one) => (one === undefined ? "*" : escapePattern(one))).join(""))
          .join("*"),
      );
      const hasSingle = test.patterns.some((pattern) =>
        parsePattern(pattern, test).some((segment) => segment.includes(undefined)),
      );
      // The parser of KQL escapes stars and backslashes only.
      const written = patterns.map((pattern) => pattern.replaceAll("\\?", "?"));
      return {
        test: { ...test, patterns: written, single: false, escape: true },
        ...(hasSingle ? { wider: oneCharacter } : {}),
      };
    }
    case "regex":
      return { refused: "KQL has no regular expressions." };
    default:
      return { test };
  }
}

/**
 * The command `search` of Splunk ignores case, has only `*`, and has no way to say a literal `*`. Rows have `fill` in
 * place of absent values.
 */
export function splunkTest(fill: string | undefined): (test: Test) => Rewritten {
  return (test) => {
    const said = searchTest(test);
    if ("refused" in said || fill === undefined || !compileTest(said.test)(fill)) {
      return said;
    }
    return {
      ...said,
      wider: [said.wider, `Rows have "${fill}" in place of absent values.`].flatMap((one) => one ?? []).join(" "),
    };
  };
}

function searchTest(test: Test): Rewritten {
  switch (test.kind) {
    case "equals": {
      const values = test.values.map(String);
      return splunkPatterns(values, [
        ...(test.caseInsensitive ? [] : ["Splunk ignores case."]),
        ...(values.some((value) => value.includes("*")) ? ["A * in a value matches any characters."] : []),
      ]);
    }
    case "wildcard": {
      const segments = test.patterns.map((pattern) => parsePattern(pattern, test));
      const patterns = segments.map((all) => all.map((segment) => segment.map((one) => one ?? "*").join("")).join("*"));
      const all = segments.flat();
      return splunkPatterns(patterns, [
        ...(test.caseInsensitive ? [] : ["Splunk ignores case."]),
        ...(all.some((segment) => segment.includes(undefined)) ? [oneCharacter] : []),
        ...(all.some((segment) => segment.includes("*")) ? ["A * in a value matches any characters."] : []),
      ]);
    }
    case "present":
      return { test };
    case "order":
      return { test };
    case "regex":
      return { refused: "The command search has no regular expressions." };
    case "cidr":
      return { refused: "The data model Endpoint.Processes has no addresses." };
    case "words":
      return { refused: "The command search has no phrases on one field." };
    default:
      return assertNever(test);
  }
}

function splunkPatterns(patterns: readonly string[], wider: readonly string[]): Rewritten {
  // Control characters would end the line of the definition, and a backquote begins a macro call.
  if (patterns.some((pattern) => /[\u0000-\u001f\u007f`]/.test(pattern))) {
    return { refused: "A value has a backquote or a control character, which a macro cannot." };
  }
  const test: Test = { kind: "wildcard", patterns, caseInsensitive: true, single: false, escape: false };
  return { test, ...(wider.length === 0 ? {} : { wider: wider.join(" ") }) };
}
