import type { Batch } from "#contracts/batch";
import type { RequestProblemCode } from "#contracts/problem-codes";
import type {
  BatchLeft,
  BatchPart,
  BatchRecord,
  ChangedIncident,
  LeftIncident,
  OpenIncident,
} from "../../store/batches/port.ts";

/** Why a batch left something as it was. */
export type LeftCode = Extract<
  RequestProblemCode | "batch.changed-since" | "exception.not-hidden",
  | "workflow.same-status"
  | "workflow.invalid-transition"
  | "workflow.verdict-not-benign"
  | "workflow.verdict-not-malicious"
  | "workflow.second-analyst"
  | "workflow.duplicate-invalid"
  | "incident.nothing-in-scope"
  | "alert.not-found"
  | "request.conflict"
  | "batch.changed-since"
  | "exception.not-hidden"
>;

const leftTexts: Readonly<Record<LeftCode, string>> = {
  "workflow.same-status": "It was like that already.",
  "workflow.invalid-transition": "Its status does not allow this change.",
  "workflow.verdict-not-benign":
    "The verdict of its incident is not benign: questions are open, or answers speak against it.",
  "workflow.verdict-not-malicious": "The answers about its incident do not confirm a true positive.",
  "workflow.second-analyst": "Its playbook asks for a second analyst: not the one who answered.",
  "workflow.duplicate-invalid": "It is the alert that the others repeat, or one that this alert repeats.",
  "incident.nothing-in-scope": "It had been moved to another incident.",
  "alert.not-found": "It was gone, or is damaged in the store.",
  "request.conflict": "Somebody had changed it meanwhile.",
  "batch.changed-since": "Somebody has changed it since.",
  "exception.not-hidden": "It has events by now that the exception does not match.",
};

/** What happened to an incident in one part of a batch. */
export interface IncidentOutcome {
  readonly changed: ChangedIncident;
  /** The alerts that were left, by reason. */
  readonly left: ReadonlyMap<LeftCode, readonly string[]>;
  /** Whether it was to be changed as a whole, and none of its alerts: `left` then has one of them at most. */
  readonly whole?: boolean;
  /** The status of the incident before; absent if it is not known or of no interest. */
  readonly before?: OpenIncident["before"];
}

type Counts = Batch["changed"];

/** A batch after a part of it was done: how far it is, and what it changed and left. */
export function advanced(
  batch: BatchRecord,
  { incidents, number }: Pick<BatchPart, "incidents" | "number">,
  outcomes: readonly IncidentOutcome[],
): BatchRecord {
  let { open } = batch;
  const done = { ...batch.done };
  const changed = { ...batch.changed };
  const left = new Map<string, Counts>(batch.left.map(({ code, ...counts }) => [code, counts]));
  incidents.forEach(({ key, alerts, continues }, index) => {
    const outcome = outcomes[index];
    const earlier = open?.key === key ? open : undefined;
    open = undefined;
    const changedHere = outcome?.changed.alerts.length ?? 0;
    const changedAlerts = (earlier?.changed ?? 0) + changedHere;
    const codes = new Set([...(earlier?.left ?? []), ...(outcome?.left.keys() ?? [])]);
    done.alerts += alerts.length;
    changed.alerts += changedHere;
    for (const [code, ids] of outcome?.left ?? []) {
      add(left, code, { incidents: 0, alerts: outcome?.whole === true ? 0 : ids.length });
    }
    if (continues === true) {
      const before = earlier?.before ?? outcome?.before ?? "open";
      open = { key, before, changed: changedAlerts, left: [...codes] };
      return;
    }
    done.incidents += 1;
    changed.incidents += changedAlerts > 0 || outcome?.changed.work !== undefined ? 1 : 0;
    for (const code of codes) {
      add(left, code, { incidents: 1, alerts: 0 });
    }
  });
  return {
    ...batch,
    ...{ done, changed, open, next: number + 1 },
    left: leftCounts(left),
  };
}

/**
 * A batch that ends for good in the middle of an incident: what has happened to it counts, although the rest of its
 * alerts was not dealt with.
 */
export function withOpenCounted(batch: BatchRecord): BatchRecord {
  const { open, changed } = batch;
  const left = new Map<string, Counts>(batch.left.map(({ code, ...counts }) => [code, counts]));
  for (const code of open?.left ?? []) {
    add(left, code, { incidents: 1, alerts: 0 });
  }
  const half = (open?.changed ?? 0) > 0 ? 1 : 0;
  return { ...batch, changed: { ...changed, incidents: changed.incidents + half }, left: leftCounts(left) };
}

/** What is kept of what a part of a batch left: nothing if that is nothing. */
export function leftOf(batch: string, number: number, outcomes: readonly IncidentOutcome[]): readonly BatchLeft[] {
  const byCode = new Map<LeftCode, LeftIncident[]>();
  for (const { changed, left } of outcomes) {
    for (const [code, alerts] of left) {
      byCode.getOrInsertComputed(code, () => []).push({ key: changed.key, alerts });
    }
  }
  return [...byCode].map(([code, incidents]) => ({ batch, number, code, incidents }));
}

function leftCounts(left: ReadonlyMap<string, Counts>): Batch["left"] {
  return [...left].map(([code, counts]) => ({ code, text: textOf(code), ...counts }));
}

function add(left: Map<string, Counts>, code: string, { incidents, alerts }: Counts): void {
  const known = left.get(code) ?? { incidents: 0, alerts: 0 };
  left.set(code, { incidents: known.incidents + incidents, alerts: known.alerts + alerts });
}

/** The reason of a code in words. */
export function textOf(code: string): string {
  return code in leftTexts ? leftTexts[code as LeftCode] : code;
}
