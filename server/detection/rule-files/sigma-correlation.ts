import { z } from "zod";
import { usesFields } from "../../condition/relax.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import {
  anyInput,
  type Bound,
  type CorrelationInput,
  type CorrelationPlan,
  type Measure,
} from "../correlation/plan.ts";
import { graphFields } from "../graph-fields.ts";
import { groupField } from "../languages/sigma/group-field.ts";
import type { LogSource } from "../languages/sigma/log-source.ts";
import type { Rule } from "../rule.ts";
import type { JoinKey } from "../sequence/plan.ts";
import { durationOf } from "./duration.ts";
import { notEvaluable, type Path, type Places } from "./places.ts";

const texts = z.union([z.array(z.string()), z.string().transform((text) => [text])]);
const count = z.number().int().min(0);

/** The `correlation` of a document (specification 2.0). */
export const sigmaCorrelation = z.object({
  type: z.string(),
  rules: texts,
  "group-by": texts.default([]),
  timespan: z.string(),
  condition: z
    .union([
      z.looseObject({
        field: z.union([z.string(), z.array(z.string())]).optional(),
        gt: count.optional(),
        gte: count.optional(),
        lt: count.optional(),
        lte: count.optional(),
        eq: count.optional(),
      }),
      z.string(),
    ])
    .optional(),
  aliases: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  generate: z.boolean().default(false),
});
export type SigmaCorrelation = Readonly<z.infer<typeof sigmaCorrelation>>;

/** What correlations need to know of a Sigma document: how they refer to it, and what its fields mean. */
export interface SigmaFacts {
  readonly name?: string | undefined;
  readonly logSource?: LogSource | undefined;
  readonly correlation?: SigmaCorrelation | undefined;
}

/** Correlations of correlations nest as deep as this. */
const mostNested = 10;

/**
 * Gives the correlation rules among `all` their bodies, now that the rules which they refer to are there, by id or by name,
 * in whatever file. `placesOf` finds what is wrong with one in its file. An active rule that an active correlation refers to raises no alerts of its own any more, unless a
 * correlation says that it does (`generate`). Returns the rules that have changed, by what they were.
 */
export function resolveCorrelations(
  active: readonly Rule[],
  all: readonly Rule[],
  placesOf: (rule: Rule) => Places,
): ReadonlyMap<Rule, Rule> {
  const resolved = new Map<Rule, Rule>();
  const correlating = all.filter(({ sigma }) => sigma?.correlation !== undefined);
  if (correlating.length === 0) {
    return resolved;
  }
  const lookup = lookupIn(active);
  const running = new Set(active);
  const parts = new Map<Rule, Rule[]>();
  const loud = new Set<Rule>();
  for (const rule of correlating) {
    const { rules: references = [], generate = false } = rule.sigma?.correlation ?? {};
    const plan = planOf(rule, lookup, []);
    if (!plan.ok) {
      const { message, path } = plan.error;
      resolved.set(rule, { ...rule, body: notEvaluable(message, placesOf(rule).of(["correlation", ...path])) });
      continue;
    }
    const body = { kind: "correlation", plan: plan.value, condition: anyInput(plan.value) } as const;
    resolved.set(rule, { ...rule, body });
    for (const found of running.has(rule) ? references.map(lookup) : []) {
      if (found.ok && generate) {
        loud.add(found.value);
      } else if (found.ok) {
        parts.set(found.value, [...(parts.get(found.value) ?? []), rule]);
      }
    }
  }
  for (const [rule, wholes] of parts) {
    if (!loud.has(rule)) {
      const partOf = wholes.map(({ id, name }) => ({ id, name }));
      resolved.set(rule, { ...(resolved.get(rule) ?? rule), partOf });
    }
  }
  return resolved;
}

/** Why a correlation cannot be evaluated, and what of it says so. */
interface Reason {
  readonly message: string;
  readonly path: Path;
}

type Lookup = (reference: string) => Result<Rule, Reason>;

function lookupIn(rules: readonly Rule[]): Lookup {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const byName = Map.groupBy(
    rules.filter(({ sigma }) => sigma?.name !== undefined),
    ({ sigma }) => sigma?.name,
  );
  return (reference) => {
    const named = byName.get(reference) ?? [];
    const found = byId.get(reference) ?? named[0];
    if (found === undefined) {
      return refusal(`the correlation refers to "${reference}", and no rule has this id or name`);
    }
    return byId.has(reference) || named.length === 1
      ? ok(found)
      : refusal(`the correlation refers to "${reference}", and ${named.length} rules have this name`);
  };
}

function refusal(message: string, ...path: Path): { readonly ok: false; readonly error: Reason } {
  return fail({ message, path });
}

function planOf(rule: Rule, lookup: Lookup, within: readonly Rule[]): Result<CorrelationPlan, Reason> {
  const correlation = rule.sigma?.correlation;
  if (correlation === undefined) {
    return refusal(`${rule.name} is no correlation`);
  }
  if (within.includes(rule) || within.length >= mostNested) {
    return refusal(
      within.includes(rule)
        ? `the correlation "${rule.name}" refers to itself`
        : `correlations refer to each other more than ${mostNested} levels deep`,
    );
  }
  const counted = countedFields(correlation);
  const inputs: CorrelationInput[] = [];
  for (const [index, reference] of correlation.rules.entries()) {
    const found = lookup(reference);
    const input = found.ok ? inputOf(found.value, correlation, counted, lookup, [...within, rule]) : found;
    if (!input.ok) {
      return refusal(input.error.message, "rules", index);
    }
    inputs.push(input.value);
  }
  if (inputs.length === 0) {
    return refusal("the correlation refers to no rules", "rules");
  }
  const measure = measureOf(correlation, counted, inputs.length);
  return measure.ok
    ? ok({ inputs, by: correlation["group-by"], lacking: "left-out", measure: measure.value })
    : measure;
}

function inputOf(
  referred: Rule,
  correlation: SigmaCorrelation,
  counted: readonly string[],
  lookup: Lookup,
  within: readonly Rule[],
): Result<CorrelationInput, Reason> {
  const places = (fields: readonly string[]) =>
    allOf(fields.map((field) => placeOf(referred, aliased(correlation, field, referred), lookup, within)));
  const keys = places(correlation["group-by"]);
  if (!keys.ok) {
    return keys;
  }
  const values = places(counted);
  if (!values.ok) {
    return values;
  }
  const facts = { rule: { id: referred.id, name: referred.name }, keys: keys.value, counted: values.value };
  if (referred.sigma?.correlation !== undefined) {
    const plan = planOf(referred, lookup, within);
    return plan.ok ? ok({ kind: "findings", plan: plan.value, ...facts }) : plan;
  }
  const { body } = referred;
  if (body.kind === "event" && usesFields(body.condition, graphFields)) {
    return refusal(`the correlation refers to "${referred.name}", which asks for the parent of the parent`);
  }
  return body.kind === "event"
    ? ok({ kind: "events", condition: body.condition, ...facts })
    : refusal(
        `the correlation refers to "${referred.name}", which cannot be evaluated${body.kind === "not-evaluable" ? `: ${body.reason}` : ""}`,
      );
}

/** The name that a field has in the events of a rule. */
function aliased({ aliases }: SigmaCorrelation, field: string, { id, sigma }: Rule): string {
  const byRule = aliases[field];
  return byRule?.[sigma?.name ?? id] ?? byRule?.[id] ?? field;
}

/** Where a field stands in the events of a rule, or in any events that a correlation is about. */
function placeOf(rule: Rule, field: string, lookup: Lookup, within: readonly Rule[]): Result<JoinKey, Reason> {
  const { sigma } = rule;
  if (sigma?.correlation === undefined) {
    const place = groupField(sigma?.logSource ?? {}, field);
    return place.ok ? place : refusal(place.error.message);
  }
  if (within.includes(rule)) {
    return refusal(`the correlation "${rule.name}" refers to itself`);
  }
  const { correlation } = sigma;
  const all = allOf(
    correlation.rules.map((reference) => {
      const found = lookup(reference);
      return found.ok
        ? placeOf(found.value, aliased(correlation, field, found.value), lookup, [...within, rule])
        : found;
    }),
  );
  if (!all.ok) {
    return all;
  }
  const [first = field, ...alternatives] = new Set(
    all.value.flatMap((key) => [key.field, ...(key.alternatives ?? [])]),
  );
  return ok({ field: first, optional: false, alternatives });
}

function allOf<T>(results: readonly Result<T, Reason>[]): Result<readonly T[], Reason> {
  const values: T[] = [];
  for (const result of results) {
    if (!result.ok) {
      return result;
    }
    values.push(result.value);
  }
  return ok(values);
}

function countedFields({ type, condition }: SigmaCorrelation): readonly string[] {
  const field = type === "value_count" && typeof condition === "object" ? condition.field : undefined;
  return field === undefined ? [] : [field].flat();
}

function measureOf(correlation: SigmaCorrelation, counted: readonly string[], rules: number): Result<Measure, Reason> {
  const { type, condition } = correlation;
  const window = durationOf(correlation.timespan);
  if (window === undefined || window === 0) {
    return refusal(`the timespan "${correlation.timespan}" is none: expected a number and s, m, h, d or w`, "timespan");
  }
  if (typeof condition === "string") {
    return refusal("a condition over the names of rules is not supported", "condition");
  }
  const range = rangeOf(condition);
  if (!range.ok) {
    return range;
  }
  const limits = range.value;
  switch (type) {
    case "event_count":
    case "value_count": {
      if (limits === undefined) {
        return refusal(`a correlation of type ${type} needs a condition such as gte: 10`, "condition");
      }
      const [field] = counted;
      if (type === "event_count") {
        return ok(counting(window, { of: { kind: "events" }, ...limits }));
      }
      return field === undefined || counted.length > 1
        ? refusal("a correlation of type value_count needs one field in its condition", "condition")
        : ok(counting(window, { of: { kind: "values", place: 0, field }, ...limits }));
    }
    case "temporal":
      return ok(counting(window, { of: { kind: "inputs" }, ...(limits ?? { least: rules }) }));
    case "temporal_ordered":
      return limits === undefined || (limits.least === rules && (limits.most ?? rules) >= rules)
        ? ok({ kind: "ordered", window })
        : refusal(
            "a correlation of type temporal_ordered with fewer than all of its rules is not supported",
            "condition",
          );
    default:
      return refusal(`correlations of type ${type} are not supported`, "type");
  }
}

function counting(window: number, bound: Bound): Measure {
  return { kind: "count", window, bounds: [bound] };
}

const comparisons: ReadonlySet<string> = new Set(["gt", "gte", "lt", "lte", "eq"]);

/** All comparisons hold together; `undefined` where there are none. */
function rangeOf(
  condition: Exclude<SigmaCorrelation["condition"], string>,
): Result<{ readonly least?: number; readonly most?: number } | undefined, Reason> {
  const unknown = Object.keys(condition ?? {}).find((name) => name !== "field" && !comparisons.has(name));
  if (unknown !== undefined) {
    return refusal(`the comparison "${unknown}" of a correlation is not supported`, "condition", unknown);
  }
  const { gt, gte, lt, lte, eq } = condition ?? {};
  const least = [gt === undefined ? undefined : gt + 1, gte, eq].filter((limit) => limit !== undefined);
  const most = [lt === undefined ? undefined : lt - 1, lte, eq].filter((limit) => limit !== undefined);
  return ok(
    least.length + most.length === 0
      ? undefined
      : {
          ...(least.length === 0 ? {} : { least: Math.max(...least) }),
          ...(most.length === 0 ? {} : { most: Math.min(...most) }),
        },
  );
}
