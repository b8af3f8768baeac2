import type { AlertDetail, AlertStatus, AlertSummary } from "#contracts/alert";
import type { IncidentDetail, IncidentScope } from "#contracts/incident";
import type { Verdict } from "#contracts/playbook";
import type { IncidentState } from "../incident/use-incident.ts";
import { counted } from "../incident/walk.ts";

/** Statuses from which alerts come to a status. Reopening is about closed alerts. */
const sources = {
  acknowledged: ["open"],
  escalated: ["open", "acknowledged"],
  closed: ["open", "acknowledged", "escalated"],
  open: ["closed"],
} as const satisfies Record<AlertStatus, readonly AlertStatus[]>;

const canBecome = (to: AlertStatus, { status }: Pick<AlertSummary, "status">): boolean =>
  sources[to].some((source) => source === status);

/** What a change of status can be about, with the alerts that change. */
export interface ScopeOption {
  readonly kind: "incident" | "process" | "alert";
  readonly label: string;
  /** Alerts that change. */
  readonly count: number;
  /** Not all alerts of the incident are listed, so there may be more. */
  readonly atLeast: boolean;
  readonly scope: IncidentScope;
}

/** The scopes of a change, the widest first; for an alert without an incident only itself. */
export function scopesOf(
  alert: AlertDetail,
  incident: IncidentDetail | undefined,
  to: AlertStatus,
): readonly ScopeOption[] {
  const own: ScopeOption = {
    kind: "alert",
    label: "This alert",
    count: canBecome(to, alert) ? 1 : 0,
    atLeast: false,
    scope: { kind: "alerts", ids: [alert.id] },
  };
  if (incident === undefined) {
    return [own];
  }
  const whole: ScopeOption = {
    kind: "incident",
    label: "This incident",
    count: sources[to].reduce((sum, status) => sum + incident.counts[status], 0),
    atLeast: false,
    scope: incidentScope(incident, to),
  };
  const { key, name = "the process", pid } = alert.process;
  const process: ScopeOption | undefined =
    key === undefined
      ? undefined
      : {
          kind: "process",
          label: `This process: ${name}${pid === undefined ? "" : ` ${pid}`}`,
          count: incident.items.filter((other) => other.process.key === key && canBecome(to, other)).length,
          atLeast: incident.items.length < incident.total,
          scope: { kind: "process", key },
        };
  return incident.total <= 1 ? [own] : [whole, ...(process === undefined ? [] : [process]), own];
}

/** Reopening a part of an incident leaves alone what is escalated or acknowledged, as far as its alerts are listed. */
function incidentScope({ counts, items, total }: IncidentDetail, to: AlertStatus): IncidentScope {
  return to === "open" && counts.closed < total && items.length === total
    ? { kind: "alerts", ids: items.filter((alert) => canBecome(to, alert)).map(({ id }) => id) }
    : { kind: "incident" };
}

export const scopeWords = ({ count, atLeast }: Pick<ScopeOption, "count" | "atLeast">): string =>
  `${atLeast ? "at least " : ""}${counted(count, "alert")}`;

/** The verdict of the alerts in a scope; undefined where it is only known once they are closed. */
export function verdictIn(
  kind: ScopeOption["kind"],
  { questions, detail }: IncidentState,
  alert: AlertDetail,
  own: Verdict | undefined,
): { readonly outcome: Verdict["outcome"]; readonly text: string } | undefined {
  const isAlone =
    kind === "alert" ||
    (kind === "process" &&
      detail?.items.length === detail?.total &&
      detail?.items.every(({ id, process }) => id === alert.id || process.key !== alert.process.key));
  if (kind === "incident") {
    return questions?.verdict;
  }
  return isAlone && own !== undefined ? { outcome: own.outcome, text: own.rule.text } : undefined;
}
