import { printEqlQuery, printField } from "../../../condition/print.ts";
import type { Condition } from "../../../condition/tree.ts";
import type { JoinKey } from "../../sequence/plan.ts";
import type { EqlQuery, StagePattern } from "./query.ts";

/** Prints a query, one item per line; the text parses to an equal query. */
export function printQuery(query: EqlQuery): string {
  const pipes = query.pipes.map(({ kind, count }) => `| ${kind} ${count}`);
  switch (query.kind) {
    case "event":
      return [printEqlQuery(query.category, query.condition), ...pipes].join(" ");
    case "sample":
      return [`sample${printKeys(query.by)}`, ...query.stages.map(printStage), ...pipes].join("\n  ");
    case "sequence": {
      const span = query.maxspan === undefined ? "" : ` with maxspan=${printSpan(query.maxspan)}`;
      const until = query.until === undefined ? [] : [`until ${printStage(query.until)}`];
      return [`sequence${printKeys(query.by)}${span}`, ...query.stages.map(printStage), ...until, ...pipes].join(
        "\n  ",
      );
    }
  }
}

function printStage({ category, condition, by, missing, runs }: StagePattern<Condition>): string {
  const event = `${missing ? "!" : ""}[${printEqlQuery(category, condition)}]`;
  return `${event}${printKeys(by)}${runs === 1 ? "" : ` with runs=${runs}`}`;
}

function printKeys(keys: readonly JoinKey[]): string {
  const names = keys.map(({ field, optional }) => `${optional ? "?" : ""}${printField(field)}`);
  return names.length === 0 ? "" : ` by ${names.join(", ")}`;
}

/** Prints a time span in the largest unit that gives a whole number. */
export function printSpan(milliseconds: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const;
  const [unit, size] = units.find(([, length]) => milliseconds % length === 0) ?? ["ms", 1];
  return `${milliseconds / size}${unit}`;
}
