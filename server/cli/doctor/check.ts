import type { Problem } from "#contracts/problem";
import { describe } from "../command.ts";

/** One thing that `stemma doctor` looked at. */
export interface Check {
  /** What was looked at, in a word or two. Scripts rely on it. */
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export const good = (name: string, detail: string): Check => ({ name, state: "ok", detail });

export function bad(name: string, state: "warn" | "fail", detail: string, remedy: string): Check {
  return { name, state, detail, remedy };
}

export function ofProblem(name: string, state: "warn" | "fail", problem: Problem): Check {
  const { remedy, ...rest } = problem;
  return { name, state, detail: describe(rest), ...(remedy === undefined ? {} : { remedy }) };
}

/** Bytes in a unit that people read. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
