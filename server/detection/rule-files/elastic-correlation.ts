import { z } from "zod";
import type { Condition } from "../../condition/tree.ts";
import { anyInputCondition, type Bound, type CorrelationInput, type CorrelationPlan } from "../correlation/plan.ts";
import type { RuleBody } from "../rule.ts";
import type { JoinKey } from "../sequence/plan.ts";
import { durationOf } from "./duration.ts";
import { notEvaluable, type Places } from "./places.ts";

const texts = z.array(z.string().min(1));
const oneOrMore = z.union([texts, z.string().transform((text) => (text === "" ? [] : [text]))]);
const cardinality = z.object({ field: z.string().min(1), value: z.number().int().min(0) });

export const threshold = z.object({
  /** None: all events together. */
  field: oneOrMore.default([]),
  value: z.number().int().min(1),
  cardinality: z.union([z.array(cardinality), cardinality.transform((one) => [one])]).default([]),
});

export const newTerms = z.object({
  field: z.literal("new_terms_fields").optional(),
  value: texts.min(1).max(3),
  history_window_start: z.array(z.object({ value: z.string() })).min(1),
});

/** Milliseconds. */
const duration = z
  .object({ value: z.number().int().min(1), unit: z.enum(["s", "m", "h"]) })
  .transform(({ value, unit }) => durationOf(`${value}${unit}`) ?? 0);

export const alertSuppression = z.object({
  group_by: z.array(z.string().min(1)).default([]),
  duration: duration.optional(),
  missing_fields_strategy: z.enum(["suppress", "doNotSuppress"]).default("suppress"),
});

/** What makes more of single events than alerts of their own. */
export interface StatefulParts {
  readonly rule_id: string;
  readonly name: string;
  readonly type: string;
  readonly from?: string | undefined;
  readonly interval?: string | undefined;
  readonly threshold?: z.infer<typeof threshold> | undefined;
  readonly new_terms?: z.infer<typeof newTerms> | undefined;
  readonly alert_suppression?: z.infer<typeof alertSuppression> | undefined;
}

/**
 * The body of a rule whose type or alert suppression needs more than one event. A run of a threshold rule looks back
 * over `from` and reports each group once; without runs, that is a window of this length that slides. A suppression
 * without duration holds for one run, so for the interval between runs.
 */
export function stateful(body: RuleBody, rule: StatefulParts, places: Places): RuleBody {
  const { alert_suppression: suppression } = rule;
  if (body.kind === "not-evaluable") {
    return body;
  }
  if (body.kind !== "event") {
    return suppression === undefined
      ? body
      : notEvaluable("alert suppression on a sequence is not supported yet", places.of(["rule", "alert_suppression"]));
  }
  switch (rule.type) {
    case "query":
    case "eql":
      return suppression === undefined
        ? body
        : correlation(suppressed(eventsOf(rule, body.condition), rule, suppression));
    case "threshold":
      return thresholdBody(rule, body.condition, places);
    case "new_terms":
      return newTermsBody(rule, body.condition, places);
    default:
      return notEvaluable(
        missingForType.get(rule.type) ?? `rules of type ${rule.type} are not supported`,
        places.of(["rule", "type"]),
      );
  }
}

const missingForType: ReadonlyMap<string, string> = new Map([
  ["threat_match", "rules of type threat_match need a list of indicators, which Stemma does not load"],
]);

function correlation(plan: CorrelationPlan): RuleBody {
  return { kind: "correlation", plan, condition: anyInputCondition(plan) };
}

function thresholdBody(rule: StatefulParts, condition: Condition, places: Places): RuleBody {
  if (rule.threshold === undefined) {
    return notEvaluable("a rule of type threshold needs a table [rule.threshold]", places.of(["rule", "type"]));
  }
  const { field, value, cardinality: distinct } = rule.threshold;
  const bounds: readonly Bound[] = [
    { metric: { kind: "events" }, min: value },
    ...distinct.map(
      (one, place): Bound => ({ metric: { kind: "values", index: place, field: one.field }, min: one.value }),
    ),
  ];
  const hold = rule.alert_suppression?.duration;
  return correlation({
    inputs: [
      { ...eventsOf(rule, condition), keys: keysOf(field), valueKeys: keysOf(distinct.map((one) => one.field)) },
    ],
    by: field,
    onMissingKey: "exclude",
    measure: {
      kind: "count",
      window: lookBack(rule.from),
      bounds,
      ...(hold === undefined ? {} : { suppression: hold }),
    },
  });
}

function newTermsBody(rule: StatefulParts, condition: Condition, places: Places): RuleBody {
  const start = rule.new_terms?.history_window_start[0]?.value;
  const history = durationOf(start?.replace(/^now-/, ""));
  if (rule.new_terms === undefined) {
    return notEvaluable("a rule of type new_terms needs a table [rule.new_terms]", places.of(["rule", "type"]));
  }
  if (history === undefined) {
    return notEvaluable(
      `the start of the history "${start}" is no time span such as now-7d`,
      places.of(["rule", "new_terms", "history_window_start", 0, "value"]),
    );
  }
  const by = rule.new_terms.value;
  const { alert_suppression: suppression } = rule;
  const plan: CorrelationPlan = {
    inputs: [{ ...eventsOf(rule, condition), keys: keysOf(by) }],
    by,
    onMissingKey: "exclude",
    measure: { kind: "first", history },
  };
  const { condition: _, ...input } = eventsOf(rule, condition);
  return correlation(
    suppression === undefined ? plan : suppressed({ ...input, kind: "findings", plan }, rule, suppression),
  );
}

/** One alert for all that comes within the duration with the same values. */
function suppressed(
  input: CorrelationInput,
  rule: StatefulParts,
  { group_by: by, duration: given, missing_fields_strategy: strategy }: z.infer<typeof alertSuppression>,
): CorrelationPlan {
  const together = strategy === "suppress";
  const window = given ?? durationOf(rule.interval) ?? defaultInterval;
  return {
    inputs: [{ ...input, keys: by.map((field) => ({ field, optional: together })) }],
    by,
    onMissingKey: together ? "exclude" : "separate",
    measure: { kind: "count", window, suppression: window, bounds: [{ metric: { kind: "events" }, min: 1 }] },
  };
}

function eventsOf(rule: StatefulParts, condition: Condition): CorrelationInput & { readonly kind: "events" } {
  return { kind: "events", rule: { id: rule.rule_id, name: rule.name }, condition, keys: [], valueKeys: [] };
}

function keysOf(fields: readonly string[]): readonly JoinKey[] {
  return fields.map((field) => ({ field, optional: false }));
}

const defaultLookBack = 360_000;
const defaultInterval = 300_000;

/** Milliseconds of `now-9m`; rules that do not say look back six minutes. */
export function lookBack(from: string | undefined): number {
  return durationOf(from?.replace(/^now-/, "")) ?? defaultLookBack;
}
