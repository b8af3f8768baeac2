import type { Actor } from "#contracts/actor";
import type { Answer, Evidence, EvidenceReference, SuggestedAnswer } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { incidentKey } from "../alert/incident-key.ts";
import type { AlertRecord } from "../alert/record.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { askedIncident, undecided } from "./asked.ts";
import { conflictOf } from "./conflict.ts";
import { namedEvidence } from "./evidence.ts";
import type { Playbook, Playbooks } from "./playbook.ts";
import { answerSubjects } from "./questions.ts";
import type { SuggestAnswers } from "./suggested.ts";
import { noPlaybook, unknownPart } from "./view.ts";

export interface By {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expected?: Expected;
}

/**
 * The evidence of an answer, named by the server; or why a step cannot be answered like that: there is no such step, or
 * its evidence is not stored.
 */
export async function answerEvidence(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
  stepId: string,
  evidence: readonly EvidenceReference[],
): Promise<Result<Evidence[], RequestProblem>> {
  const playbook = playbooks.forAlert(alert);
  if (playbook === undefined) {
    return fail(noPlaybook(alert));
  }
  return playbook.steps.some((step) => step.id === stepId)
    ? namedEvidence(store, alert, evidence)
    : fail(unknownPart(playbook, "step", stepId));
}

/** What the evidence suggests for everything that an answer to a step of an alert counts for. */
export async function suggestedForAnswer(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  alert: AlertRecord,
  stepId: string,
  suggest: SuggestAnswers,
): Promise<Result<SuggestedAnswer | undefined, RequestProblem>> {
  const step = { alert: alert.id, step: stepId };
  const { asked = [] } = (await askedIncident(store, playbooks, incidentKey(alert))) ?? {};
  // An alert of a building block is in no incident of the queue.
  const [subject = [step]] = answerSubjects(undecided(asked), [step]).subjects;
  const suggested = await suggest([subject]);
  return suggested.ok ? ok(suggested.value[0]) : suggested;
}

type AnswerContent = Pick<Answer, "value" | "note" | "evidence" | "attachments" | "suggested">;

export function answerOf(
  stepId: string,
  { value, note, evidence, attachments = [], suggested }: AnswerContent,
  { actor, at }: By,
): Answer {
  const conflict = conflictOf(value, suggested?.value) !== undefined;
  return {
    ...{ stepId, value, note, evidence: [...evidence], actor: actor.name, at: new Date(at).toISOString() },
    ...(attachments.length === 0 ? {} : { attachments: [...attachments] }),
    ...(suggested === undefined ? {} : { suggested }),
    ...(conflict ? { conflict: true } : {}),
  };
}

/**
 * Writes an answer and its audit record, or returns `request.conflict` or `alert.closed` and writes nothing. A closed
 * alert accepts no answers, because it was closed on the given ones.
 */
export async function writeAnswer(
  transaction: StoreTransaction,
  playbooks: Playbooks,
  alert: AlertRecord,
  answer: Answer,
  { actor, at, expected }: By,
): Promise<RequestProblem | undefined> {
  const conflict = await conflictWith(
    transaction.audit,
    { kind: "alert", ids: [alert.id] },
    expected,
    ({ action, after }) => action === "playbook.answer" && valueIn(after, "stepId") === answer.stepId,
  );
  if (conflict !== undefined) {
    return conflict;
  }
  if ((await transaction.alerts.get(alert.id))?.status === "closed") {
    return closedAlert;
  }
  await putAnswer(transaction, playbooks.forAlert(alert), alert, answer, { actor, at });
  return undefined;
}

/** Stores an answer with its audit record. */
export async function putAnswer(
  transaction: Pick<StoreTransaction, "triage" | "audit">,
  playbook: Pick<Playbook, "id" | "version"> | undefined,
  alert: Pick<AlertRecord, "id">,
  answer: Answer,
  { actor, at }: By,
): Promise<void> {
  const before = (await transaction.triage.answers(alert.id)).find((earlier) => earlier.stepId === answer.stepId);
  await transaction.triage.putAnswer(alert.id, answer);
  await transaction.audit.append({
    at,
    actor,
    action: "playbook.answer",
    subject: { kind: "alert", id: alert.id },
    before,
    after: { ...answer, playbook: playbook && { id: playbook.id, version: playbook.version } },
  });
}

export const closedAlert: RequestProblem = {
  code: "alert.closed",
  message: "The alert is closed; its answers cannot be changed.",
  remedy: "Reopen it to change an answer.",
};

/**
 * Ticks or unticks an item of a response checklist, with its audit record, or returns why not. Ticking twice changes
 * nothing.
 */
export async function tickItem(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
  itemId: string,
  done: boolean,
  by: By,
): Promise<RequestProblem | undefined> {
  const playbook = playbooks.forAlert(alert);
  const item = playbook?.checklists.flatMap((list) => list.items).find((candidate) => candidate.id === itemId);
  if (playbook === undefined || item === undefined) {
    return playbook === undefined ? noPlaybook(alert) : unknownPart(playbook, "checklist item", itemId);
  }
  return store.write(async (transaction) => {
    const found = await conflictWith(
      transaction.audit,
      { kind: "alert", ids: [alert.id] },
      by.expected,
      ({ action, after }) => action.startsWith("checklist.") && valueIn(after, "item") === itemId,
    );
    const before = (await transaction.triage.checked(alert.id)).has(itemId);
    if (found !== undefined || before === done) {
      return found;
    }
    await transaction.triage.setChecked(alert.id, itemId, done);
    await transaction.audit.append({
      at: by.at,
      actor: by.actor,
      action: done ? "checklist.done" : "checklist.undone",
      subject: { kind: "alert", id: alert.id },
      before: { item: itemId, done: before },
      after: { item: itemId, done, text: item.text },
    });
    return undefined;
  });
}

/** A field of what an audit record holds. */
function valueIn(value: unknown, field: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === field)?.[1] : {};
}
