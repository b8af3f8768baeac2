import { Button } from "@mantine/core";
import {
  IconArrowUpRight,
  IconChevronRight,
  IconHistory,
  IconLayoutSidebarRight,
  IconLogin2,
  IconStack2,
} from "@tabler/icons-react";
import { Fragment } from "react";
import { Link } from "react-router";
import type { AlertDetail } from "#contracts/alert";
import type { Verdict } from "#contracts/playbook";
import { userPath } from "../../ui/account.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { pivotPath } from "../../ui/field-value.tsx";
import { SeverityMark, StatusMark, VerdictMark } from "../../ui/marks.tsx";
import { Quoted } from "../../ui/quoted.tsx";
import { Moment } from "../../ui/time.tsx";
import type { AlertActions } from "./actions/use-actions.ts";
import classes from "./header.module.css";
import { pathTo } from "./lineage/graph.ts";
import { accountName, processName, sessionSummary } from "./lineage/labels.ts";
import type { Lineage } from "./lineage/use-lineage.ts";
import { WaitingProposals } from "./playbook/proposals.tsx";

type Escalated = NonNullable<AlertDetail["escalation"]>;

/** The alert with its status and verdict, and its location: host ▸ logon session ▸ path of processes. */
export function Header({
  alert,
  lineage,
  verdict,
  actions,
  select,
  details,
}: {
  readonly alert: AlertDetail;
  readonly lineage: Lineage;
  readonly verdict: Verdict | undefined;
  readonly actions: AlertActions;
  readonly select: (key: string) => void;
  /** Present when the details are shown in a drawer. */
  readonly details?: { readonly open: boolean; readonly toggle: () => void };
}) {
  return (
    <header className={classes.header}>
      <div className={classes.line}>
        <SeverityMark severity={alert.severity} />
        <h1 title={alert.rule.name}>{alert.rule.name}</h1>
        <StatusMark status={alert.status} reason={alert.closeReason} />
        <span className={classes.time}>
          <Moment iso={alert.time} precision="second" />
        </span>
        <WaitingProposals count={alert.openProposals} />
        <span className={classes.space} />
        {verdict !== undefined && (
          <span className={classes.verdict}>
            <span className={classes.soft}>
              Verdict so far ({verdict.answered}/{verdict.total})
            </span>
            <VerdictMark outcome={verdict.outcome} />
          </span>
        )}
        <Button
          size="compact-xs"
          variant={alert.removed === undefined ? "subtle" : "light"}
          color="gray"
          leftSection={<IconStack2 size={14} aria-hidden />}
          onClick={actions.openIncident}
          title="All alerts of the incident and their history (I)"
        >
          {alert.removed === undefined ? alertsInIncident(alert) : "Removed from incident"}
        </Button>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconHistory size={14} aria-hidden />}
          onClick={actions.openHistory}
        >
          History
        </Button>
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
      <Breadcrumb alert={alert} lineage={lineage} select={select} />
      {alert.escalation !== undefined && <Escalation escalation={alert.escalation} />}
    </header>
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

function alertsInIncident({ related }: AlertDetail): string {
  const count = related.sameIncident + 1;
  return `${count.toLocaleString("en")} ${count === 1 ? "alert" : "alerts"} in this incident`;
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
