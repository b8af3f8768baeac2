import type { AlertStatus } from "#contracts/alert";
import type { AlertHead } from "../../store/alerts/port.ts";
import type { Act, StatusAct } from "./acts.ts";

/** What a report is made of. Lists are in any order. Times are in epoch milliseconds. */
export interface ReportFacts {
  readonly from: number;
  readonly to: number;
  /** Alerts raised in the range. */
  readonly raised: readonly AlertHead[];
  /** What happened in the range. */
  readonly acts: readonly Act[];
  /** Changes of status after the range. */
  readonly later: readonly StatusAct[];
  /** The alerts that acts name, by the ids in them. */
  readonly heads: ReadonlyMap<string, AlertHead>;
  /** The incidents that acts name, by the ids of their records. */
  readonly incidentsOf: ReadonlyMap<string, string>;
  /** Alerts raised before the end of the range that are not closed now. */
  readonly notClosed: readonly AlertHead[];
  /** When the first alert of each incident in `raised` was raised. */
  readonly firstRaised: ReadonlyMap<string, number>;
}

export interface OpenAlert {
  readonly head: AlertHead;
  /** At the end of the range. */
  readonly status: AlertStatus;
}

/** An alert with its changes of status in the range, in order. */
export interface ChangedAlert {
  readonly head: AlertHead;
  readonly first: StatusAct;
  readonly last: StatusAct;
  readonly wasEscalated: boolean;
}

/** What follows from the facts, in orders that do not depend on theirs. */
export interface ReportState {
  readonly raised: readonly AlertHead[];
  readonly acts: readonly Act[];
  readonly changed: readonly ChangedAlert[];
  /** By alert. */
  readonly open: ReadonlyMap<string, OpenAlert>;
  /** By incident. */
  readonly openIncidents: ReadonlyMap<string, readonly OpenAlert[]>;
}

export function stateOf(facts: ReportFacts): ReportState {
  const acts = facts.acts.toSorted(bySequence);
  const open = openAtEnd(facts);
  return {
    raised: facts.raised.toSorted(inTime),
    acts,
    changed: changedAlerts(acts, facts.heads),
    open,
    openIncidents: Map.groupBy(open.values(), ({ head }) => head.incidentKey),
  };
}

const bySequence = (a: Act, b: Act) => a.sequence - b.sequence;

const inTime = (a: AlertHead, b: AlertHead) => a.detectedAt - b.detectedAt || (a.id < b.id ? -1 : 1);

/** As alerts are now, apart from those whose status changed after the range: they had what they were changed from. */
function openAtEnd({ to, later, heads, notClosed }: ReportFacts): ReadonlyMap<string, OpenAlert> {
  const changed = new Map<string, OpenAlert>();
  for (const { alertId, from } of later.toSorted(bySequence)) {
    const head = heads.get(alertId);
    if (head !== undefined && head.detectedAt < to && !changed.has(head.id)) {
      changed.set(head.id, { head, status: from });
    }
  }
  const unchanged = notClosed.filter(({ id }) => !changed.has(id)).map((head) => ({ head, status: head.status }));
  const all = [...unchanged, ...changed.values()].filter(({ status }) => status !== "closed");
  return new Map(all.toSorted((a, b) => inTime(a.head, b.head)).map((one) => [one.head.id, one]));
}

function changedAlerts(acts: readonly Act[], heads: ReadonlyMap<string, AlertHead>): readonly ChangedAlert[] {
  const changed = new Map<string, ChangedAlert>();
  for (const act of acts) {
    const head = act.kind === "status" ? heads.get(act.alertId) : undefined;
    if (act.kind === "status" && head !== undefined) {
      const known = changed.get(head.id);
      changed.set(head.id, {
        head,
        first: known?.first ?? act,
        last: act,
        wasEscalated: known?.wasEscalated === true || act.to === "escalated",
      });
    }
  }
  return [...changed.values()];
}
