import type { Actor } from "#contracts/actor";
import type { Answer, AnswerRequest, Evidence } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../alert/record.ts";
import { assertNever } from "../lib/result.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { Playbooks } from "./playbook.ts";
import { noPlaybook, unknownPart } from "./view.ts";

export interface By {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expected?: Expected;
}

/**
 * Records the answer to a step with its audit record, or returns why not. A closed alert accepts no answers, because it
 * was closed on the given ones.
 * Problems: `playbook.not-found`, `playbook.step-not-found`, `alert.closed`, `playbook.unknown-evidence`,
 * `request.conflict` for another answer to the same step.
 */
export async function recordAnswer(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
  stepId: string,
  request: AnswerRequest,
  by: By,
): Promise<RequestProblem | undefined> {
  const problem = await answerProblem(store, playbooks, alert, stepId, request.evidence);
  if (problem !== undefined) {
    return problem;
  }
  const answer = answerOf(stepId, request, by);
  return store.write((transaction) => writeAnswer(transaction, playbooks, alert, answer, by));
}

/** Why a step cannot be answered like that: there is no such step, or its evidence is not stored. */
export async function answerProblem(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
  stepId: string,
  evidence: readonly Evidence[],
): Promise<RequestProblem | undefined> {
  const playbook = playbooks.forRule(alert.rule.id);
  if (playbook === undefined) {
    return noPlaybook(alert);
  }
  return playbook.steps.some((step) => step.id === stepId)
    ? missingEvidence(store, evidence)
    : unknownPart(playbook, "step", stepId);
}

export function answerOf(stepId: string, { value, note, evidence }: AnswerRequest, { actor, at }: By): Answer {
  return { stepId, value, note, evidence: [...evidence], actor: actor.name, at: new Date(at).toISOString() };
}

/** Writes an answer and its audit record, or returns `request.conflict` or `alert.closed` and writes nothing. */
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
  const playbook = playbooks.forRule(alert.rule.id);
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
  return undefined;
}

export const closedAlert: RequestProblem = {
  code: "alert.closed",
  message: "The alert is closed; its answers cannot be changed.",
  remedy: "Reopen it to change an answer.",
};

/** Pinned evidence must be stored, so that it can be verified later. */
async function missingEvidence(store: Store, evidence: readonly Evidence[]): Promise<RequestProblem | undefined> {
  for (const [index, { kind, id }] of evidence.entries()) {
    if (!(await isStored(store, kind, id))) {
      return {
        code: "playbook.unknown-evidence",
        message: `No ${kind} ${id.slice(0, 100)} is stored.`,
        at: { field: `evidence.${index}.id` },
      };
    }
  }
  return undefined;
}

async function isStored(store: Store, kind: Evidence["kind"], id: string): Promise<boolean> {
  switch (kind) {
    case "event":
      return (await store.events.get(id)) !== undefined;
    case "alert":
      return (await store.alerts.get(id)) !== undefined;
    case "process":
      return (await store.lineage.process(id)) !== undefined;
    case "session":
      return (await store.lineage.session(id)) !== undefined;
    case "field":
      // The id is the name of a field of the alert, the label has its value.
      return true;
    default:
      return assertNever(kind);
  }
}

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
  const playbook = playbooks.forRule(alert.rule.id);
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
