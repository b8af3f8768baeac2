import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";

export type DateUnit = "s" | "m" | "h" | "d" | "w" | "M" | "y";

/** `now`, moved by the steps in their order, then rounded to a unit. */
export interface DateMath {
  readonly steps: readonly { readonly amount: number; readonly unit: DateUnit }[];
  readonly round?: DateUnit;
}

const grammar = /^now((?:[+-]\d{1,6}[smhdwMy])*)(?:\/([smhdwMy]))?$/;

/** Elastic's date math: `now`, any number of `±N` with a unit of `s m h d w M y`, then optionally `/unit`. */
export function parseDateMath(text: string): Result<DateMath, Problem> {
  const match = grammar.exec(text.trim());
  if (match === null) {
    return fail({
      code: "playbook.date-math",
      message: `"${text}" is not valid date math`,
      remedy: "Write now, then steps such as -48h or +1d, then optionally a rounding such as /h.",
    });
  }
  const steps = [...(match[1] ?? "").matchAll(/([+-]\d+)([smhdwMy])/g)].map((step) => ({
    amount: Number(step[1]),
    unit: step[2] as DateUnit, // the pattern permits no other letter
  }));
  const round = match[2] as DateUnit | undefined; // as above
  return ok(round === undefined ? { steps } : { steps, round });
}

/**
 * The moment in epoch milliseconds, in UTC. A rounded start goes down to the first millisecond of its unit, a rounded
 * end up to the last one; weeks start on Monday.
 */
export function resolveDateMath(math: DateMath, now: number, edge: "from" | "to"): number {
  const moved = math.steps.reduce((time, step) => shift(time, step.amount, step.unit), now);
  if (math.round === undefined) {
    return moved;
  }
  const floor = roundDown(moved, math.round);
  return edge === "from" ? floor : shift(floor, 1, math.round) - 1;
}

/** The same distance on the other side of `now`, for a query that only defines how far to look back. */
export function mirrored(math: DateMath): DateMath {
  return { ...math, steps: math.steps.map((step) => ({ ...step, amount: -step.amount })) };
}

const fixed: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function shift(time: number, amount: number, unit: DateUnit): number {
  const width = fixed[unit];
  if (width !== undefined) {
    return time + amount * width;
  }
  const date = new Date(time);
  const month = date.getUTCMonth() + (unit === "y" ? 12 * amount : amount);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const midnight = Date.UTC(date.getUTCFullYear(), month, Math.min(date.getUTCDate(), lastDay));
  return midnight + (time - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
}

function roundDown(time: number, unit: DateUnit): number {
  const date = new Date(time);
  switch (unit) {
    case "y":
      return Date.UTC(date.getUTCFullYear(), 0, 1);
    case "M":
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    case "w":
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    default: {
      const width = fixed[unit] ?? 1;
      return Math.floor(time / width) * width;
    }
  }
}
