import type { ExceptionRecord } from "#contracts/exception";
import { compileCondition } from "../condition/evaluate.ts";
import type { StemmaEvent } from "../event/event.ts";
import { exceptionCondition, isInForce } from "./condition.ts";

/** An exception compiled for a run. */
export interface ActiveException {
  readonly record: Pick<ExceptionRecord, "id" | "name" | "mode">;
  matches(event: Pick<StemmaEvent, "fields">): boolean;
}

/** The exceptions in force during a run. */
export interface ActiveExceptions {
  /** Rules that are in the scope of some exception. */
  readonly ruleIds: readonly string[];
  /** Exceptions with the rule in their scope, in the order in which they were given; of one mode where it is named. */
  forRule(ruleId: string, mode?: ExceptionRecord["mode"]): readonly ActiveException[];
}

/** Compiles each exception that is in force at `now` (epoch milliseconds) once; the others have no effect. */
export function activeExceptions(exceptions: readonly ExceptionRecord[], now: number): ActiveExceptions {
  const byRule = new Map<string, ActiveException[]>();
  for (const exception of exceptions.filter((one) => isInForce(one, now))) {
    const active = compileException(exception);
    for (const ruleId of new Set(exception.ruleIds)) {
      byRule.getOrInsertComputed(ruleId, (): ActiveException[] => []).push(active);
    }
  }
  return {
    ruleIds: [...byRule.keys()],
    forRule(ruleId, mode) {
      const inScope = byRule.get(ruleId) ?? none;
      return mode === undefined || inScope === none ? inScope : inScope.filter(({ record }) => record.mode === mode);
    },
  };
}

const none: readonly ActiveException[] = [];

/** Compiles one exception, whether or not it is in force. */
export function compileException(
  exception: ActiveException["record"] & Pick<ExceptionRecord, "entries">,
): ActiveException {
  const matches = compileCondition(exceptionCondition(exception));
  return { record: exception, matches: ({ fields }) => matches(fields) };
}
