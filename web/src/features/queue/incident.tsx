import { Checkbox, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconMessage, IconUser } from "@tabler/icons-react";
import { memo } from "react";
import { Link } from "react-router";
import type { AlertSummary } from "#contracts/alert";
import type { Incident, IncidentRank } from "#contracts/queue";
import { CommandLine, VisibleText } from "../../ui/command-line.tsx";
import { SeverityMark, StatusMark, VerdictMark } from "../../ui/marks.tsx";
import { OverriddenMark } from "../../ui/overridden-mark.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import { Moment } from "../../ui/time.tsx";
import type { QueueColumns } from "./columns.ts";
import classes from "./queue.module.css";

/** Status of an incident; of another group that of its least advanced alert, so that none hides an open one. */
export function incidentStatus(item: Incident): AlertSummary["status"] {
  if (item.status !== undefined) {
    return item.status;
  }
  const order = ["open", "acknowledged", "escalated", "closed"] as const;
  return order.find((status) => item.alerts.some((alert) => alert.status === status)) ?? "open";
}

/** The reason for closing, if all alerts of the incident share one. */
function sharedReason(item: Incident): string | undefined {
  const [first] = item.alerts;
  return item.alerts.every(({ closeReason }) => closeReason === first?.closeReason) ? first?.closeReason : undefined;
}

const severities = ["low", "medium", "high", "critical"] as const;

/** The alert that represents its incident: the most severe, and the newest of those. */
export function leadOf(item: Incident): AlertSummary | undefined {
  return item.alerts.reduce<AlertSummary | undefined>(
    (lead, alert) =>
      lead === undefined || severities.indexOf(alert.severity) > severities.indexOf(lead.severity) ? alert : lead,
    undefined,
  );
}

/** From the lineage root down to the process; long paths keep both ends. */
function Path({ alert }: { readonly alert: AlertSummary }) {
  const names = alert.path.map((step) => step.name);
  const shown = names.length > 5 ? [...names.slice(0, 2), "…", ...names.slice(-2)] : names;
  return (
    <span className={classes.path}>
      <VisibleText text={shown.length === 0 ? (alert.process.name ?? "no process") : shown.join(" › ")} />
    </span>
  );
}

/** What an incident is about: the root of its lineage, and the worst that happened under it. */
function Headline({ item, lead }: { readonly item: Incident; readonly lead: AlertSummary }) {
  const root = lead.path.find(({ key }) => key === lead.rootKey) ?? lead.path[0];
  const isNamed = item.rank !== undefined && root !== undefined && root.key !== lead.process.key;
  return (
    <Link to={`/alerts/${encodeURIComponent(lead.id)}`} className={classes.title} title={item.title}>
      {isNamed && (
        <span className={classes.root}>
          <VisibleText text={root.name} /> ›{" "}
        </span>
      )}
      {item.alertCount === 1 || item.title === lead.rule.name ? (
        <RuleName rule={lead.rule} />
      ) : (
        <VisibleText text={item.title} />
      )}
    </Link>
  );
}

const times = (count: number, noun: string) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Why an incident is where it is in the queue. */
function Rank({ rank }: { readonly rank: IncidentRank }) {
  const rarity =
    rank.rarity >= 1
      ? "in no other incident here"
      : `rarity ${rank.rarity.toLocaleString("en")}, as other incidents have the same alerts`;
  return (
    <Tooltip
      multiline
      w={280}
      label={`Risk ${rank.score.toLocaleString("en")} = ${times(rank.rules, "rule")} × severity ${rank.severity} × ${times(rank.hosts, "host")}${rank.hosts > 1 ? ", crossing between them" : ""} × ${times(rank.alerts, "alert")} × ${rarity}`}
    >
      <span className={classes.rank}>
        <span className={classes.hidden}>Risk </span>
        {Math.round(rank.score).toLocaleString("en")}
      </span>
    </Tooltip>
  );
}

/** The other incidents of the same shape, which the row stands for. */
function Folded({ item: { folded }, unfold }: Pick<IncidentRowProps, "item" | "unfold">) {
  return folded === undefined ? null : (
    <button
      type="button"
      className={classes.more}
      onClick={() => unfold(folded.shape)}
      title="The same rules on the same command lines: show each incident"
    >
      {`${times(folded.incidents, "incident")} on ${times(folded.hosts, "host")}`}
    </button>
  );
}

/** Who works on an incident, its tags and comments. */
function Work({ item, columns }: { readonly item: Incident; readonly columns: QueueColumns }) {
  const verdict = columns.has("verdict") ? item.verdict : undefined;
  const hasTags = columns.has("tags");
  return (
    <>
      {verdict !== undefined && <VerdictMark outcome={verdict.outcome} />}
      {verdict !== undefined && verdict.answered < verdict.required && (
        <span className={classes.faint} title="Required questions that are answered">
          {`${verdict.answered}/${verdict.required}`}
        </span>
      )}
      {(hasTags ? (item.tags ?? []) : []).map((tag) => (
        <span key={tag} className={classes.tag}>
          <VisibleText text={tag} />
        </span>
      ))}
      {hasTags && (item.comments ?? 0) > 0 && (
        <span className={classes.faint} title={times(item.comments ?? 0, "comment")}>
          <IconMessage size={13} aria-hidden /> {item.comments}
        </span>
      )}
      {columns.has("assignee") && item.assignee !== undefined && (
        <span className={classes.assignee} title={`Assigned to ${item.assignee}`}>
          <IconUser size={13} aria-hidden /> <VisibleText text={item.assignee} />
        </span>
      )}
    </>
  );
}

const number = (value: number) => value.toLocaleString("en");

const userLabel = (alert: AlertSummary) =>
  alert.user === undefined
    ? undefined
    : alert.user.domain === undefined
      ? alert.user.name
      : `${alert.user.domain}\\${alert.user.name}`;

function listed(values: readonly string[]): string {
  return values.length <= 2
    ? values.join(", ")
    : `${values.slice(0, 2).join(", ")} and ${number(values.length - 2)} more`;
}

export interface IncidentRowProps {
  readonly item: Incident;
  readonly current: boolean;
  readonly selected: boolean;
  readonly expanded: boolean;
  /** Index in the list, passed to `focus`. */
  readonly place: number;
  /** Absent for those who may not triage. */
  readonly select: ((key: string) => void) | undefined;
  readonly expand: (key: string) => void;
  /** Shows the incidents of one shape in rows of their own. */
  readonly unfold: (shape: string) => void;
  /** One line per row. */
  readonly compact: boolean;
  readonly columns: QueueColumns;
  readonly focus: (place: number) => void;
}

/** Memoised: scrolling renders only the rows that come into view. */
export const IncidentRow = memo(function IncidentRow(props: IncidentRowProps) {
  const { item, current, selected, expanded, place, select, expand, unfold, compact, columns, focus } = props;
  const lead = leadOf(item);
  if (lead === undefined) {
    return null;
  }
  const many = item.alertCount > 1;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: like `j` and `k`, a click only moves the current row.
    <article
      className={classes.item}
      data-current={current || undefined}
      aria-current={current || undefined}
      data-selected={selected || undefined}
      data-compact={compact || undefined}
      onClick={() => focus(place)}
      onFocus={() => focus(place)}
      aria-label={item.title}
    >
      <div className={classes.lead}>
        {select !== undefined && (
          <Checkbox
            size="xs"
            checked={selected}
            onChange={() => select(item.key)}
            aria-label={`Select ${item.title} on ${listed(item.hosts)}`}
          />
        )}
        {columns.has("risk") && item.rank !== undefined && <Rank rank={item.rank} />}
        {columns.has("severity") && <SeverityMark severity={item.severity} word={!compact} />}
      </div>
      <div className={classes.headline}>
        <Headline item={item} lead={lead} />
        {compact && columns.has("where") && (
          <span className={classes.faint}>
            <VisibleText text={[listed(item.hosts), listed(item.users)].filter((text) => text !== "").join(" · ")} />
          </span>
        )}
        {compact && columns.has("command") && !expanded && lead.process.commandLine !== undefined && (
          <span className={classes.beside}>
            <CommandLine text={lead.process.commandLine} short={160} />
          </span>
        )}
      </div>
      <div className={classes.facts}>
        {compact && <Folded item={item} unfold={unfold} />}
        {!compact && columns.has("similar") && item.similar !== undefined && item.similar.total > 1 && (
          <span
            className={classes.similar}
            title="Alerts of the same rule and command-line template, and how many were closed as benign"
          >
            {`${number(item.similar.total)} similar, ${item.similar.benign === 0 ? "none" : number(item.similar.benign)} closed as benign`}
          </span>
        )}
        {!columns.has("alerts") ? null : many ? (
          <button type="button" className={classes.more} aria-expanded={expanded} onClick={() => expand(item.key)}>
            {expanded ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
            {`${number(item.alertCount)} alerts${item.ruleCount > 1 ? ` · ${number(item.ruleCount)} rules` : ""}`}
          </button>
        ) : (
          <span className={classes.faint}>1 alert</span>
        )}
        <Work item={item} columns={columns} />
        {columns.has("status") && <StatusMark status={incidentStatus(item)} reason={sharedReason(item)} />}
        {item.overridden === true && <OverriddenMark />}
        {columns.has("age") && (
          <span className={classes.age}>
            <Moment iso={item.latest} relative />
          </span>
        )}
      </div>
      <div className={classes.evidence} hidden={compact && !expanded}>
        <p className={classes.where}>
          {columns.has("where") && (
            <span>
              <VisibleText text={[listed(item.hosts), listed(item.users)].filter((text) => text !== "").join(" · ")} />
            </span>
          )}
          {columns.has("path") && <Path alert={lead} />}
          {!compact && <Folded item={item} unfold={unfold} />}
        </p>
        {item.reopened !== undefined && (
          <p className={classes.reopened}>
            <VisibleText text={`Reopened: ${item.reopened}`} />
          </p>
        )}
        {columns.has("command") && lead.process.commandLine !== undefined && (
          <CommandLine text={lead.process.commandLine} short={400} />
        )}
        {expanded && <Alerts item={item} />}
      </div>
    </article>
  );
});

/** The alerts of the incident that the queue response contains, each with a link. */
function Alerts({ item }: { readonly item: Incident }) {
  return (
    <ul className={classes.alerts}>
      {item.alerts.map((alert) => (
        <li key={alert.id}>
          <SeverityMark severity={alert.severity} word={false} />
          <Link
            to={`/alerts/${encodeURIComponent(alert.id)}`}
            title={`${alert.host} · ${userLabel(alert) ?? "user unknown"}`}
          >
            <RuleName rule={alert.rule} />
          </Link>
          {alert.process.commandLine !== undefined && <CommandLine text={alert.process.commandLine} short={200} />}
          <StatusMark status={alert.status} reason={alert.closeReason} />
          {alert.overridden === true && <OverriddenMark />}
          <Moment iso={alert.time} precision="second" />
        </li>
      ))}
      {item.alertCount > item.alerts.length && (
        <li className={classes.faint}>{`Newest ${number(item.alerts.length)} of ${number(item.alertCount)}`}</li>
      )}
    </ul>
  );
}
