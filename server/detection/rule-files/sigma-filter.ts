import { stringify } from "yaml";
import { z } from "zod";
import type { Location, Problem } from "#contracts/problem";
import { always, and, type Condition } from "../../condition/tree.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { type LogSource, resolveLogSource } from "../languages/sigma/log-source.ts";
import { compileSigma } from "../languages/sigma/sigma.ts";
import { isUnsupported } from "../languages/source.ts";
import type { Rule } from "../rule.ts";
import type { Places } from "./places.ts";

const anyRule = /^(?:any|all)$/i;

/** The `filter` of a filter document; other keys are its selections. */
export const sigmaFilter = z.looseObject({
  rules: z.union([z.array(z.string()), z.string()]),
  condition: z.string(),
});

/** A filter document: selections over the events of other rules. */
export interface SigmaFilter {
  /** Ids or names; undefined for all rules of the log source. */
  readonly rules: readonly string[] | undefined;
  readonly condition: string;
  readonly selections: Readonly<Record<string, unknown>>;
}

/** A filter that changed a rule. */
export interface AppliedFilter {
  readonly id: string;
  readonly name: string;
  /** The file, relative to its rule folder. */
  readonly source: string;
}

/** `any`, `all` and an empty list name all rules of the log source, as in pySigma. */
export function filterOf({ rules, condition, ...selections }: z.infer<typeof sigmaFilter>): SigmaFilter {
  const named = typeof rules === "string" ? (anyRule.test(rules) ? [] : [rules]) : rules;
  return { rules: named.length === 0 ? undefined : named, condition, selections };
}

/** Whether a filter changed what it names, and if not, where its file is wrong. */
export type FilterOutcome =
  | { readonly kind: "applied" }
  | { readonly kind: "not-applied"; readonly reason: string; readonly at: Location }
  | { readonly kind: "failed"; readonly problem: Problem };

interface Filtered {
  /** The changed rules by the original ones. */
  readonly changed: ReadonlyMap<Rule, Rule>;
  readonly outcomes: ReadonlyMap<Rule, FilterOutcome>;
}

/**
 * Applies filter documents to the rules that they name by id or name. The condition of a filter is ANDed to that of the
 * rule and read with the field names of the rule's log source, which must lie within the filter's. Correlations are not
 * filtered themselves, but the rules they count are. See docs/decisions/0086 for the sources of these semantics.
 */
export function applyFilters(
  rules: readonly Rule[],
  filters: readonly Rule[],
  placesOf: (filter: Rule) => Places,
): Filtered {
  const changed = new Map<Rule, Rule>();
  const outcomes = new Map<Rule, FilterOutcome>();
  for (const filter of filters) {
    outcomes.set(filter, applyOne(filter, rules, changed, placesOf));
  }
  return { changed, outcomes };
}

function applyOne(
  rule: Rule,
  rules: readonly Rule[],
  changed: Map<Rule, Rule>,
  placesOf: (filter: Rule) => Places,
): FilterOutcome {
  const { filter, logSource = {} } = rule.sigma ?? {};
  if (filter === undefined) {
    return { kind: "applied" };
  }
  const compiled = compileFilter(filter, logSource);
  if (!compiled.ok) {
    const { path, ...problem } = compiled.error;
    const places = placesOf(rule);
    const inFile = path[0] === "detection" ? ["filter", ...path.slice(1)] : path;
    const at = inFile[1] === "condition" ? places.inside(inFile, filter.condition, problem.at) : places.of(inFile);
    return isUnsupported(problem)
      ? { kind: "not-applied", reason: `the filter is not applied: ${problem.message}`, at }
      : { kind: "failed", problem: { ...problem, at } };
  }
  const name = { id: rule.id, name: rule.name, source: rule.source };
  const refusals: { readonly reason: string; readonly index: number | undefined }[] = [];
  let applied = 0;
  for (const { target, reference, index } of targetsOf(filter, rules)) {
    const changedRule = target === undefined ? undefined : withFilter(changed.get(target) ?? target, rule, name);
    if (target !== undefined && typeof changedRule === "object") {
      changed.set(target, changedRule);
      applied += 1;
    } else if (filter.rules !== undefined) {
      const unknown = `no rule has the id or name "${reference}"`;
      refusals.push({ reason: typeof changedRule === "string" ? changedRule : unknown, index });
    }
  }
  const [first, ...more] = refusals;
  if (first === undefined) {
    return applied > 0
      ? { kind: "applied" }
      : {
          kind: "not-applied",
          reason: "the filter is applied to no rule: none that is loaded has its log source",
          at: placesOf(rule).of(["logsource"]),
        };
  }
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  const rest = applied === 0 ? "" : `; it is applied to ${applied} other ${applied === 1 ? "rule" : "rules"}`;
  return {
    kind: "not-applied",
    reason: `the filter is not applied to all that it names: ${first.reason}${others}${rest}`,
    at: placesOf(rule).of(["filter", "rules", ...(first.index === undefined ? [] : [first.index])]),
  };
}

interface FilterTarget {
  readonly target: Rule | undefined;
  readonly reference: string;
  readonly index: number | undefined;
}

function targetsOf(filter: SigmaFilter, rules: readonly Rule[]): readonly FilterTarget[] {
  if (filter.rules === undefined) {
    return rules.map((target) => ({ target, reference: target.id, index: undefined }));
  }
  return filter.rules.flatMap((reference, index): readonly FilterTarget[] => {
    const found = rules.filter(({ id, sigma }) => id === reference || sigma?.name === reference);
    return found.length === 0
      ? [{ target: undefined, reference, index }]
      : found.map((target) => ({ target, reference, index }));
  });
}

/** The rule with the filter, or why it cannot have it. */
function withFilter(rule: Rule, { sigma }: Rule, name: AppliedFilter): Rule | string {
  const { filter, logSource = {} } = sigma ?? {};
  if (rule.language !== "sigma" || filter === undefined) {
    return `"${rule.name}" is not a Sigma rule`;
  }
  if (rule.sigma?.correlation !== undefined) {
    return `"${rule.name}" is a correlation; filter the rules that it counts`;
  }
  if (!isWithin(rule.sigma?.logSource ?? {}, logSource)) {
    return `the log source of "${rule.name}" is not within that of the filter`;
  }
  const filters = [...(rule.filters ?? []), name];
  if (rule.body.kind !== "event") {
    return { ...rule, filters };
  }
  const compiled = compileFilter(filter, rule.sigma?.logSource ?? {});
  return compiled.ok
    ? { ...rule, filters, body: { ...rule.body, condition: and(rule.body.condition, compiled.value) } }
    : `${compiled.error.message} (in the log source of "${rule.name}")`;
}

/** What the filter leaves, without the log source. */
function compileFilter({ selections, condition }: SigmaFilter, logSource: LogSource) {
  return compileSigma({ logSource, selections, conditions: [condition] }, (given) => ({
    ...resolveLogSource(given),
    condition: always,
  }));
}

function isWithin(inner: LogSource, outer: LogSource): boolean {
  return (["product", "category", "service"] as const).every(
    (key) => outer[key] === undefined || outer[key]?.toLowerCase() === inner[key]?.toLowerCase(),
  );
}

/** A filter document to write. */
export interface WrittenFilter {
  readonly title: string;
  readonly id: string;
  readonly description: string;
  readonly date: string;
  readonly logSource: LogSource;
  readonly rules: readonly string[];
  readonly selections: Readonly<Record<string, unknown>>;
  readonly condition: string;
}

/** Writes a filter document, which the loader reads as the same filter. */
export function printSigmaFilter({ logSource, rules, selections, condition, ...head }: WrittenFilter): string {
  const document = {
    ...head,
    logsource: Object.fromEntries(Object.entries(logSource).filter(([, value]) => value !== undefined)),
    filter: { rules, ...selections, condition },
  };
  return stringify(document, { lineWidth: 0 });
}

/** The condition that a printed filter leaves events of a log source with. */
export function filterCondition(filter: SigmaFilter, logSource: LogSource): Result<Condition, Problem> {
  const compiled = compileFilter(filter, logSource);
  return compiled.ok ? ok(compiled.value) : fail(compiled.error);
}
