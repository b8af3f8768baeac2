import type { Suggestion } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import type { AlertRecord } from "../alert/record.ts";
import type { Store } from "../store/port.ts";
import { type AlertContext, alertContext } from "./alert-fields.ts";
import { fieldsOfChecks, withFacts } from "./facts/facts.ts";
import type { Playbook } from "./playbook.ts";
import { type RunOptions, runQueryIn } from "./run-query.ts";
import { queriesForSuggestion, suggestAnswer } from "./suggest.ts";

/** Rows that checks are tested on. A query without a check only has to say whether it has a result. */
const rows = { checked: 500, unchecked: 1 } as const;

type ExamineOptions = Pick<RunOptions, "clock" | "ruleOf"> & {
  /** Queries that only have to say whether they have a result. */
  readonly others?: readonly string[];
};

export interface ExaminedStep {
  /** Undefined: no check holds. */
  readonly suggestion: Suggestion | undefined;
  readonly runs: ReadonlyMap<string, QueryRun>;
}

/** The context of an alert with the facts of the steps' checks, and the results of their queries. */
export async function examine(
  store: Store,
  playbook: Playbook,
  alert: AlertRecord,
  stepIds: readonly string[],
  { others = [], ...options }: ExamineOptions,
): Promise<{ readonly context: AlertContext; readonly runs: ReadonlyMap<string, QueryRun> }> {
  const checked = new Set(stepIds.flatMap((step) => queriesForSuggestion(playbook, step)));
  const wanted = new Set([...checked, ...others]);
  const named = stepIds.flatMap((step) => fieldsOfChecks(playbook, step));
  const context = await withFacts(store, await alertContext(store, alert), named);
  const queries = playbook.queries.filter(({ id }) => wanted.has(id));
  const runs = await Promise.all(
    queries.map((query) => {
      const limit = checked.has(query.id) ? rows.checked : rows.unchecked;
      return runQueryIn(store, query, context, { ...options, anchor: "event", limit });
    }),
  );
  return { context, runs: new Map(runs.map((run) => [run.id, run])) };
}

/** Runs the queries of a step's checks, and `others` just for whether they have a result, and asks the checks. */
export async function examineStep(
  store: Store,
  playbook: Playbook,
  alert: AlertRecord,
  stepId: string,
  options: ExamineOptions,
): Promise<ExaminedStep> {
  const { context, runs } = await examine(store, playbook, alert, [stepId], options);
  return { suggestion: suggestAnswer(playbook, stepId, context, runs), runs };
}
