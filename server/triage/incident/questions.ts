import type { Actor } from "#contracts/actor";
import type { IncidentAnswerRequest, IncidentQuestions } from "#contracts/incident";
import type { Answer, AnswerRequest } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { incidentKey } from "../../alert/incident-key.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { pauses } from "../../lib/pause.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import {
  answerEvidence,
  answerOf,
  closedAlert,
  putAnswer,
  suggestedForAnswer,
  writeAnswer,
} from "../../playbooks/answer.ts";
import { type AskedIncident, askedIncident, undecided } from "../../playbooks/asked.ts";
import { attachmentsOf, putTexts } from "../../playbooks/attachments.ts";
import { mostConcern, reasonNeeded } from "../../playbooks/conflict.ts";
import { namedEvidence } from "../../playbooks/evidence.ts";
import { alertVerdicts, incidentVerdictOf } from "../../playbooks/incident-verdict.ts";
import type { Playbooks } from "../../playbooks/playbook.ts";
import { type AnswerSubjects, answerSubjects, countingAnswers, questionsOf } from "../../playbooks/questions.ts";
import type { StepOfAlert, SuggestAnswers } from "../../playbooks/suggested.ts";
import { conflictWith, type Expected } from "../../store/audit/version.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import { incidentAnswerAction } from "./transition.ts";
import { type IncidentChange, incidentSubject, noIncident, recordToChange } from "./work.ts";

/** What an incident's alerts ask, what was answered, and the verdict. Undefined: there is no such incident. */
export async function incidentQuestionsOf(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  key: string,
): Promise<IncidentQuestions | undefined> {
  const incident = await askedIncident(store, playbooks, key);
  return incident === undefined ? undefined : viewOf(store, incident);
}

async function viewOf({ triage }: Pick<Store, "triage">, { key, asked }: AskedIncident): Promise<IncidentQuestions> {
  const counting = countingAnswers(asked, await triage.answersOn(asked.map(({ alert }) => alert.id)));
  const left = undecided(asked);
  const questions = questionsOf(left, counting);
  return {
    key,
    questions: [...questions],
    verdict: incidentVerdictOf(alertVerdicts(left, counting), questions),
    withoutPlaybook: left.filter(({ playbook }) => playbook === undefined).length,
    alerts: asked.length,
  };
}

/**
 * Records an answer for all alerts of these processes that ask the question, with their audit records and one about the
 * incident. What the evidence suggests is computed for each process, and kept with its answer; one reason is enough for
 * all that the answer contradicts. Problems: `incident.not-found`, `incident.question-not-found`,
 * `incident.nothing-in-scope`, `alert.closed`, `playbook.unknown-evidence`, `playbook.reason-needed`,
 * those of `attachmentsOf`, `request.conflict` for another answer to the same question, those of `suggest`.
 */
export async function answerIncident(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  change: IncidentChange & { readonly questionId: string; readonly request: IncidentAnswerRequest },
  suggest: SuggestAnswers,
): Promise<Result<undefined, RequestProblem>> {
  const { key, questionId, request, actor, at, expected } = change;
  const incident = await askedIncident(store, playbooks, key);
  if (incident === undefined) {
    return fail(noIncident);
  }
  const byId: AskedById = new Map(incident.asked.map((one) => [one.alert.id, one]));
  const question = questionsOf(undecided(incident.asked), new Map()).find(({ id }) => id === questionId);
  if (question === undefined) {
    return fail({
      code: "incident.question-not-found",
      message: "No alert of the incident asks this question.",
      remedy: "Its alerts or playbooks have changed: reload.",
    });
  }
  const wanted = new Set(request.processes);
  const alertIds = question.processes
    .filter((process) => wanted.has(process.key))
    .flatMap((process) => process.alertIds);
  const lead = byId.get(alertIds[0] ?? "")?.alert;
  if (lead === undefined) {
    return fail({
      code: "incident.nothing-in-scope",
      message: "The question is about none of these processes.",
      at: { field: "processes" },
    });
  }
  const topic = topicOf(question.lead, byId);
  const evidence = await namedEvidence(store, lead, request.evidence);
  if (!evidence.ok) {
    return evidence;
  }
  const attached = await attachmentsOf(store, request.attachments ?? []);
  if (!attached.ok) {
    return attached;
  }
  const { attachments } = attached.value;
  const covered = alertIds.flatMap((id): StepOfAlert[] => {
    const step = byId.get(id)?.playbook?.steps.find((one) => one.topic === topic);
    return step === undefined ? [] : [{ alert: id, step: step.id }];
  });
  const suggested = await suggestedForAll(answerSubjects(undecided(incident.asked), covered), request, suggest);
  if (!suggested.ok) {
    return suggested;
  }
  return store.write<Result<undefined, RequestProblem>>(async (transaction) => {
    const conflict = await conflictWith(
      transaction.audit,
      await incidentSubject(transaction, key),
      expected,
      ({ action, after }) => action === incidentAnswerAction && isAnswerTo(after, question.id, topic, byId),
    );
    if (conflict !== undefined) {
      return fail(conflict);
    }
    const record = await recordToChange(transaction, change);
    if (record === undefined) {
      return fail(noIncident);
    }
    let answered = 0;
    let inConflict = 0;
    const pause = pauses();
    for (const one of covered) {
      await pause();
      const asked = byId.get(one.alert);
      const alert = await transaction.alerts.get(one.alert);
      if (asked === undefined || alert === undefined || alert.status === "closed" || incidentKey(alert) !== key) {
        continue;
      }
      const given = {
        ...request,
        evidence: evidence.value,
        attachments: [...attachments],
        suggested: suggested.value(one),
      };
      const answer = answerOf(one.step, given, { actor, at });
      await putAnswer(transaction, asked.playbook, alert, answer, { actor, at });
      answered += 1;
      inConflict += answer.conflict === true ? 1 : 0;
    }
    if (answered === 0) {
      return fail(closedAlert);
    }
    await putTexts(transaction, attached.value);
    await transaction.incidents.put(record);
    await transaction.audit.append({
      at,
      actor,
      action: incidentAnswerAction,
      subject: { kind: "incident", id: record.id },
      after: {
        question: question.id,
        text: question.text,
        value: request.value,
        note: request.note === "" ? undefined : request.note,
        attachments: attachments.length === 0 ? undefined : attachments,
        processes: wanted.size,
        alerts: answered,
        conflicts: inConflict === 0 ? undefined : inConflict,
      },
    });
    return ok(undefined);
  });
}

/** What is suggested for each step that an answer covers, or why the answer needs a reason. */
async function suggestedForAll(
  { subjects, placeOf }: AnswerSubjects,
  { value, note }: Pick<IncidentAnswerRequest, "value" | "note">,
  suggest: SuggestAnswers,
): Promise<Result<(step: StepOfAlert) => Answer["suggested"], RequestProblem>> {
  const found = await suggest(subjects);
  if (!found.ok) {
    return found;
  }
  const contradicted = found.value.filter((suggested) => reasonNeeded(value, suggested, note) !== undefined);
  const refused = reasonNeeded(value, mostConcern(contradicted), note);
  if (refused !== undefined) {
    const of = subjects.length === 1 ? "" : ` This holds for ${contradicted.length} of ${subjects.length} processes.`;
    return fail({ ...refused, message: `${refused.message}${of}` });
  }
  return ok((step) => found.value[placeOf(step) ?? -1]);
}

/**
 * Records the answer to a step of one alert: asks what the evidence suggests, checks that a contradiction has a reason,
 * and writes. Problems: `playbook.not-found`, `playbook.step-not-found`, `alert.closed`, `playbook.unknown-evidence`,
 * `playbook.reason-needed`, those of `attachmentsOf`, `request.conflict` for another answer to the same step, those of
 * `suggest`.
 */
export async function answerAlert(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
  change: {
    readonly stepId: string;
    readonly request: AnswerRequest;
    readonly actor: Actor;
    readonly at: number;
    readonly expected?: Expected;
    readonly newId: () => string;
  },
  suggest: SuggestAnswers,
): Promise<RequestProblem | undefined> {
  const { stepId, request } = change;
  const evidence = await answerEvidence(store, playbooks, alert, stepId, request.evidence);
  if (!evidence.ok) {
    return evidence.error;
  }
  const attached = await attachmentsOf(store, request.attachments ?? []);
  if (!attached.ok) {
    return attached.error;
  }
  const suggested = await suggestedForAnswer(store, playbooks, alert, stepId, suggest);
  if (!suggested.ok) {
    return suggested.error;
  }
  const needed = reasonNeeded(request.value, suggested.value, request.note);
  if (needed !== undefined) {
    return needed;
  }
  const { attachments } = attached.value;
  const given = { ...request, evidence: evidence.value, attachments: [...attachments], suggested: suggested.value };
  const answer = answerOf(stepId, given, change);
  return store.write(async (transaction) => {
    const refused = await writeAnswer(transaction, playbooks, alert, answer, change);
    if (refused === undefined) {
      await putTexts(transaction, attached.value);
      await noteAnswer(transaction, alert, answer, change);
    }
    return refused;
  });
}

/** An answer to a step of one alert is an event in the history of its incident, too, and makes a new version of it. */
export async function noteAnswer(
  transaction: Pick<StoreTransaction, "alerts" | "incidents" | "audit">,
  alert: AlertRecord,
  { stepId, value, note, attachments, conflict }: Answer,
  { actor, at, newId }: Pick<IncidentChange, "actor" | "at" | "newId">,
): Promise<void> {
  const record = await recordToChange(transaction, { key: incidentKey(alert), at, newId });
  if (record === undefined) {
    return;
  }
  await transaction.incidents.put(record);
  await transaction.audit.append({
    at,
    actor,
    action: incidentAnswerAction,
    subject: { kind: "incident", id: record.id },
    after: {
      ...{ alert: alert.id, step: stepId, value, note: note === "" ? undefined : note, alerts: 1 },
      attachments,
      conflicts: conflict === true ? 1 : undefined,
    },
  });
}

type AskedById = ReadonlyMap<string, AskedIncident["asked"][number]>;

function topicOf(lead: { readonly alertId: string; readonly stepId: string }, byId: AskedById): string | undefined {
  return byId.get(lead.alertId)?.playbook?.steps.find(({ id }) => id === lead.stepId)?.topic;
}

/** Whether an audit record is about an answer to the question, given for the incident or for one of its alerts. */
function isAnswerTo(after: unknown, question: string, topic: string | undefined, byId: AskedById): boolean {
  const fields = new Map(typeof after === "object" && after !== null ? Object.entries(after) : []);
  const [alertId, stepId] = [String(fields.get("alert")), String(fields.get("step"))];
  return fields.get("question") === question || (topic !== undefined && topicOf({ alertId, stepId }, byId) === topic);
}
