import type { AlertCorrelation } from "#contracts/alert";
import { assertNever } from "../../lib/result.ts";
import { valuesOfTuple } from "../sequence/join.ts";
import { BoundCounter } from "./bound-counter.ts";
import { type GroupFinding, sizeOf } from "./measure.ts";
import type { Occurrence } from "./occurrence.ts";
import { type Bound, type CorrelationPlan, type Measure, timeSpanOf } from "./plan.ts";

/** Different values that an alert lists. */
const maximumValues = 20;

/** The correlation part of an alert: the group, the limits and counts, and the time span. */
export function correlationFactsOf(plan: CorrelationPlan, tuple: string, finding: GroupFinding): AlertCorrelation {
  const { occurrences, completedAt } = finding;
  const { measure } = plan;
  const values = valuesOfTuple(tuple);
  const [earliest] = occurrences;
  const first = earliest?.members?.[0]?.time ?? earliest?.time ?? 0;
  const newTerms = newTermsOf(plan, tuple, occurrences);
  return {
    measure: measure.kind,
    asked: describePlan(plan),
    terms: values.length === 0 ? [] : plan.by.map((field, index) => ({ field, value: values[index] ?? undefined })),
    ...(newTerms.length === 0 ? {} : { newTerms: [...newTerms] }),
    count: sizeOf(finding),
    from: iso(first),
    to: iso(occurrences.at(-1)?.time ?? first),
    reached: iso(occurrences[completedAt]?.time ?? first),
    window: timeSpanOf(measure),
    counted: countsOf(measure, occurrences),
    rules: plan.inputs.map(({ rule }, index) => ({
      ...rule,
      count: occurrences.filter(({ inputs }) => inputs.includes(index)).length,
    })),
    suppressed: suppressionOf(measure, occurrences),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function countsOf(measure: Measure, occurrences: readonly Occurrence[]): AlertCorrelation["counted"] {
  if (measure.kind !== "count") {
    return [];
  }
  const counter = new BoundCounter(measure.bounds);
  occurrences.forEach((occurrence) => void counter.add(occurrence));
  return measure.bounds.map((bound) => {
    const { metric, min, max } = bound;
    const values = metric.kind === "values" ? occurrences.flatMap((one) => one.values[metric.index] ?? []) : [];
    return {
      of: metric.kind === "inputs" ? "rules" : metric.kind,
      ...(metric.kind === "values" ? { field: metric.field } : {}),
      count: counter.countFor(bound),
      ...(min === undefined ? {} : { least: min }),
      ...(max === undefined ? {} : { most: max }),
      values: [...new Set(values)].slice(0, maximumValues),
    };
  });
}

/** The new terms; under alert suppression those of each suppressed finding. */
function newTermsOf(plan: CorrelationPlan, tuple: string, occurrences: readonly Occurrence[]): readonly string[] {
  const isFirst = ({ measure }: CorrelationPlan) => measure.kind === "first";
  const groups = isFirst(plan)
    ? [tuple]
    : plan.inputs.some((input) => input.kind === "findings" && isFirst(input.plan))
      ? occurrences.flatMap(({ group }) => group ?? [])
      : [];
  return [...new Set(groups)]
    .slice(0, maximumValues)
    .flatMap((group) => valuesOfTuple(group).map((value) => value ?? ""));
}

/** Whether a plan only suppresses further alerts: it asks for one event. */
function isSuppression(measure: Measure): boolean {
  return (
    measure.kind === "count" &&
    measure.suppression !== undefined &&
    measure.bounds.every(({ metric, min }) => metric.kind === "events" && min === 1)
  );
}

function suppressionOf(measure: Measure, occurrences: readonly Occurrence[]): AlertCorrelation["suppressed"] {
  const duration = measure.kind === "count" ? measure.suppression : undefined;
  if (duration === undefined) {
    return undefined;
  }
  const windowEnd = (occurrences[0]?.time ?? 0) + timeSpanOf(measure);
  const reported = isSuppression(measure) ? 1 : occurrences.filter(({ time }) => time <= windowEnd).length;
  return { count: occurrences.length - reported, duration };
}

/** What a plan asks for, for people: "3 or more events within 5 minutes". */
export function describePlan(plan: CorrelationPlan): string {
  const { measure } = plan;
  const isTumbling = measure.kind === "count" && measure.tumbling === true;
  const preposition = isTumbling
    ? "in a fixed window of"
    : measure.kind === "first" || isSuppression(measure)
      ? "in"
      : "within";
  return `${describeMeasure(plan)} ${preposition} ${durationText(timeSpanOf(measure))}`;
}

/** The same without the time span. */
export function describeMeasure({ measure, inputs }: CorrelationPlan): string {
  switch (measure.kind) {
    case "first":
      return "the first";
    case "ordered":
      return `${inputs.length} rules in order`;
    case "count":
      return isSuppression(measure) ? "one alert for the same values" : measure.bounds.map(describeBound).join(" and ");
    default:
      return assertNever(measure);
  }
}

function describeBound({ metric, min, max }: Bound): string {
  const what =
    metric.kind === "values" ? `different ${metric.field}` : metric.kind === "inputs" ? "different rules" : "events";
  if (min !== undefined && max !== undefined) {
    return min === max ? `exactly ${min} ${what}` : `${min} to ${max} ${what}`;
  }
  return max === undefined ? `${min ?? 0} or more ${what}` : `at most ${max} ${what}`;
}

const units = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1000, "second"],
] as const;

function durationText(milliseconds: number): string {
  const [size, name] = units.find(([unit]) => milliseconds >= unit && milliseconds % unit === 0) ?? [1, "millisecond"];
  const count = milliseconds / size;
  return count === 1 ? `1 ${name}` : `${count} ${name}s`;
}
