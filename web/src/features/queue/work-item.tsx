import { Checkbox } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Link } from "react-router";
import type { AlertSummary, WorkItem } from "#contracts/alert";
import { CommandLine } from "../../ui/command-line.tsx";
import { SeverityMark, StatusMark } from "../../ui/marks.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./queue.module.css";

/** Status of a work item: that of its least advanced alert, so that nothing open hides behind something closed. */
export function itemStatus(item: WorkItem): AlertSummary["status"] {
  const order = ["open", "acknowledged", "escalated", "closed"] as const;
  return order.find((status) => item.alerts.some((alert) => alert.status === status)) ?? "open";
}

const severities = ["low", "medium", "high", "critical"] as const;

/** The alert that stands for its work item: the most severe, the newest of those. */
export function leadOf(item: WorkItem): AlertSummary | undefined {
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
      {shown.length === 0 ? (alert.process.name ?? "no process") : shown.join(" › ")}
    </span>
  );
}

const person = (alert: AlertSummary) =>
  alert.user === undefined
    ? undefined
    : alert.user.domain === undefined
      ? alert.user.name
      : `${alert.user.domain}\\${alert.user.name}`;

function listed(values: readonly string[]): string {
  return values.length <= 2 ? values.join(", ") : `${values.slice(0, 2).join(", ")} + ${values.length - 2}`;
}

export interface WorkItemRowProps {
  readonly item: WorkItem;
  readonly current: boolean;
  readonly selected: boolean;
  readonly expanded: boolean;
  readonly select: () => void;
  readonly expand: () => void;
  readonly focus: () => void;
}

export function WorkItemRow({ item, current, selected, expanded, select, expand, focus }: WorkItemRowProps) {
  const lead = leadOf(item);
  if (lead === undefined) {
    return null;
  }
  const many = item.alertCount > 1;
  return (
    <article
      className={classes.item}
      data-current={current || undefined}
      data-selected={selected || undefined}
      onMouseEnter={focus}
      aria-label={item.title}
    >
      <div className={classes.lead}>
        <Checkbox
          size="xs"
          checked={selected}
          onChange={select}
          aria-label={`Select ${item.title} on ${listed(item.hosts)}`}
        />
        <SeverityMark severity={item.severity} />
      </div>
      <div className={classes.body}>
        <div className={classes.headline}>
          <Link to={`/alerts/${encodeURIComponent(lead.id)}`} className={classes.title}>
            {item.title}
          </Link>
          <span className={classes.where}>
            {listed(item.hosts)}
            {item.users.length > 0 && ` · ${listed(item.users)}`}
          </span>
        </div>
        <div className={classes.evidence}>
          <Path alert={lead} />
          {lead.process.commandLine !== undefined && <CommandLine text={lead.process.commandLine} short={260} />}
        </div>
        {expanded && (
          <ul className={classes.alerts}>
            {item.alerts.map((alert) => (
              <li key={alert.id}>
                <SeverityMark severity={alert.severity} word={false} />
                <Link
                  to={`/alerts/${encodeURIComponent(alert.id)}`}
                >{`${alert.rule.name} v${alert.rule.version}`}</Link>
                <span className={classes.faint}>{`${alert.host} · ${person(alert) ?? "user unknown"}`}</span>
                {alert.process.commandLine !== undefined && <CommandLine text={alert.process.commandLine} short={90} />}
                <StatusMark status={alert.status} reason={alert.closeReason} />
                <Moment iso={alert.time} precision="second" />
              </li>
            ))}
            {item.alertCount > item.alerts.length && (
              <li className={classes.faint}>{`the newest ${item.alerts.length} of ${item.alertCount}`}</li>
            )}
          </ul>
        )}
      </div>
      <div className={classes.facts}>
        {many ? (
          <button type="button" className={classes.more} aria-expanded={expanded} onClick={expand}>
            {expanded ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
            {`${item.alertCount} alerts${item.ruleCount > 1 ? ` · ${item.ruleCount} rules` : ""}`}
          </button>
        ) : (
          <span className={classes.faint}>1 alert</span>
        )}
        {item.sameShape !== undefined && item.sameShape.total > 1 && (
          <span
            className={classes.faint}
            title="Alerts of the same rule and command shape, and how many of them were closed as benign"
          >
            {`same shape ${item.sameShape.total}, ${item.sameShape.benign} benign`}
          </span>
        )}
      </div>
      <div className={classes.state}>
        <StatusMark status={itemStatus(item)} />
        <Moment iso={item.latest} relative />
      </div>
    </article>
  );
}
