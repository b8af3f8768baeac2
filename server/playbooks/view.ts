import type { Answer, PlaybookView, StepView, Suggestion } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { QueryRun } from "#contracts/query-run";
import type { AlertRecord } from "../alert/record.ts";
import { valuesOf } from "../event/event.ts";
import { capitalised } from "../lib/capitalised.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type AlertContext, alertContext } from "./alert-fields.ts";
import { answersFor } from "./asked.ts";
import { examineStep } from "./examine.ts";
import { compileGuideOfRule, ruleIdOfGuide } from "./guide/of-rule.ts";
import type { OsqueryQuery, Playbook, PlaybookChoice, Playbooks, Step } from "./playbook.ts";
import { type RunOptions, runQuery } from "./run-query.ts";
import { fillSql } from "./sql-template.ts";
import { fillText } from "./template.ts";
import { verdictOf } from "./verdict.ts";

/** The playbook of an alert with its values, answers, ticks and verdict. */
export async function playbookView(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
): Promise<Result<PlaybookView, RequestProblem>> {
  const [choice, ...others] = playbooks.choicesFor(alert);
  if (choice === undefined) {
    return fail(noPlaybook(alert));
  }
  const [context, answers, ticked] = await Promise.all([
    alertContext(store, alert),
    answersFor(store, playbooks, alert),
    store.triage.checked(alert.id),
  ]);
  return ok(viewOf(choice, others, context, { answers, ticked }));
}

/** Another playbook with the values of an alert, as if it was chosen for it and nothing was answered. */
export async function playbookPreview(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
  id: string,
): Promise<Result<PlaybookView, RequestProblem>> {
  const choices = playbooks.choicesFor(alert);
  const fitting = choices.find(({ playbook }) => playbook.id === id);
  const playbook = fitting?.playbook ?? playbooks.get(id);
  if (playbook === undefined) {
    return fail(missingPlaybook(playbooks, id));
  }
  const choice = fitting ?? { playbook, because: { kind: "preview" } as const };
  const others = choices.filter((other) => other !== fitting);
  return ok(viewOf(choice, others, await alertContext(store, alert), { answers: [], ticked: new Set() }));
}

function viewOf(
  { playbook, because }: PlaybookChoice,
  others: readonly PlaybookChoice[],
  context: AlertContext,
  { answers, ticked }: { readonly answers: readonly Answer[]; readonly ticked: ReadonlySet<string> },
): PlaybookView {
  const byStep = new Map(answers.map((answer) => [answer.stepId, answer]));
  const queries = new Map(playbook.queries.map((query) => [query.id, query]));
  return {
    id: playbook.id,
    title: playbook.title,
    version: playbook.version,
    origin: playbook.origin,
    because,
    alternatives: others.map((other) => ({
      id: other.playbook.id,
      title: other.playbook.title,
      because: other.because,
    })),
    source: playbook.source,
    summary: playbook.summary,
    steps: playbook.steps.map((step) => ({
      ...stepTexts(step),
      focus: step.focus.map((field) => focusField(context, field)),
      queries: step.queryIds.flatMap((id) => {
        const query = queries.get(id);
        return query === undefined ? [] : [{ id, label: fillText(query.label, context.fields), target: query.target }];
      }),
      osquery: step.osquery.map((query) => filledIn(query, context)),
      answer: byStep.get(step.id),
    })),
    verdict: verdictOf(playbook, answers),
    ...textsOf(playbook),
    checklists: playbook.checklists.map((list) => ({
      verdict: list.verdict,
      title: list.title,
      items: list.items.map((item) => ({ ...item, done: ticked.has(item.id) })),
    })),
  };
}

/** What a step says, whatever the alert. */
export function stepTexts({ focus: _, queryIds: __, osquery: ___, ...step }: Step) {
  return {
    ...step,
    hints: [...step.hints],
    raises: [...step.raises],
    lowers: [...step.lowers],
    details: [...step.details],
  };
}

/** What a playbook says beside its steps, whatever the alert. */
export function textsOf({ closingPolicy, falsePositives, texts, relatedRules }: Playbook) {
  return {
    closingPolicy: [...closingPolicy],
    falsePositives: [...falsePositives],
    texts: [...texts],
    relatedRules: [...relatedRules],
  };
}

/** The values of a field with their origin; those of an ambiguous parent are shown, but decide nothing. */
function focusField({ fields, origins, uncertain }: AlertContext, field: string): StepView["focus"][number] {
  const values = valuesOf(fields, field).map(String);
  const guess = uncertain.get(field);
  return values.length === 0 && guess !== undefined
    ? { field, values: valuesOf({ [field]: guess.value }, field).map(String), origin: guess.origin }
    : { field, values, origin: origins.get(field) };
}

/** An osquery query with the values of the alert as SQL strings; what is missing stays a template. */
function filledIn(query: OsqueryQuery, { fields }: AlertContext): StepView["osquery"][number] {
  const { label, sql, missing } = fillSql(query, fields);
  return { label, sql, missing: [...missing] };
}

/** Runs a query of an alert's playbook, or of another one to try that out. */
export async function stepQuery(
  store: Store,
  playbooks: QueryPlaybooks,
  alert: AlertRecord,
  queryId: string,
  { playbook: id, ...options }: Omit<RunOptions, "ruleOf"> & OtherPlaybook,
): Promise<Result<QueryRun, RequestProblem>> {
  const playbook = playbookOf(playbooks, alert, id);
  const query = playbook.ok ? playbook.value.queries.find((candidate) => candidate.id === queryId) : undefined;
  if (!playbook.ok || query === undefined) {
    return playbook.ok ? fail(unknownPart(playbook.value, "query", queryId)) : playbook;
  }
  return ok(await runQuery(store, query, alert, { ...options, ruleOf: playbooks.ruleOf }));
}

/** What of the playbooks queries need. */
export type QueryPlaybooks = Pick<Playbooks, "forAlert" | "get" | "ruleOf">;

export interface OtherPlaybook {
  /** Its id, if it is not that of the alert. */
  readonly playbook?: string;
}

function playbookOf(
  playbooks: QueryPlaybooks,
  alert: AlertRecord,
  id: string | undefined,
): Result<Playbook, RequestProblem> {
  const playbook = id === undefined ? playbooks.forAlert(alert) : playbooks.get(id);
  return playbook === undefined
    ? fail(id === undefined ? noPlaybook(alert) : missingPlaybook(playbooks, id))
    : ok(playbook);
}

/** The answer that the evidence suggests for a step; undefined if no check holds. */
export async function stepSuggestion(
  store: Store,
  playbooks: QueryPlaybooks,
  alert: AlertRecord,
  stepId: string,
  { playbook: other, ...options }: Pick<RunOptions, "clock"> & OtherPlaybook,
): Promise<Result<Suggestion | undefined, RequestProblem>> {
  const found = playbookOf(playbooks, alert, other);
  if (!found.ok) {
    return found;
  }
  const { value: playbook } = found;
  if (!playbook.steps.some((step) => step.id === stepId)) {
    return fail(unknownPart(playbook, "step", stepId));
  }
  const { suggestion } = await examineStep(store, playbook, alert, stepId, { ...options, ruleOf: playbooks.ruleOf });
  return ok(suggestion);
}

/** Why there is no playbook with an id: the guide of a rule may be prose only. */
export function missingPlaybook({ ruleOf }: Pick<Playbooks, "ruleOf">, id: string): RequestProblem {
  const rule = ruleOf(ruleIdOfGuide(id) ?? "");
  const guide = rule === undefined ? undefined : compileGuideOfRule(rule);
  return guide?.ok === false
    ? { code: "playbook.not-found", message: `${capitalised(guide.error.message)}.`, remedy: guide.error.remedy }
    : noSuchPlaybook(id);
}

export function noSuchPlaybook(id: string): RequestProblem {
  return {
    code: "playbook.not-found",
    message: `No playbook ${id.slice(0, 100)} is loaded.`,
    remedy: "It may have been renamed or removed: look it up in the list of playbooks.",
  };
}

export function noPlaybook(alert: AlertRecord): RequestProblem {
  return {
    code: "playbook.not-found",
    message: `No playbook is loaded for the rule ${alert.rule.id}, and no fallback either.`,
    remedy: "Add a playbook for the rule, or one with `fallback: true`, to a folder of playbooks.",
  };
}

const unknownPartCodes = {
  step: "playbook.step-not-found",
  query: "playbook.query-not-found",
  "checklist item": "playbook.checklist-item-not-found",
} as const;

export function unknownPart(playbook: Playbook, part: keyof typeof unknownPartCodes, id: string): RequestProblem {
  return {
    code: unknownPartCodes[part],
    message: `The playbook "${playbook.title}" has no ${part} "${id}"`,
    remedy: "Read the playbook again: it may have changed.",
  };
}
