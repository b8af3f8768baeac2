import type { SuggestedAnswer } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../alert/record.ts";
import { pauses } from "../lib/pause.ts";
import { ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { mostConcern, suggestedOf } from "./conflict.ts";
import { examineStep } from "./examine.ts";
import type { Playbooks } from "./playbook.ts";
import type { RunOptions } from "./run-query.ts";

/** A step of the playbook of an alert. */
export interface StepOfAlert {
  readonly alert: string;
  readonly step: string;
}

/**
 * Everything that one answer counts for: the same question, asked for several alerts. Of the alerts of one process with
 * one playbook, which ask the same, one represents all.
 */
export type AnswerSubject = readonly StepOfAlert[];

/** What the evidence suggests for each subject. The server asks a worker, a command computes it itself. */
export type SuggestAnswers = (
  subjects: readonly AnswerSubject[],
) => Promise<Result<readonly (SuggestedAnswer | undefined)[], RequestProblem>>;

/** Alerts read, and subjects worked on, at once. */
const PAGE = 250;
const TOGETHER = 8;

interface Options {
  readonly clock: RunOptions["clock"];
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly unit: "alerts" }) => void;
}

/** Computes `SuggestAnswers` here: of several alerts of a subject, the suggestion of most concern. */
export function suggestHere(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert" | "ruleOf">,
  { clock, onProgress }: Options,
): SuggestAnswers {
  return async (subjects) => {
    const alerts = await alertsOf(store, subjects);
    const found: (SuggestedAnswer | undefined)[] = [];
    const pause = pauses();
    for (let from = 0; from < subjects.length; from += TOGETHER) {
      const slice = subjects.slice(from, from + TOGETHER);
      found.push(...(await Promise.all(slice.map((subject) => ofSubject(store, playbooks, subject, alerts, clock)))));
      onProgress?.({ done: found.length, total: subjects.length, unit: "alerts" });
      await pause();
    }
    return ok(found);
  };
}

async function alertsOf(
  { alerts }: Pick<Store, "alerts">,
  subjects: readonly AnswerSubject[],
): Promise<ReadonlyMap<string, AlertRecord>> {
  const ids = [...new Set(subjects.flatMap((subject) => subject.map(({ alert }) => alert)))];
  const found = new Map<string, AlertRecord>();
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = ids.slice(from, from + PAGE);
    for (const alert of (await alerts.find({ ids: page, limit: page.length })).items) {
      found.set(alert.id, alert);
    }
  }
  return found;
}

async function ofSubject(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert" | "ruleOf">,
  subject: AnswerSubject,
  alerts: ReadonlyMap<string, AlertRecord>,
  clock: RunOptions["clock"],
): Promise<SuggestedAnswer | undefined> {
  let most: SuggestedAnswer | undefined;
  for (const { alert: id, step } of subject) {
    const alert = alerts.get(id);
    most = alert === undefined ? most : mostConcern([most, await suggestedFor(store, playbooks, alert, step, clock)]);
    if (most?.value === "raises") {
      break;
    }
  }
  return most;
}

/** What the evidence suggests for a step, with what its own queries cannot say: see `suggestedOf`. */
export async function suggestedFor(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert" | "ruleOf">,
  alert: AlertRecord,
  stepId: string,
  clock: RunOptions["clock"],
): Promise<SuggestedAnswer | undefined> {
  const playbook = playbooks.forAlert(alert);
  const step = playbook?.steps.find(({ id }) => id === stepId);
  if (playbook === undefined || step === undefined) {
    return undefined;
  }
  if (step.queryIds.length === 0 && playbook.checks.every((check) => check.stepId !== stepId)) {
    return undefined;
  }
  const options = { clock, ruleOf: playbooks.ruleOf, others: step.queryIds };
  const { suggestion, runs } = await examineStep(store, playbook, alert, stepId, options);
  // Whatever else an outcome may be, only these two are a result.
  const missing = [...runs.values()]
    .filter(({ outcome }) => outcome !== "hits" && outcome !== "no-hits")
    .map(({ label, reason }) => `${label}: ${reason}`);
  return suggestedOf(suggestion, missing);
}
