import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../../lib/result.ts";
import type { JoinKey } from "../../sequence/plan.ts";
import { type LogSource, resolveLogSource } from "./log-source.ts";
import { SigmaError, unsupported } from "./sigma-error.ts";
import type { Target } from "./target.ts";

/**
 * The event fields for a Sigma field that a correlation groups by or counts, for a log source. An account is its name;
 * of several fields the first with a value is used.
 */
export function groupField(logSource: LogSource, field: string): Result<JoinKey, Problem> {
  try {
    const [first, ...alternatives] = fieldsOf(resolveLogSource(logSource).names(field), field);
    return ok({ field: first ?? field, optional: false, ...(alternatives.length === 0 ? {} : { alternatives }) });
  } catch (error) {
    if (error instanceof SigmaError) {
      return fail(error.problem);
    }
    throw error;
  }
}

function fieldsOf(target: Target, field: string): readonly string[] {
  switch (target.kind) {
    case "field":
      return [target.name, ...(target.originals ?? [])];
    case "first":
      return target.names;
    case "any":
      return target.operands.flatMap((operand) => (operand.kind === "field" ? [operand.name] : []));
    case "account":
      return target.accounts.map(({ name }) => name);
    case "integrity":
      return [target.name, target.original];
    case "hashes":
    case "keywords":
      return [target.original];
    case "absent":
      throw unsupported(`${field}: ${target.reason}`);
  }
}
