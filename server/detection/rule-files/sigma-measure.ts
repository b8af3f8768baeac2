import { z } from "zod";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Bound, Measure } from "../correlation/plan.ts";
import { durationOf } from "./duration.ts";
import type { Path } from "./places.ts";

const texts = z.union([z.array(z.string()), z.string().transform((text) => [text])]);
const count = z.number().int().min(0);

/** The `correlation` of a Sigma document (specification 2.0). */
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

/** Why a correlation is not evaluable, and the key that says so. */
export interface Reason {
  readonly message: string;
  readonly path: Path;
}

export function notSupported(message: string, ...path: Path): { readonly ok: false; readonly error: Reason } {
  return fail({ message, path });
}

/** The fields whose different values a correlation counts. */
export function countedFields({ type, condition }: SigmaCorrelation): readonly string[] {
  const field = type === "value_count" && typeof condition === "object" ? condition.field : undefined;
  return field === undefined ? [] : [field].flat();
}

/** The measure of a correlation of `rules` rules. */
export function measureOf(correlation: SigmaCorrelation, rules: number): Result<Measure, Reason> {
  const { type, condition, timespan } = correlation;
  const window = durationOf(timespan);
  if (window === undefined || window === 0) {
    return notSupported(`the timespan "${timespan}" is not a number followed by s, m, h, d or w`, "timespan");
  }
  if (typeof condition === "string") {
    return notSupported("a condition over the names of rules is not supported", "condition");
  }
  const limits = limitsOf(condition);
  if (!limits.ok) {
    return limits;
  }
  switch (type) {
    case "event_count":
    case "value_count":
      return limits.value === undefined
        ? notSupported(`a correlation of type ${type} needs a condition such as gte: 10`, "condition")
        : countMeasure(correlation, window, limits.value);
    case "temporal":
      return ok(counting(window, { metric: { kind: "inputs" }, ...(limits.value ?? { min: rules }) }));
    case "temporal_ordered":
      return requiresAll(limits.value, rules)
        ? ok({ kind: "ordered", window })
        : notSupported(
            "a correlation of type temporal_ordered with fewer than all of its rules is not supported",
            "condition",
          );
    default:
      return notSupported(`correlations of type ${type} are not supported`, "type");
  }
}

type Limits = Pick<Bound, "min" | "max">;

function countMeasure(correlation: SigmaCorrelation, window: number, limits: Limits): Result<Measure, Reason> {
  if (correlation.type === "event_count") {
    return ok(counting(window, { metric: { kind: "events" }, ...limits }));
  }
  const [field, ...more] = countedFields(correlation);
  return field === undefined || more.length > 0
    ? notSupported("a correlation of type value_count needs one field in its condition", "condition")
    : ok(counting(window, { metric: { kind: "values", index: 0, field }, ...limits }));
}

function counting(window: number, bound: Bound): Measure {
  return { kind: "count", window, bounds: [bound] };
}

function requiresAll(limits: Limits | undefined, rules: number): boolean {
  return limits === undefined || (limits.min === rules && (limits.max ?? rules) >= rules);
}

const comparisons: ReadonlySet<string> = new Set(["gt", "gte", "lt", "lte", "eq"]);

/** The limits of all comparisons together; `undefined` without any. */
function limitsOf(condition: Exclude<SigmaCorrelation["condition"], string>): Result<Limits | undefined, Reason> {
  const unknown = Object.keys(condition ?? {}).find((name) => name !== "field" && !comparisons.has(name));
  if (unknown !== undefined) {
    return notSupported(`the comparison "${unknown}" of a correlation is not supported`, "condition", unknown);
  }
  const { gt, gte, lt, lte, eq } = condition ?? {};
  const lower = [gt === undefined ? undefined : gt + 1, gte, eq].filter((limit) => limit !== undefined);
  const upper = [lt === undefined ? undefined : lt - 1, lte, eq].filter((limit) => limit !== undefined);
  return ok(
    lower.length + upper.length === 0
      ? undefined
      : {
          ...(lower.length === 0 ? {} : { min: Math.max(...lower) }),
          ...(upper.length === 0 ? {} : { max: Math.min(...upper) }),
        },
  );
}
