import type { Suggestion } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import type { AlertRecord } from "../alert/record.ts";
import type { Store } from "../store/port.ts";
import { alertContext } from "./alert-fields.ts";
import { fieldsOfChecks, withFacts } from "./facts/facts.ts";
import type { Playbook } from "./playbook.ts";
import { type RunOptions, runQueryIn } from "./run-query.ts";
import { queriesForSuggestion, suggestAnswer } from "./suggest.ts";

/** Rows that checks are tested on. A query without a check only has to say whether it has a result. */
const rows = { checked: 500, unchecked: 1 } as const;

export interface ExaminedStep {
  /** Undefined: no check holds. */
  readonly suggestion: Suggestion | undefined;
  readonly runs: ReadonlyMap<string, QueryRun>;
}

/** Runs the queries of a step's checks, and `others` just for whether they have a result, and asks the checks. */
export async function examineStep(
  store: Store,
  playbook: Playbook,
  alert: AlertRecord,
  stepId: string,
  { others = [], ...options }: Pick<RunOptions, "clock" | "ruleOf"> & { readonly others?: readonly string[] },
): Promise<ExaminedStep> {
  const checked = new Set(queriesForSuggestion(playbook, stepId));
  const wanted = new Set([...checked, ...others]);
  const context = await withFacts(store, await alertContext(store, alert), fieldsOfChecks(playbook, stepId));
  const queries = playbook.queries.filter(({ id }) => wanted.has(id));
  const runs = await Promise.all(
    queries.map((query) => {
      const limit = checked.has(query.id) ? rows.checked : rows.unchecked;
      return runQueryIn(store, query, context, { ...options, anchor: "event", limit });
    }),
  );
  const byId = new Map(runs.map((run) => [run.id, run]));
  return { suggestion: suggestAnswer(playbook, stepId, context, byId), runs: byId };
}
