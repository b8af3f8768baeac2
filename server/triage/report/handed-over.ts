import { severity } from "#contracts/alert";
import type { ShiftIncident } from "#contracts/shift-report";
import { incidentStatus } from "../../alert/incident-status.ts";
import type { OpenAlert, ReportState } from "./state.ts";

export type HandedOver = Omit<ShiftIncident, "left">;

const rank = ({ severity: one }: Pick<ShiftIncident, "severity">) => severity.options.indexOf(one);

/** Incidents that the next shift takes over: escalated or assigned, and not closed. Escalated ones first. */
export function handedOverOf(
  { openIncidents }: Pick<ReportState, "openIncidents">,
  /** By incident. */
  assignees: ReadonlyMap<string, string>,
): readonly HandedOver[] {
  return [...openIncidents]
    .flatMap(([key, own]) => {
      const handed = incidentOf(key, own, assignees.get(key));
      return handed === undefined || (handed.status !== "escalated" && handed.assignee === undefined) ? [] : [handed];
    })
    .toSorted(
      (a, b) =>
        Number(b.status === "escalated") - Number(a.status === "escalated") ||
        rank(b) - rank(a) ||
        (a.since === b.since ? (a.key < b.key ? -1 : 1) : a.since < b.since ? -1 : 1),
    );
}

/** Named as lists name it: after the rule of its most severe alert, the latest of several. */
function incidentOf(key: string, open: readonly OpenAlert[], assignee: string | undefined): HandedOver | undefined {
  const heads = open.map(({ head }) => head).toSorted((a, b) => a.detectedAt - b.detectedAt || (a.id < b.id ? -1 : 1));
  const [first] = heads;
  const lead = heads.toSorted((a, b) => rank(b) - rank(a) || b.detectedAt - a.detectedAt || (a.id < b.id ? -1 : 1))[0];
  return first === undefined || lead === undefined
    ? undefined
    : {
        key,
        title: lead.rule.name,
        severity: lead.severity,
        status: incidentStatus(open.map(({ status }) => status)),
        assignee,
        alerts: open.length,
        since: new Date(first.detectedAt).toISOString(),
      };
}
