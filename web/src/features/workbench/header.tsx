import { Button, Skeleton } from "@mantine/core";
import {
  IconArrowUpRight,
  IconChevronRight,
  IconLayoutSidebarRight,
  IconLogin2,
  IconRotateClockwise,
  IconStack2,
} from "@tabler/icons-react";
import { Fragment } from "react";
import { Link } from "react-router";
import type { AlertDetail, Severity } from "#contracts/alert";
import type { IncidentDetail } from "#contracts/incident";
import type { Verdict } from "#contracts/playbook";
import { useWatchers } from "../../api/live/live.ts";
import { userPath } from "../../ui/account.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { pivotPath } from "../../ui/field-value.tsx";
import { SeverityMark, StatusMark, VerdictMark } from "../../ui/marks.tsx";
import { OverriddenMark } from "../../ui/overridden-mark.tsx";
import { Quoted } from "../../ui/quoted.tsx";
import { Moment } from "../../ui/time.tsx";
import type { AlertActions } from "./actions/use-actions.ts";
import classes from "./header.module.css";
import type { Assignee } from "./incident/use-assignee.ts";
import type { IncidentState } from "./incident/use-incident.ts";
import { counted } from "./incident/walk.ts";
import { Watchers } from "./incident/watchers.tsx";
import { AssigneeField, TagsField } from "./incident/work-fields.tsx";
import { pathTo } from "./lineage/graph.ts";
import { accountName, processName, sessionSummary } from "./lineage/labels.ts";
import type { Lineage } from "./lineage/use-lineage.ts";
import { WaitingProposals } from "./playbook/proposals.tsx";

type Escalated = NonNullable<AlertDetail["escalation"]>;

/** The incident with the work on it; below it the alert, and its location: host ▸ logon session ▸ path of processes. */
export function Header({
  alert,
  lineage,
  verdict,
  incident,
  assignee,
  actions,
  select,
  details,
}: {
  readonly alert: AlertDetail;
  readonly lineage: Lineage;
  readonly verdict: Verdict | undefined;
  readonly incident: IncidentState;
  readonly assignee: Assignee;
  readonly actions: AlertActions;
  readonly select: (key: string) => void;
  /** Present when the details are shown in a drawer. */
  readonly details?: { readonly open: boolean; readonly toggle: () => void };
}) {
  const { detail, questions } = incident;
  const watchers = useWatchers(alert.buildingBlock ? undefined : incident.key);
  const outcome = questions?.verdict.outcome;
  const title = detail?.title ?? alert.rule.name;
  return (
    <header className={classes.header}>
      <div className={classes.line}>
        {incident.isLoading ? (
          // The name and status of the alert would be taken for those of the incident.
          <Skeleton className={classes.loading} role="status" aria-busy aria-label="Loading the incident" />
        ) : (
          <>
            <SeverityMark severity={highestSeverity(detail?.items ?? [alert])} />
            <h1 title={title}>
              <VisibleText text={title} />
            </h1>
            {detail === undefined ? (
              <StatusMark status={alert.status} reason={alert.closeReason} />
            ) : (
              <StatusMark status={detail.status} reason={detail.work.closed?.reason} />
            )}
          </>
        )}
        <Button
          size="compact-xs"
          variant={alert.removed === undefined ? "subtle" : "light"}
          color="gray"
          leftSection={<IconStack2 size={14} aria-hidden />}
          onClick={actions.openIncident}
          title={incidentTitle(incident)}
        >
          {alert.removed === undefined ? countsOf(alert, incident) : "Removed from incident"}
        </Button>
        {outcome !== undefined && <VerdictMark outcome={outcome} />}
        <span className={classes.space} />
        <Watchers watchers={watchers} />
        {detail !== undefined && (
          <>
            <TagsField incident={detail} denial={assignee.denial} />
            <AssigneeField assignee={assignee} />
          </>
        )}
        {details !== undefined && (
          <Button
            size="compact-xs"
            variant={details.open ? "light" : "subtle"}
            color="gray"
            aria-pressed={details.open}
            leftSection={<IconLayoutSidebarRight size={14} aria-hidden />}
            onClick={details.toggle}
            title="Show or hide the details (D)"
          >
            Details
          </Button>
        )}
      </div>
      <div className={classes.line}>
        <section className={classes.alert} aria-label="Alert">
          {!incident.isLoading && title !== alert.rule.name && (
            <strong title={alert.rule.name}>
              <VisibleText text={alert.rule.name} />
            </strong>
          )}
          {detail !== undefined && detail.status !== alert.status && (
            <StatusMark status={alert.status} reason={alert.closeReason} />
          )}
          {(alert.overridden ?? detail?.work.closed?.overridden) === true && <OverriddenMark />}
          {verdict !== undefined && verdict.outcome !== outcome && (
            <span className={classes.verdict} title={`${verdict.answered} of ${verdict.total} steps answered`}>
              <span className={classes.soft}>This alert:</span> <VerdictMark outcome={verdict.outcome} />
            </span>
          )}
          <WaitingProposals count={alert.openProposals} />
          <button
            type="button"
            className={classes.time}
            onClick={actions.openHistory}
            title="Show the history of this alert"
          >
            <Moment iso={alert.time} precision="second" />
          </button>
        </section>
        <Breadcrumb alert={alert} lineage={lineage} select={select} />
      </div>
      {detail?.work.reopened !== undefined && <Reopened reopened={detail.work.reopened} />}
      {alert.escalation !== undefined && <Escalation escalation={alert.escalation} />}
    </header>
  );
}

const severities = ["low", "medium", "high", "critical"] as const;

function highestSeverity(alerts: readonly { readonly severity: Severity }[]): Severity {
  return severities.findLast((severity) => alerts.some((alert) => alert.severity === severity)) ?? "low";
}

/** "33 alerts · 12 of 17 questions left". */
function countsOf(alert: AlertDetail, { detail, questions }: IncidentState): string {
  const alerts = counted(detail?.total ?? alert.related.sameIncident + 1, "alert");
  if (questions === undefined || questions.verdict.required === 0) {
    return alerts;
  }
  const { required, answered } = questions.verdict;
  return `${alerts} · ${answered < required ? `${required - answered} of ${required} questions left` : "all questions answered"}`;
}

/** Alerts by status, the merged lineages, and the key. */
function incidentTitle({ detail }: IncidentState): string {
  if (detail === undefined) {
    return "The alert in its incident (I)";
  }
  const statuses = Object.entries(detail.counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count.toLocaleString("en")} ${status}`);
  const merged = detail.merged.length > 0 ? "; merged by hand" : "";
  return `${statuses.join(", ")}${merged}: alerts, comments and history (I)`;
}

/** Which alert joined the incident after it was closed. */
function Reopened({ reopened }: { readonly reopened: NonNullable<IncidentDetail["work"]["reopened"]> }) {
  return (
    <section className={classes.reopened} aria-label="Reopened">
      <IconRotateClockwise size={15} aria-hidden />
      <p>
        Reopened:{" "}
        <Link to={`/alerts/${encodeURIComponent(reopened.alertId)}`}>
          <VisibleText text={reopened.text} />
        </Link>
        , <Moment iso={reopened.at} relative />
      </p>
    </section>
  );
}

/** What the analyst who escalated the alert tells the next one. */
function Escalation({ escalation: { actor, at, note } }: { readonly escalation: Escalated }) {
  return (
    <section className={classes.escalation} aria-label="Escalation">
      <IconArrowUpRight size={15} aria-hidden />
      <div>
        <p>
          Escalated by{" "}
          <strong>
            <VisibleText text={actor} />
          </strong>
          , <Moment iso={at} relative />
        </p>
        {note !== "" && <Quoted text={note} />}
      </div>
    </section>
  );
}

function Breadcrumb({
  alert,
  lineage,
  select,
}: {
  readonly alert: AlertDetail;
  readonly lineage: Lineage;
  readonly select: (key: string) => void;
}) {
  const { graph } = lineage;
  const key = alert.process.key;
  const loaded = graph === undefined || key === undefined ? [] : pathTo(graph, key);
  const path =
    loaded.length > 0 ? loaded.map((node) => ({ key: node.key, name: processName(node), pid: node.pid })) : alert.path;
  const sessionKey = key === undefined ? undefined : graph?.nodes.get(key)?.sessionKey;
  const session = sessionKey === undefined ? undefined : graph?.sessions.get(sessionKey);
  const origin = sessionKey === undefined ? undefined : graph?.originLinks.get(sessionKey);
  const source = origin?.from.processKey === undefined ? undefined : graph?.nodes.get(origin.from.processKey);
  return (
    <nav className={classes.crumbs} aria-label="Process path">
      {source !== undefined && (
        <>
          <Link to={pivotPath("host.name", source.host) ?? "/hosts"}>
            <VisibleText text={source.host} />
          </Link>
          <Separator />
          <button type="button" onClick={() => select(source.key)} title={origin?.why}>
            <VisibleText text={processName(source)} />
          </button>
          <IconLogin2 size={13} aria-label="logged on to" className={classes.mark} />
        </>
      )}
      <Link to={pivotPath("host.name", alert.host) ?? "/hosts"}>
        <VisibleText text={alert.host} />
      </Link>
      {session !== undefined ? (
        <>
          <Separator />
          <Link className={classes.session} to={`/sessions/${encodeURIComponent(session.key)}`}>
            session {session.logonId}
            {session.user === undefined ? "" : ` of ${accountName(session.user)}`}
            {sessionSummary(session) === "" ? "" : ` (${sessionSummary(session)})`}
          </Link>
        </>
      ) : (
        alert.user !== undefined && (
          <>
            <Separator />
            <Link to={userPath(alert.user, alert.host)}>
              <VisibleText text={accountName(alert.user)} />
            </Link>
          </>
        )
      )}
      {path.map((process) => (
        <Fragment key={process.key}>
          <Separator />
          <button
            type="button"
            onClick={() => select(process.key)}
            aria-current={process.key === key ? "true" : undefined}
            title={process.pid === undefined ? undefined : `PID ${process.pid}`}
          >
            <VisibleText text={process.name} />
          </button>
        </Fragment>
      ))}
    </nav>
  );
}

const Separator = () => <IconChevronRight size={12} aria-hidden className={classes.mark} />;
