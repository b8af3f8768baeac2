import type { Fields } from "#contracts/event";
import type { AnswerValue, Evidence, Suggestion } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import { compileCondition } from "../condition/evaluate.ts";
import type { AlertContext } from "./alert-fields.ts";
import type { Check, Playbook } from "./playbook.ts";
import { fillTemplate, templateFields } from "./template.ts";

/** Rows that one check pins as evidence at most. */
const evidenceLimit = 20;

/** A check that holds. */
export interface Finding {
  readonly check: Check;
  readonly evidence: readonly Evidence[];
  /** The check's reason with what it found. */
  readonly text: string;
}

/**
 * The answer that the checks of a step suggest, with its reasons; nothing is recorded. Findings that raise concern
 * outweigh those that lower it; a query whose window is not covered can raise concern by its rows, or else only suggest
 * `unresolved`. `runs` has the results of the
 * queries that the step's checks use.
 */
export function suggestAnswer(
  playbook: Playbook,
  stepId: string,
  context: AlertContext,
  runs: ReadonlyMap<string, QueryRun>,
): Suggestion | undefined {
  const checks = playbook.checks.filter((check) => check.stepId === stepId);
  const findings = checks.flatMap((check) => finding(check, context, runs) ?? []);
  const undecided = [
    ...new Set(
      checks.flatMap((check) => {
        const run = runs.get(check.on);
        if (run === undefined) {
          return [];
        }
        if (!isComplete(run) && (run.outcome !== "hits" || dependsOnAbsence(check))) {
          return [`${run.label}: ${run.outcome === "hits" ? incompleteHits(run) : run.reason}`];
        }
        return isUndecided(check, run)
          ? [`${run.label}: only ${run.rows.length} of ${run.total} rows were examined.`]
          : [];
      }),
    ),
  ];
  const order: readonly AnswerValue[] = ["raises", "unresolved", "lowers", "not-applicable"];
  const value = order.find((candidate) => findings.some((item) => item.check.suggests === candidate));
  if (value === undefined || (value !== "raises" && undecided.length > 0)) {
    return undecided.length === 0 ? undefined : { value: "unresolved", because: undecided, evidence: [] };
  }
  const agreeing = findings.filter((item) => item.check.suggests === value);
  const against = findings.filter((item) => item.check.suggests !== value);
  return {
    value,
    because: [
      ...agreeing.map((item) => item.text),
      ...against.map((item) => `Against it: ${item.text}`),
      ...undecided.map((text) => `Unknown: ${text}`),
    ],
    evidence: uniqueEvidence(agreeing.flatMap((item) => item.evidence)),
  };
}

/** Ids of the queries that the checks of a step use. */
export function queriesForSuggestion(playbook: Playbook, stepId: string): readonly string[] {
  const ids = playbook.checks
    .filter((check) => check.stepId === stepId && check.on !== "alert")
    .map((check) => check.on);
  return [...new Set(ids)];
}

/** What a check finds; undefined if it does not hold or cannot be decided. */
export function finding(check: Check, context: AlertContext, runs: ReadonlyMap<string, QueryRun>): Finding | undefined {
  const matches = check.where === undefined ? () => true : compileCondition(check.where.condition);
  if (check.on === "alert") {
    const { alert, fields } = context;
    if (!holds(check, matches(fields) ? 1 : 0)) {
      return undefined;
    }
    const pinned = {
      kind: "event" as const,
      id: alert.sources[0]?.eventId ?? alert.id,
      label: alert.message.slice(0, 2000),
    };
    return { check, text: withValues(check.because, fields), evidence: [pinned] };
  }
  const run = runs.get(check.on);
  if (run === undefined || (!isComplete(run) && (run.outcome !== "hits" || dependsOnAbsence(check)))) {
    return undefined;
  }
  if (isUndecided(check, run)) {
    return undefined;
  }
  const { group } = check;
  const rows = matchingRows(check, run);
  // A condition can be tested only on returned rows; without one the total is exact.
  const count =
    check.where !== undefined ? rows.length : group === undefined ? run.total : (run.groups[group]?.hits ?? 0);
  if (!holds(check, count)) {
    return undefined;
  }
  const counted = run.total === 0 ? run.reason : `${run.label}: ${count} of ${run.total}.`;
  return {
    check,
    text: `${check.because} ${counted}`,
    evidence: rows.slice(0, evidenceLimit).map((row) => pin(run, row)),
  };
}

/** Whether every hit would have been found. */
function isComplete(run: QueryRun): boolean {
  return run.outcome === "no-hits" || (run.outcome === "hits" && run.windowCoverage.share === 1);
}

/** Whether a check that holds for these rows may not hold with others that were not recorded. */
function dependsOnAbsence(check: Check): boolean {
  return !check.rows.operator.startsWith(">");
}

function incompleteHits(run: QueryRun): string {
  const { text } = run.windowCoverage;
  return `there may be more than ${run.total === 1 ? "the 1 row" : `the ${run.total} rows`} found: ${text}.`;
}

/**
 * A check for few or no rows cannot be decided if not all rows were returned, unless those that were are already too
 * many.
 */
function isUndecided(check: Check, run: QueryRun): boolean {
  return (
    check.where !== undefined &&
    run.rows.length < run.total &&
    !check.rows.operator.startsWith(">") &&
    matchingRows(check, run).length <= check.rows.count
  );
}

function matchingRows(check: Check, run: QueryRun): QueryRun["rows"] {
  const matches = check.where === undefined ? () => true : compileCondition(check.where.condition);
  const { group } = check;
  return run.rows.filter((row) => matches(row.fields) && (group === undefined || row.groups.includes(group)));
}

function holds(check: Check, count: number): boolean {
  switch (check.rows.operator) {
    case "<":
      return count < check.rows.count;
    case "<=":
      return count <= check.rows.count;
    case ">":
      return count > check.rows.count;
    case ">=":
      return count >= check.rows.count;
    case "=":
      return count === check.rows.count;
  }
}

/** A reason with values of the alert in place of its `{{field}}` templates. */
function withValues(because: string, fields: Fields): string {
  const missing = templateFields(because).filter((name) => fields[name] === undefined);
  const filled = fillTemplate(because, { ...fields, ...Object.fromEntries(missing.map((name) => [name, "unknown"])) });
  return filled.kind === "filled" ? String(filled.values[0]) : because;
}

function pin(run: QueryRun, row: QueryRun["rows"][number]): Evidence {
  const what = row.fields["process.command_line"] ?? row.fields["process.name"] ?? row.fields["event.action"] ?? row.id;
  const label = `${run.label}: ${String(what)}`.slice(0, 2000);
  return row.alertId === undefined ? { kind: "event", id: row.id, label } : { kind: "alert", id: row.alertId, label };
}

function uniqueEvidence(evidence: readonly Evidence[]): Evidence[] {
  return [...new Map(evidence.map((item) => [`${item.kind}:${item.id}`, item])).values()];
}
