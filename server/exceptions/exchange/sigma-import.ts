import type { ExceptionEntry } from "#contracts/exception-entry";
import type { Problem } from "#contracts/problem";
import type { Condition } from "../../condition/tree.ts";
import type { Rule } from "../../detection/rule.ts";
import { filterCondition } from "../../detection/rule-files/sigma-filter.ts";
import { parseSigmaRule } from "../../detection/rule-files/sigma-rule.ts";
import { parseYamlDocuments, yamlPlaces } from "../../detection/rule-files/yaml-document.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { ReadException, ReadFile } from "./read-file.ts";

/** Most groups of entries of an exception. */
const mostGroups = 20;

type Group = readonly ExceptionEntry[];

/** Reads Sigma filter documents whose conditions exceptions can have; others are problems with the reason. */
export function readFilters(text: string, file: string, rules: readonly Rule[]): ReadFile {
  const documents = parseYamlDocuments(text);
  if (!documents.ok) {
    return { exceptions: [], problems: [{ ...documents.error, at: { ...documents.error.at, file } }], warnings: [] };
  }
  const exceptions: ReadException[] = [];
  const problems: Problem[] = [];
  for (const [position, document] of documents.value.entries()) {
    const places = yamlPlaces(text, position);
    const refuse = (message: string, at = places.of(["filter"])) =>
      problems.push({ code: "exchange.line", message, at: { ...at, file } });
    const read = parseSigmaRule(document, text, file, position);
    if (!read.ok) {
      refuse(read.error.message, read.error.at);
      continue;
    }
    const { filter, logSource = {} } = read.value.sigma ?? {};
    if (filter === undefined) {
      refuse("the document is no filter", places.of([]));
      continue;
    }
    const keeps = filterCondition(filter, logSource);
    const groups = keeps.ok ? groupsOfKept(keeps.value) : fail(keeps.error.message);
    if (!groups.ok) {
      refuse(`${groups.error}; put the file into a rule folder to have it applied as it is`);
      continue;
    }
    const [entries, ...alternatives] = groups.value;
    const ruleIds = filter.rules?.map(
      (name) => rules.find(({ id, sigma }) => id === name || sigma?.name === name)?.id ?? name,
    );
    exceptions.push({
      line: places.of([]).line ?? 1,
      itemId: read.value.id,
      draft: {
        name: read.value.name.slice(0, 200),
        reason: read.value.description.slice(0, 4000),
        mode: "shadow",
        entries: [...(entries ?? [])],
        ...(alternatives.length === 0 ? {} : { alternatives: alternatives.map((group) => [...group]) }),
      },
      scope: ruleIds === undefined ? undefined : { ruleIds },
    });
  }
  return { exceptions, problems, warnings: [] };
}

/** Groups of entries for what a filter takes away. */
function groupsOfKept(keeps: Condition): Result<readonly Group[], string> {
  const groups = groupsFor(keeps, true);
  return groups.ok && groups.value.some((group) => group.length === 0)
    ? fail("the filter takes away everything")
    : groups;
}

/** The condition, or its negation, as alternatives of entries that all have to match. */
function groupsFor(condition: Condition, negated: boolean): Result<readonly Group[], string> {
  switch (condition.kind) {
    case "not":
      return groupsFor(condition.term, !negated);
    case "and":
    case "or":
      return (condition.kind === "and") === negated
        ? anyGroup(condition.terms, negated)
        : everyGroup(condition.terms, negated);
    case "compare":
      return groupsOfTest(condition, negated);
    case "constant":
      return ok((condition.value === true) === negated ? [] : [[]]);
    case "nested":
      return fail("conditions on elements of arrays cannot be entries here");
  }
}

function anyGroup(terms: readonly Condition[], negated: boolean): Result<readonly Group[], string> {
  const groups: Group[] = [];
  for (const term of terms) {
    const more = groupsFor(term, negated);
    if (!more.ok) {
      return more;
    }
    groups.push(...more.value);
  }
  return groups.length > mostGroups ? fail(`it has more than ${mostGroups} alternatives`) : ok(groups);
}

function everyGroup(terms: readonly Condition[], negated: boolean): Result<readonly Group[], string> {
  let groups: readonly Group[] = [[]];
  for (const term of terms) {
    const more = groupsFor(term, negated);
    if (!more.ok) {
      return more;
    }
    if (groups.length * more.value.length > mostGroups) {
      return fail(`it has more than ${mostGroups} alternatives`);
    }
    groups = groups.flatMap((left) => more.value.map((right) => [...left, ...right]));
  }
  return ok(groups);
}

function groupsOfTest(
  { operand, test }: Condition & { readonly kind: "compare" },
  negated: boolean,
): Result<readonly Group[], string> {
  if (operand.kind !== "field") {
    return fail("it compares a value that is composed of several fields");
  }
  const operator = negated ? ("excluded" as const) : ("included" as const);
  const entry = (caseInsensitive: boolean) =>
    ({ field: operand.name, operator, case: caseInsensitive ? "insensitive" : "sensitive" }) as const;
  // None of several excluded values means each of them excluded; any of several included ones is an alternative.
  const each = (entries: readonly ExceptionEntry[]): readonly Group[] =>
    negated ? [entries] : entries.map((one) => [one]);
  switch (test.kind) {
    case "equals": {
      const values = test.values.map(String);
      return values.some((value) => value === "")
        ? fail(`it compares ${operand.name} with an empty value`)
        : ok([
            [
              values.length === 1
                ? { type: "match", value: values[0] ?? "", ...entry(test.caseInsensitive) }
                : { type: "match_any", values, ...entry(test.caseInsensitive) },
            ],
          ]);
    }
    case "wildcard":
      return test.single && test.escape
        ? ok(each(test.patterns.map((value) => ({ type: "wildcard", value, ...entry(test.caseInsensitive) }))))
        : fail("it has patterns of another kind");
    case "present":
      return ok([[{ type: "exists", ...entry(false) }]]);
    default:
      return fail(`it tests ${operand.name} in a way that entries cannot`);
  }
}
