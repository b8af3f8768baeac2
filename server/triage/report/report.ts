import { alertStatus, closeReason, severity } from "#contracts/alert";
import { type ExceptionRecord, scopeWords } from "#contracts/exception";
import { verdictOutcome } from "#contracts/playbook";
import type { ShiftIncident, ShiftPerson, ShiftReport, ShiftRule } from "#contracts/shift-report";
import { incidentStatus } from "../../alert/incident-status.ts";
import type { AlertHead } from "../../store/alerts/port.ts";
import type { Act } from "./acts.ts";
import { matrixOf, type RuleTechniques } from "./matrix.ts";
import type { ChangedAlert, OpenAlert, ReportFacts, ReportState } from "./state.ts";
import { triageTimes } from "./triage-times.ts";

/** Rules that a report lists. */
const MOST_RULES = 500;

interface ReportParts {
  readonly rules: ReadonlyMap<string, RuleTechniques>;
  readonly handedOver: { readonly items: readonly ShiftIncident[]; readonly total: number };
  /** All of them; those of the range are listed. */
  readonly exceptions: readonly ExceptionRecord[];
  /** Whether to count what each person did. */
  readonly people: boolean;
  /** Epoch milliseconds. */
  readonly madeAt: number;
}

/** The report of a time range: a pure function of what happened, in whatever order that was read. */
export function reportOf(facts: ReportFacts, state: ReportState, parts: ReportParts): ShiftReport {
  const { from, to, firstRaised } = facts;
  const { raised, changed, open, openIncidents } = state;
  const openedIncidents = new Set(raised.map(({ incidentKey }) => incidentKey));
  const closed = changed.filter(({ head, last }) => last.to === "closed" && !open.has(head.id));
  const rules = rulesOf(raised, closed);
  return {
    range: { from: iso(from), to: iso(to) },
    madeAt: iso(parts.madeAt),
    opened: {
      alerts: raised.length,
      incidents: openedIncidents.size,
      newIncidents: [...openedIncidents].filter((key) => (firstRaised.get(key) ?? 0) >= from).length,
    },
    closed: closedOf(closed, openIncidents),
    escalated: countOf(changed.filter(({ wasEscalated }) => wasEscalated)),
    reopened: countOf(changed.filter(({ head, first }) => first.from === "closed" && open.has(head.id))),
    triage: triageTimes(facts, state),
    open: { alerts: open.size, incidents: openIncidents.size, byStatus: byStatus(open, openIncidents) },
    rules: {
      items: rules.slice(0, MOST_RULES),
      total: rules.length,
      ...(rules.length > MOST_RULES ? { truncationReason: "rules with fewer alerts are left out" } : {}),
    },
    matrix: matrixOf(raised, parts.rules),
    handedOver: {
      items: [...parts.handedOver.items],
      total: parts.handedOver.total,
      ...(parts.handedOver.total > parts.handedOver.items.length
        ? { truncationReason: "the queue lists all: filter by status or assignee" }
        : {}),
    },
    exceptions: exceptionsOf(parts.exceptions, from, to),
    ...(parts.people ? { people: peopleOf(state.acts) } : {}),
  };
}

const iso = (time: number) => new Date(time).toISOString();

function countOf(all: readonly { readonly head: AlertHead }[]) {
  return { alerts: all.length, incidents: new Set(all.map(({ head }) => head.incidentKey)).size };
}

/** An incident counts under what its last alert was closed as. */
function closedOf(closed: readonly ChangedAlert[], openIncidents: ReadonlyMap<string, unknown>): ShiftReport["closed"] {
  const inOrder = closed.toSorted((a, b) => a.last.sequence - b.last.sequence);
  const lastOf = new Map(inOrder.map((one) => [one.head.incidentKey, one]));
  const incidents = [...lastOf.values()].filter(({ head }) => !openIncidents.has(head.incidentKey));
  const by = <T>(values: readonly T[], of: (one: ChangedAlert) => T) =>
    values.flatMap((value) => {
      const alerts = closed.filter((one) => of(one) === value).length;
      return alerts === 0 ? [] : [{ value, alerts, incidents: incidents.filter((one) => of(one) === value).length }];
    });
  return {
    alerts: closed.length,
    incidents: incidents.length,
    byReason: by([...closeReason.options, undefined], ({ last }) => last.reason).map(({ value, ...counts }) => ({
      reason: value,
      ...counts,
    })),
    byVerdict: by([...verdictOutcome.options, undefined], ({ last }) => last.verdict).map(({ value, ...counts }) => ({
      verdict: value,
      ...counts,
    })),
    againstVerdict: closed.filter(({ last }) => last.againstVerdict).length,
  };
}

function byStatus(
  open: ReadonlyMap<string, OpenAlert>,
  openIncidents: ReadonlyMap<string, readonly OpenAlert[]>,
): ShiftReport["open"]["byStatus"] {
  const alerts = [...open.values()].map(({ status }) => status);
  const incidents = [...openIncidents.values()].map((own) => incidentStatus(own.map(({ status }) => status)));
  return (["escalated", "acknowledged", "open"] as const).map((status) => ({
    status,
    alerts: alerts.filter((one) => one === status).length,
    incidents: incidents.filter((one) => one === status).length,
  }));
}

function rulesOf(raised: readonly AlertHead[], closed: readonly ChangedAlert[]): readonly ShiftRule[] {
  const closings = Map.groupBy(closed, ({ head }) => head.rule.id);
  const raisings = Map.groupBy(raised, ({ rule }) => rule.id);
  const rank = (head: AlertHead) => severity.options.indexOf(head.severity);
  return [...new Set([...raisings.keys(), ...closings.keys()])]
    .flatMap((id) => {
      const own = raisings.get(id) ?? [];
      const ended = closings.get(id) ?? [];
      // Names and severities of rules change: those of the latest alert.
      const [lead] = [...own, ...ended.map(({ head }) => head)].toSorted(
        (a, b) => b.detectedAt - a.detectedAt || rank(b) - rank(a) || (a.id < b.id ? -1 : 1),
      );
      return lead === undefined
        ? []
        : [
            {
              id,
              name: lead.rule.name,
              severity: lead.severity,
              raised: own.length,
              incidents: new Set(own.map(({ incidentKey }) => incidentKey)).size,
              closed: {
                total: ended.filter(({ last }) => last.reason !== undefined).length,
                falsePositive: ended.filter(({ last }) => last.reason === "false-positive").length,
              },
            },
          ];
    })
    .toSorted((a, b) => b.raised - a.raised || b.closed.total - a.closed.total || (a.id < b.id ? -1 : 1));
}

function exceptionsOf(all: readonly ExceptionRecord[], from: number, to: number): ShiftReport["exceptions"] {
  return all
    .filter(({ createdAt }) => Date.parse(createdAt) >= from && Date.parse(createdAt) < to)
    .toSorted((a, b) => (a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1))
    .map(({ id, name, mode, createdAt, createdBy, hits, disabledAt, ...scope }) => ({
      ...{ id, name, mode, at: createdAt, actor: createdBy, rules: scopeWords(scope), hits },
      disabled: disabledAt !== undefined,
    }));
}

function peopleOf(acts: readonly Act[]): ShiftPerson[] {
  const own = Map.groupBy(
    acts.filter(({ person }) => person !== undefined),
    ({ person }) => person ?? "",
  );
  return [...own]
    .map(([name, all]) => {
      const count = (matches: (act: Act) => boolean) => all.filter(matches).length;
      const became = (...statuses: readonly string[]) =>
        count((act) => act.kind === "status" && statuses.includes(act.to));
      return {
        name,
        answers: count(({ kind }) => kind === "answer"),
        closed: became("closed"),
        escalated: became("escalated"),
        otherStatus: became(...alertStatus.options.filter((one) => one !== "closed" && one !== "escalated")),
        incidentChanges: count(({ kind }) => kind === "incident"),
        exceptions: count(({ kind }) => kind === "exception"),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
