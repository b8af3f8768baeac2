import type { RequestProblem } from "#contracts/problem";
import { nextStatuses } from "../../alert/workflow.ts";
import type { Result } from "../../lib/result.ts";
import { askedIncident } from "../../playbooks/asked.ts";
import type { Playbook, Playbooks } from "../../playbooks/playbook.ts";
import type { AnswersByAlert } from "../../playbooks/questions.ts";
import { verdictOf } from "../../playbooks/verdict.ts";
import { conflictWith, versionOf } from "../../store/audit/version.ts";
import type { BatchPart, BatchReader, PartIncident } from "../../store/batches/port.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import { type ClosedUnder, closingOf, closingUnder, type Judged } from "../incident/closing.ts";
import { concernsStatus } from "../incident/transition.ts";
import type { StatusRequest } from "./action.ts";

/** Whether the alerts of an incident may be closed, as of a version of the incident. */
export interface ClosingDecision {
  readonly closing: Result<ClosedUnder, RequestProblem>;
  /** Undefined: nobody had worked on it. */
  readonly version: string | undefined;
}

type Reading = Pick<Store, "alerts" | "lineage" | "triage" | "incidents" | "audit"> & {
  readonly batches: Pick<BatchReader, "part">;
};

/**
 * Judges each incident of a part by the closing policy, before the write that closes it. Where nothing was answered,
 * the verdict follows from the playbooks of its rules, without reading an alert.
 */
export async function decideClosing(
  store: Reading,
  playbooks: BatchPlaybooks,
  part: BatchPart,
  known: ReadonlyMap<string, ClosingDecision>,
  action: StatusRequest,
  by: string,
): Promise<ReadonlyMap<string, ClosingDecision>> {
  const request = { ...action, by };
  const asked = part.incidents.filter(({ key }) => !known.has(key));
  const works = await store.incidents.work(asked.map(({ key }) => key));
  const versions = new Map<string, string>();
  for (const [key, { ids }] of works) {
    versions.set(key, await versionOf(store.audit, { kind: "incident", ids }));
  }
  const answered = await answeredIncidents(store, asked, new Set(works.keys()));
  const decided = new Map<string, ClosingDecision>();
  for (const incident of part.incidents) {
    const { key } = incident;
    const before = known.get(key);
    if (before !== undefined) {
      decided.set(key, before);
      continue;
    }
    const closing = answered.has(key)
      ? await closingOfAnswered(store, playbooks, part, incident, request)
      : closingUnder(incident.rules.map(unanswered(playbooks)), request);
    decided.set(key, { closing, version: versions.get(key) });
  }
  return decided;
}

/** Incidents of which a question was answered: of those that somebody worked on, for any of their alerts. */
async function answeredIncidents(
  { alerts, triage }: Pick<Store, "alerts" | "triage">,
  asked: readonly PartIncident[],
  worked: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const all = worked.size === 0 ? [] : await alerts.covered({ kind: "incidents", keys: [...worked] });
  const keyOf = new Map([
    ...asked.flatMap(({ key, alerts: ids }) => ids.map((id) => [id, key] as const)),
    ...all.map(({ id, incidentKey }) => [id, incidentKey] as const),
  ]);
  const given: AnswersByAlert = await triage.answersOn([...keyOf.keys()]);
  return new Set([...given.keys()].flatMap((id) => keyOf.get(id) ?? []));
}

/**
 * The verdict of an alert of a rule without any answer; undefined where no playbook is loaded. Where the kind of event
 * decides about the playbook, it is that of the first one: none of them gives a verdict without an answer. A second
 * analyst is needed then if any of them asks for one.
 */
function unanswered(playbooks: Pick<BatchPlaybooks, "all" | "forRule">): (rule: string) => Judged {
  return (rule) => {
    const own = playbooks.forRule(rule)?.playbook;
    const possible = own === undefined ? playbooks.all.filter(isGeneric) : [own];
    const playbook = own ?? playbooks.all.find(({ applies }) => applies.fallback);
    return {
      verdict: playbook === undefined ? undefined : verdictOf(playbook, []),
      answeredBy: possible.some(({ decision }) => decision.secondAnalyst) ? [] : undefined,
    };
  };
}

function isGeneric({ applies }: Playbook): boolean {
  return applies.fallback || applies.events !== undefined;
}

/** The playbooks that a batch decides with: by alert, and by rule where alerts need not be read. */
export type BatchPlaybooks = Pick<Playbooks, "all" | "forAlert" | "forRule">;

async function closingOfAnswered(
  store: Reading,
  playbooks: Pick<Playbooks, "forAlert">,
  part: BatchPart,
  incident: PartIncident,
  request: StatusRequest & { readonly by: string },
): Promise<Result<ClosedUnder, RequestProblem>> {
  const { asked = [] } = (await askedIncident(store, playbooks, incident.key)) ?? {};
  const covered = await coveredIds(store, part, incident);
  const toClose = asked.filter(({ alert }) => covered.has(alert.id) && nextStatuses(alert.status).includes(request.to));
  return closingOf(store, asked, toClose, request);
}

/** All alerts of the incident that the batch covers, also in the parts that follow. */
async function coveredIds(
  { batches }: Pick<Reading, "batches">,
  part: BatchPart,
  incident: PartIncident,
): Promise<ReadonlySet<string>> {
  const ids = new Set(incident.alerts);
  for (let [number, last] = [part.number, incident]; last.continues === true; ) {
    number += 1;
    const next = (await batches.part(part.batch, number))?.incidents.find(({ key }) => key === incident.key);
    if (next === undefined) {
      break;
    }
    next.alerts.forEach((id) => void ids.add(id));
    last = next;
  }
  return ids;
}

/** Whether somebody has changed since what a decision was made on. To be asked in the write that acts on it. */
export async function isOutdated(
  { audit }: Pick<StoreTransaction, "audit">,
  { version }: ClosingDecision,
  workIds: readonly string[] | undefined,
): Promise<boolean> {
  if (workIds === undefined) {
    return false;
  }
  const conflict = await conflictWith(audit, { kind: "incident", ids: workIds }, [version ?? "0"], concernsStatus);
  return conflict !== undefined;
}
