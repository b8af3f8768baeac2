import { Button } from "@mantine/core";
import { IconChevronRight, IconHistory, IconLayoutSidebarRight, IconLogin2, IconStack2 } from "@tabler/icons-react";
import { Fragment } from "react";
import { Link } from "react-router";
import type { AlertDetail } from "#contracts/alert";
import type { Verdict } from "#contracts/playbook";
import { VisibleText } from "../../ui/command-line.tsx";
import { pivotPath } from "../../ui/field-value.tsx";
import { SeverityMark, StatusMark, VerdictMark } from "../../ui/marks.tsx";
import { Moment } from "../../ui/time.tsx";
import type { AlertActions } from "./actions/use-actions.ts";
import classes from "./header.module.css";
import { pathTo } from "./lineage/graph.ts";
import type { Lineage } from "./lineage/use-lineage.ts";
import { accountName, processName, sessionSummary } from "./lineage/words.ts";

/** Which alert this is and where it hangs: host ▸ logon session ▸ path of processes, and the verdict so far. */
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
  /** Opens and closes the details where they are a drawer. */
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
        <span className={classes.space} />
        {verdict !== undefined && (
          <span className={classes.verdict}>
            <span className={classes.soft}>
              verdict so far ({verdict.answered}/{verdict.total})
            </span>
            <VerdictMark outcome={verdict.outcome} />
          </span>
        )}
        <Button
          size="compact-xs"
          variant={alert.removed === undefined ? "subtle" : "light"}
          color="gray"
          leftSection={<IconStack2 size={14} aria-hidden />}
          onClick={actions.openItem}
          title="All alerts of the work item and their history (I)"
        >
          {alert.removed === undefined ? `${alert.related.sameIncident + 1} in this item` : "taken out of its item"}
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
            title="D"
          >
            Details
          </Button>
        )}
      </div>
      <Breadcrumb alert={alert} lineage={lineage} select={select} />
    </header>
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
  const cause = sessionKey === undefined ? undefined : graph?.cameBy.get(sessionKey);
  const source = cause?.from.processKey === undefined ? undefined : graph?.nodes.get(cause.from.processKey);
  return (
    <nav className={classes.crumbs} aria-label="Where it happened">
      {source !== undefined && (
        <>
          <Link to={pivotPath("host.name", source.host) ?? "/hosts"}>
            <VisibleText text={source.host} />
          </Link>
          <Mark />
          <button type="button" onClick={() => select(source.key)} title={cause?.why}>
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
          <Mark />
          <Link className={classes.session} to={`/sessions/${encodeURIComponent(session.key)}`}>
            session {session.logonId}
            {session.user === undefined ? "" : ` of ${accountName(session.user)}`}
            {sessionSummary(session) === "" ? "" : ` (${sessionSummary(session)})`}
          </Link>
        </>
      ) : (
        alert.user !== undefined && (
          <>
            <Mark />
            <Link to={pivotPath("user.name", alert.user.name, { domain: alert.user.domain }) ?? "/users"}>
              <VisibleText text={accountName(alert.user)} />
            </Link>
          </>
        )
      )}
      {path.map((step) => (
        <Fragment key={step.key}>
          <Mark />
          <button
            type="button"
            onClick={() => select(step.key)}
            aria-current={step.key === key ? "true" : undefined}
            title={step.pid === undefined ? undefined : `process id ${step.pid}`}
          >
            <VisibleText text={step.name} />
          </button>
        </Fragment>
      ))}
    </nav>
  );
}

const Mark = () => <IconChevronRight size={12} aria-hidden className={classes.mark} />;
