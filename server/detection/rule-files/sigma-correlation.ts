import { usesFields } from "../../condition/relax.ts";
import { ok, type Result } from "../../lib/result.ts";
import { anyInputCondition, type CorrelationInput, type CorrelationPlan } from "../correlation/plan.ts";
import { graphFields } from "../graph-fields.ts";
import { groupField } from "../languages/sigma/group-field.ts";
import type { LogSource } from "../languages/sigma/log-source.ts";
import type { Rule } from "../rule.ts";
import type { JoinKey } from "../sequence/plan.ts";
import { notEvaluable, type Places } from "./places.ts";
import type { SigmaFilter } from "./sigma-filter.ts";
import { countedFields, measureOf, notSupported, type Reason, type SigmaCorrelation } from "./sigma-measure.ts";

/** The part of a Sigma document that correlations need: how they refer to it, and what its fields mean. */
export interface SigmaFacts {
  readonly name?: string | undefined;
  readonly logSource?: LogSource | undefined;
  readonly correlation?: SigmaCorrelation | undefined;
  /** Of a filter document, which is no rule: see `applyFilters`. */
  readonly filter?: SigmaFilter;
}

/** Levels of correlations of correlations. */
const maximumLevels = 10;

/**
 * Compiles the correlation rules among `all`, now that the rules they refer to by id or name are loaded from all files.
 * An active rule that an active correlation refers to raises no alerts of its own unless a correlation sets `generate`.
 * `placesOf` locates what is wrong with a rule in its file. Returns the changed rules by the original ones.
 */
export function resolveCorrelations(
  active: readonly Rule[],
  all: readonly Rule[],
  placesOf: (rule: Rule) => Places,
): ReadonlyMap<Rule, Rule> {
  const resolved = new Map<Rule, Rule>();
  const correlations = all.filter(({ sigma }) => sigma?.correlation !== undefined);
  if (correlations.length === 0) {
    return resolved;
  }
  const lookup = createLookup(active);
  const activeRules = new Set(active);
  const correlationsOf = new Map<Rule, Rule[]>();
  const raising = new Set<Rule>();
  for (const rule of correlations) {
    const { rules: references = [], generate = false } = rule.sigma?.correlation ?? {};
    const plan = planOf(rule, lookup, []);
    if (!plan.ok) {
      const { message, path } = plan.error;
      resolved.set(rule, { ...rule, body: notEvaluable(message, placesOf(rule).of(["correlation", ...path])) });
      continue;
    }
    const body = { kind: "correlation", plan: plan.value, condition: anyInputCondition(plan.value) } as const;
    resolved.set(rule, { ...rule, body });
    for (const referred of activeRules.has(rule) ? references.map(lookup) : []) {
      if (referred.ok && generate) {
        raising.add(referred.value);
      } else if (referred.ok) {
        correlationsOf.set(referred.value, [...(correlationsOf.get(referred.value) ?? []), rule]);
      }
    }
  }
  for (const [rule, wholes] of correlationsOf) {
    if (!raising.has(rule)) {
      const partOf = wholes.map(({ id, name }) => ({ id, name }));
      resolved.set(rule, { ...(resolved.get(rule) ?? rule), partOf });
    }
  }
  return resolved;
}

type Lookup = (reference: string) => Result<Rule, Reason>;

function createLookup(rules: readonly Rule[]): Lookup {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const byName = Map.groupBy(
    rules.filter(({ sigma }) => sigma?.name !== undefined),
    ({ sigma }) => sigma?.name,
  );
  return (reference) => {
    const named = byName.get(reference) ?? [];
    const found = byId.get(reference) ?? named[0];
    if (found === undefined) {
      return notSupported(`the correlation refers to "${reference}", but no rule has this id or name`);
    }
    return byId.has(reference) || named.length === 1
      ? ok(found)
      : notSupported(`the correlation refers to "${reference}", but ${named.length} rules have this name`);
  };
}

function planOf(rule: Rule, lookup: Lookup, within: readonly Rule[]): Result<CorrelationPlan, Reason> {
  const correlation = rule.sigma?.correlation;
  if (correlation === undefined) {
    return notSupported(`${rule.name} is not a correlation`);
  }
  if (within.includes(rule) || within.length >= maximumLevels) {
    return notSupported(
      within.includes(rule)
        ? `the correlation "${rule.name}" refers to itself`
        : `correlations refer to each other more than ${maximumLevels} levels deep`,
    );
  }
  const inputs: CorrelationInput[] = [];
  for (const [index, reference] of correlation.rules.entries()) {
    const referred = lookup(reference);
    const input = referred.ok ? inputOf(referred.value, correlation, lookup, [...within, rule]) : referred;
    if (!input.ok) {
      return notSupported(input.error.message, "rules", index);
    }
    inputs.push(input.value);
  }
  if (inputs.length === 0) {
    return notSupported("the correlation refers to no rules", "rules");
  }
  const measure = measureOf(correlation, inputs.length);
  return measure.ok
    ? ok({ inputs, by: correlation["group-by"], onMissingKey: "exclude", measure: measure.value })
    : measure;
}

function inputOf(
  referred: Rule,
  correlation: SigmaCorrelation,
  lookup: Lookup,
  within: readonly Rule[],
): Result<CorrelationInput, Reason> {
  const joinKeys = (fields: readonly string[]) =>
    all(fields.map((field) => joinKeyOf(referred, aliased(correlation, field, referred), lookup, within)));
  const keys = joinKeys(correlation["group-by"]);
  if (!keys.ok) {
    return keys;
  }
  const valueKeys = joinKeys(countedFields(correlation));
  if (!valueKeys.ok) {
    return valueKeys;
  }
  const common = {
    rule: { id: referred.id, name: referred.name },
    keys: keys.value,
    valueKeys: valueKeys.value,
  };
  if (referred.sigma?.correlation !== undefined) {
    const plan = planOf(referred, lookup, within);
    return plan.ok ? ok({ kind: "findings", plan: plan.value, ...common }) : plan;
  }
  const { body } = referred;
  if (body.kind !== "event") {
    const reason = body.kind === "not-evaluable" ? `: ${body.reason}` : "";
    return notSupported(`the correlation refers to "${referred.name}", which is not evaluable${reason}`);
  }
  return usesFields(body.condition, graphFields)
    ? notSupported(`the correlation refers to "${referred.name}", which tests the grandparent process`)
    : ok({ kind: "events", condition: body.condition, ...common });
}

/** The name of a field in the events of a rule. */
function aliased({ aliases }: SigmaCorrelation, field: string, { id, sigma }: Rule): string {
  const byRule = aliases[field];
  return byRule?.[sigma?.name ?? id] ?? byRule?.[id] ?? field;
}

/** The event fields of a Sigma field in the events of a rule, or in all events that a correlation counts. */
function joinKeyOf(rule: Rule, field: string, lookup: Lookup, within: readonly Rule[]): Result<JoinKey, Reason> {
  const { sigma } = rule;
  if (sigma?.correlation === undefined) {
    const key = groupField(sigma?.logSource ?? {}, field);
    return key.ok ? key : notSupported(key.error.message);
  }
  if (within.includes(rule)) {
    return notSupported(`the correlation "${rule.name}" refers to itself`);
  }
  const { correlation } = sigma;
  const keys = all(
    correlation.rules.map((reference) => {
      const referred = lookup(reference);
      return referred.ok
        ? joinKeyOf(referred.value, aliased(correlation, field, referred.value), lookup, [...within, rule])
        : referred;
    }),
  );
  if (!keys.ok) {
    return keys;
  }
  const [first = field, ...alternatives] = new Set(
    keys.value.flatMap((key) => [key.field, ...(key.alternatives ?? [])]),
  );
  return ok({ field: first, optional: false, alternatives });
}

/** The values of all results, or the first failure. */
function all<T>(results: readonly Result<T, Reason>[]): Result<readonly T[], Reason> {
  const values: T[] = [];
  for (const result of results) {
    if (!result.ok) {
      return result;
    }
    values.push(result.value);
  }
  return ok(values);
}
