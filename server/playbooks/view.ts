import type { PlaybookSummary, PlaybookView, QueryRun, StepView, Suggestion } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../alert/record.ts";
import { valuesOf } from "../event/event.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type AlertContext, alertContext } from "./alert-fields.ts";
import { answersFor } from "./asked.ts";
import type { OsqueryQuery, Playbook, Playbooks } from "./playbook.ts";
import { type RunOptions, runQuery, runQueryIn } from "./run-query.ts";
import { queriesForSuggestion, suggestAnswer } from "./suggest.ts";
import { templateFields } from "./template.ts";
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
  const { playbook, because } = choice;
  const context = await alertContext(store, alert);
  const answers = await answersFor(store, playbooks, alert);
  const checked = await store.triage.checked(alert.id);
  const byStep = new Map(answers.map((answer) => [answer.stepId, answer]));
  const queries = new Map(playbook.queries.map((query) => [query.id, query]));
  return ok({
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
      id: step.id,
      question: step.question,
      topic: step.topic,
      about: step.about,
      why: step.why,
      focus: step.focus.map((field) => focusField(context, field)),
      hints: [...step.hints],
      raises: [...step.raises],
      lowers: [...step.lowers],
      anchor: step.anchor,
      clears: step.clears,
      required: step.required,
      queries: step.queryIds.flatMap((id) => {
        const query = queries.get(id);
        return query === undefined ? [] : [{ id, label: query.label, target: query.target }];
      }),
      osquery: step.osquery.map((query) => filledIn(query, context)),
      details: [...step.details],
      answer: byStep.get(step.id),
    })),
    verdict: verdictOf(playbook.steps, answers),
    closingPolicy: [...playbook.closingPolicy],
    falsePositives: [...playbook.falsePositives],
    checklists: playbook.checklists.map((list) => ({
      verdict: list.verdict,
      title: list.title,
      items: list.items.map((item) => ({ ...item, done: checked.has(item.id) })),
    })),
    texts: [...playbook.texts],
    relatedRules: [...playbook.relatedRules],
  });
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
function filledIn({ label, sql }: OsqueryQuery, { fields }: AlertContext): StepView["osquery"][number] {
  const missing = templateFields(sql).filter((field) => valuesOf(fields, field).length === 0);
  return { label, sql, missing: [...new Set(missing)] };
}

/** Runs a query of an alert's playbook. */
export async function stepQuery(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  alert: AlertRecord,
  queryId: string,
  options: RunOptions,
): Promise<Result<QueryRun, RequestProblem>> {
  const playbook = playbooks.forAlert(alert);
  const query = playbook?.queries.find((candidate) => candidate.id === queryId);
  if (playbook === undefined || query === undefined) {
    return fail(playbook === undefined ? noPlaybook(alert) : unknownPart(playbook, "query", queryId));
  }
  return ok(await runQuery(store, query, alert, options));
}

/** The answer that the evidence suggests for a step; undefined if no check holds. */
export async function stepSuggestion(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  alert: AlertRecord,
  stepId: string,
  options: Pick<RunOptions, "clock" | "ruleOf">,
): Promise<Result<Suggestion | undefined, RequestProblem>> {
  const playbook = playbooks.forAlert(alert);
  if (playbook === undefined || !playbook.steps.some((step) => step.id === stepId)) {
    return fail(playbook === undefined ? noPlaybook(alert) : unknownPart(playbook, "step", stepId));
  }
  const context = await alertContext(store, alert);
  const runs = new Map<string, QueryRun>();
  for (const id of queriesForSuggestion(playbook, stepId)) {
    const query = playbook.queries.find((candidate) => candidate.id === id);
    if (query !== undefined) {
      runs.set(id, await runQueryIn(store, query, context, { ...options, anchor: "event", limit: 500 }));
    }
  }
  return ok(suggestAnswer(playbook, stepId, context, runs));
}

/** A playbook for the list of playbooks. */
export function playbookSummary(playbook: Playbook): PlaybookSummary {
  const { applies } = playbook;
  return {
    id: playbook.id,
    title: playbook.title,
    version: playbook.version,
    source: playbook.source,
    summary: playbook.summary,
    origin: playbook.origin,
    applies: {
      ruleIds: [...applies.ruleIds],
      techniques: [...applies.techniques],
      tags: [...applies.tags],
      events: applies.events?.label,
      fallback: applies.fallback,
    },
    steps: playbook.steps.length,
    queries: playbook.queries.length,
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
