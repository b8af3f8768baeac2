import type { ShiftIncident, ShiftReport } from "#contracts/shift-report";
import type { WorkProgress } from "#contracts/work";
import { pauses } from "../../lib/pause.ts";
import type { Playbooks } from "../../playbooks/playbook.ts";
import type { AlertHead } from "../../store/alerts/port.ts";
import type { Store } from "../../store/port.ts";
import { incidentQuestionsOf } from "../incident/questions.ts";
import { type Act, actOf, type StatusAct } from "./acts.ts";
import { type HandedOver, handedOverOf } from "./handed-over.ts";
import type { RuleTechniques } from "./matrix.ts";
import { reportOf } from "./report.ts";
import { type ReportFacts, stateOf } from "./state.ts";

/** Incidents whose questions are read; each reads all of its alerts. */
const MOST_HANDED_OVER = 100;
/** Incidents or rules asked for at once. */
const PAGE = 500;

interface ReportOptions {
  readonly from: number;
  readonly to: number;
  readonly people: boolean;
  readonly now: number;
  /** Tactics that a rule names apart from its techniques. */
  readonly tacticsOf: (ruleId: string) => readonly string[];
  readonly onProgress?: (progress: WorkProgress) => void;
}

/**
 * The report of a time range, of epoch milliseconds. It reads what was raised and what happened in the range, what
 * happened since, and what is not closed: not the rest of the store. See docs/decisions/0068.
 */
export async function shiftReportOf(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  options: ReportOptions,
): Promise<ShiftReport> {
  const facts = await factsOf(store, options);
  const state = stateOf(facts);
  const handed = handedOverOf(state, await assigneesOf(store, [...state.openIncidents.keys()]));
  return reportOf(facts, state, {
    rules: await techniquesOf(store, facts.raised, options.tacticsOf),
    handedOver: { items: await withLeft(store, playbooks, handed.slice(0, MOST_HANDED_OVER)), total: handed.length },
    exceptions: await store.exceptions.all(),
    people: options.people,
    madeAt: options.now,
  });
}

async function factsOf(store: Store, { from, to, onProgress }: ReportOptions): Promise<ReportFacts> {
  let done = 0;
  const read = async <T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> => {
    const all: T[][] = [];
    for await (const page of pages) {
      all.push([...page]);
      done += page.length;
      onProgress?.({ done, unit: "alerts" });
    }
    return all.flat();
  };
  const raised = await read(store.alerts.raised({ from, to }));
  const acts = await actsWithin(store, { from, to });
  const later = (await actsWithin(store, { from: to })).filter((act): act is StatusAct => act.kind === "status");
  const notClosed = await read(store.alerts.notClosed(to));
  const named = [...acts, ...later].flatMap((act) => ("alertId" in act ? [act.alertId] : []));
  const records = acts.flatMap((act) => (act.kind === "incident" ? [act.recordId] : []));
  const [heads, incidentsOf, firstRaised] = await Promise.all([
    store.alerts.heads(named),
    store.incidents.keysOf(records),
    store.alerts.firstRaised(raised.map(({ incidentKey }) => incidentKey)),
  ]);
  return { from, to, raised, acts, later, heads, incidentsOf, notClosed, firstRaised };
}

async function actsWithin({ audit }: Store, range: { readonly from: number; readonly to?: number }): Promise<Act[]> {
  const acts: Act[] = [];
  const pause = pauses();
  for await (const records of audit.within(range)) {
    for (const record of records) {
      const act = actOf(record);
      if (act !== undefined) {
        acts.push(act);
      }
    }
    await pause();
  }
  return acts;
}

async function assigneesOf({ incidents }: Store, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const assignees = new Map<string, string>();
  for (let from = 0; from < keys.length; from += PAGE) {
    for (const [key, { assignee }] of await incidents.work(keys.slice(from, from + PAGE))) {
      if (assignee !== undefined) {
        assignees.set(key, assignee);
      }
    }
  }
  return assignees;
}

/** What rules say about ATT&CK, as the latest alert of each has it. */
async function techniquesOf(
  { alerts }: Store,
  raised: readonly AlertHead[],
  tacticsOf: (ruleId: string) => readonly string[],
): Promise<ReadonlyMap<string, RuleTechniques>> {
  const latest = [...new Map(raised.map((head) => [head.rule.id, head.id])).values()];
  const rules = new Map<string, RuleTechniques>();
  for (let from = 0; from < latest.length; from += PAGE) {
    const ids = latest.slice(from, from + PAGE);
    for (const { rule, techniques } of (await alerts.find({ ids, limit: ids.length })).items) {
      rules.set(rule.id, { techniques, tactics: tacticsOf(rule.id) });
    }
  }
  return rules;
}

async function withLeft(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  handed: readonly HandedOver[],
): Promise<readonly ShiftIncident[]> {
  const incidents: ShiftIncident[] = [];
  for (const one of handed) {
    const verdict = (await incidentQuestionsOf(store, playbooks, one.key))?.verdict;
    const left = verdict && { outcome: verdict.outcome, required: verdict.required, answered: verdict.answered };
    incidents.push({ ...one, left });
  }
  return incidents;
}
