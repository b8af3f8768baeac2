import type { AlertCorrelation } from "#contracts/alert";
import { assertNever } from "../../lib/result.ts";
import { valuesOfTuple } from "../sequence/join.ts";
import { Count, type Found, sizeOf } from "./find.ts";
import type { Occurrence } from "./occurrence.ts";
import { type Bound, type CorrelationPlan, type Measure, reachOf } from "./plan.ts";

/** Different values that are named one by one. */
const mostValues = 20;

/** What an alert says of a finding: the group, the numbers that were asked for, the time it took. */
export function correlationFactsOf(plan: CorrelationPlan, tuple: string, found: Found): AlertCorrelation {
  const { occurrences, reachedAt } = found;
  const { measure } = plan;
  const values = valuesOfTuple(tuple);
  const [earliest] = occurrences;
  const first = earliest?.members?.[0]?.time ?? earliest?.time ?? 0;
  const newTerms = newTermsOf(plan, tuple, occurrences);
  return {
    measure: measure.kind,
    asked: askedBy(plan),
    terms: values.length === 0 ? [] : plan.by.map((field, place) => ({ field, value: values[place] ?? undefined })),
    ...(newTerms.length === 0 ? {} : { newTerms: [...newTerms] }),
    count: sizeOf(found),
    from: iso(first),
    to: iso(occurrences.at(-1)?.time ?? first),
    reached: iso(occurrences[reachedAt]?.time ?? first),
    window: reachOf(measure),
    counted: countedBy(measure, occurrences),
    rules: plan.inputs.map(({ rule }, place) => ({
      ...rule,
      count: occurrences.filter(({ inputs }) => inputs.includes(place)).length,
    })),
    suppressed: suppressedBy(measure, occurrences),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function countedBy(measure: Measure, occurrences: readonly Occurrence[]): AlertCorrelation["counted"] {
  if (measure.kind !== "count") {
    return [];
  }
  const count = new Count(measure.bounds);
  occurrences.forEach((occurrence) => void count.add(occurrence));
  return measure.bounds.map((bound) => {
    const { of, least, most } = bound;
    const values = of.kind === "values" ? occurrences.flatMap((one) => one.values[of.place] ?? []) : [];
    return {
      of: of.kind === "inputs" ? "rules" : of.kind,
      ...(of.kind === "values" ? { field: of.field } : {}),
      count: count.of(bound),
      ...(least === undefined ? {} : { least }),
      ...(most === undefined ? {} : { most }),
      values: [...new Set(values)].slice(0, mostValues),
    };
  });
}

/** The terms themselves, or where alerts about them are held back those of each finding. */
function newTermsOf(plan: CorrelationPlan, tuple: string, occurrences: readonly Occurrence[]): readonly string[] {
  const isFirst = ({ measure }: CorrelationPlan) => measure.kind === "first";
  const groups = isFirst(plan)
    ? [tuple]
    : plan.inputs.some((input) => input.kind === "findings" && isFirst(input.plan))
      ? occurrences.flatMap(({ group }) => group ?? [])
      : [];
  return [...new Set(groups)].slice(0, mostValues).flatMap((group) => valuesOfTuple(group).map((value) => value ?? ""));
}

/** A rule that asks for one event only holds further alerts back. */
function isSuppression(measure: Measure): boolean {
  return (
    measure.kind === "count" &&
    measure.hold !== undefined &&
    measure.bounds.every(({ of, least }) => of.kind === "events" && least === 1)
  );
}

function suppressedBy(measure: Measure, occurrences: readonly Occurrence[]): AlertCorrelation["suppressed"] {
  const duration = measure.kind === "count" ? measure.hold : undefined;
  if (duration === undefined) {
    return undefined;
  }
  const own = isSuppression(measure)
    ? 1
    : occurrences.filter(({ time }) => time <= (occurrences[0]?.time ?? 0) + reachOf(measure)).length;
  return { count: occurrences.length - own, duration };
}

/** What a plan asks for, in words: "3 or more events within 5 minutes". */
export function askedBy(plan: CorrelationPlan): string {
  const { measure } = plan;
  const isStill = measure.kind === "count" && measure.still === true;
  const preposition = isStill ? "in a slot of" : measure.kind === "first" || isSuppression(measure) ? "in" : "within";
  return `${measureText(plan)} ${preposition} ${durationText(reachOf(measure))}`;
}

/** The same without the time that it may take. */
export function measureText({ measure, inputs }: CorrelationPlan): string {
  switch (measure.kind) {
    case "first":
      return "the first";
    case "ordered":
      return `${inputs.length} rules, one after the other`;
    case "count":
      return isSuppression(measure) ? "one alert for the same values" : measure.bounds.map(boundText).join(" and ");
    default:
      return assertNever(measure);
  }
}

function boundText({ of, least, most }: Bound): string {
  const what = of.kind === "values" ? `different ${of.field}` : of.kind === "inputs" ? "different rules" : "events";
  if (least !== undefined && most !== undefined) {
    return least === most ? `exactly ${least} ${what}` : `${least} to ${most} ${what}`;
  }
  return most === undefined ? `${least ?? 0} or more ${what}` : `at most ${most} ${what}`;
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
