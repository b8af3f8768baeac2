import { IconCircleDashed, IconLogin2, IconStack2 } from "@tabler/icons-react";
import type { ProcessNode } from "#contracts/lineage";
import type { Prevalence } from "#contracts/related-processes";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { AlertCount } from "../alert-count.tsx";
import {
  accountName,
  activityCounts,
  certaintyLabels,
  commandArguments,
  linkCertaintyLabels,
  prevalenceLabels,
  processName,
  shortHost,
} from "../labels.ts";
import type { EventRow, LogonRow, ProcessRow, Row } from "../rows.ts";
import { kindLabels } from "../timeline-view/kinds.ts";
import type { PrevalenceMarks } from "../use-prevalence.ts";
import { groupId, parseGroupId } from "../view-state.ts";
import classes from "./tree-view.module.css";

/** The text of a row: a process, a group of similar ones, a logon to another host, or children that can be loaded. */
export function RowText({
  row,
  prevalence,
  events,
}: {
  readonly row: Row;
  readonly prevalence: PrevalenceMarks;
  readonly events: EventLists;
}) {
  if (row.kind === "more") {
    return (
      <span className={classes.more} title={row.why}>
        {row.hidden.toLocaleString("en")} of {row.total.toLocaleString("en")}{" "}
        {parseGroupId(row.parentId) === undefined ? "children" : "similar processes"} not loaded: load more
      </span>
    );
  }
  if (row.kind === "group") {
    return (
      <span className={classes.group}>
        <IconStack2 size={13} aria-hidden />
        <span>
          + {row.total.toLocaleString("en")} × <VisibleText text={row.name} />
        </span>
        <PrevalenceMark prevalence={prevalence.byGroup.get(row.id)} />
        <code className={classes.arguments}>
          <VisibleText text={row.commandTemplate} />
        </code>
      </span>
    );
  }
  if (row.kind === "logon") {
    return <LogonText row={row} />;
  }
  if (row.kind === "event") {
    return <EventText row={row} />;
  }
  return <ProcessText row={row} prevalence={prevalence} events={events} />;
}

/** Processes whose events are listed below them. */
export interface EventLists {
  readonly open: ReadonlySet<string>;
  readonly toggle: (key: string) => void;
}

/** How many events of each kind a process has; a click lists them below it. */
function Counts({ node, events }: { readonly node: ProcessNode; readonly events: EventLists }) {
  const counts = activityCounts(node.activity).filter(({ count }) => count > 0);
  const open = events.open.has(node.key);
  return counts.length === 0 && !open ? null : (
    <button
      type="button"
      tabIndex={-1}
      className={classes.counts}
      data-open={open || undefined}
      title={`${open ? "Hide" : "List"} what the process did (V)`}
      onClick={(event) => {
        event.stopPropagation();
        events.toggle(node.key);
      }}
    >
      {counts.map(({ label, count }) => `${label} ${count.toLocaleString("en")}`).join(" · ") || "events"}
    </button>
  );
}

/** Something that the process above did. */
function EventText({ row: { event, note } }: { readonly row: EventRow }) {
  if (event === undefined) {
    return <span className={classes.note}>{note}</span>;
  }
  const { label, icon: Icon } = kindLabels[event.kind];
  return (
    <span className={classes.did} title={`${event.time} ${event.summary}`}>
      <Icon size={12} aria-hidden />
      <span className={classes.didKind}>{label}</span>
      {event.alerts.length > 0 && <span className={classes.fork}>alert</span>}
      <code className={classes.arguments}>
        <VisibleText text={event.summary} />
      </code>
    </span>
  );
}

/** A logon to another host. */
function LogonText({ row }: { readonly row: LogonRow }) {
  const { link } = row;
  return (
    <span
      className={classes.logon}
      title={`logon to ${link.to.host}: ${link.why} (${linkCertaintyLabels[link.certainty]})`}
    >
      <IconLogin2 size={13} aria-hidden />
      <span>
        logon to <VisibleText text={shortHost(link.to.host)} />
      </span>
      {link.user !== undefined && (
        <span className={classes.user}>
          <VisibleText text={link.user.name} />
        </span>
      )}
      <span className={classes.note}>
        {link.certainty === "exact" ? "" : `${link.certainty}, `}
        {row.target === undefined ? "load its first process" : "show its first process"}
      </span>
    </span>
  );
}

function PrevalenceMark({ prevalence }: { readonly prevalence: Prevalence | undefined }) {
  return prevalence === undefined || prevalence === "common" || prevalence === "unknown" ? null : (
    <span
      className={classes.prevalence}
      data-prevalence={prevalence}
      title="Compared with other runs of the parent's image"
    >
      {prevalenceLabels[prevalence]}
    </span>
  );
}

function ProcessText({
  row,
  prevalence,
  events,
}: {
  readonly row: ProcessRow;
  readonly prevalence: PrevalenceMarks;
  readonly events: EventLists;
}) {
  const { node } = row;
  const args = commandArguments(node);
  return (
    <span
      className={classes.process}
      title={row.depth > 0 && node.parent ? certaintyLabels[node.parent.certainty] : node.parentUnknown}
    >
      {node.placeholder && <IconCircleDashed size={13} aria-hidden className={classes.ghost} />}
      <span className={classes.name}>
        <VisibleText text={processName(node)} />
      </span>
      {node.pid !== undefined && <span className={classes.pid}>{node.pid}</span>}
      <AlertCount alerts={node.alerts} />
      <PrevalenceMark prevalence={node.parent && prevalence.byGroup.get(groupId(node.parent.key, node.childGroup))} />
      {row.hostChanged && (
        <span className={classes.host} title={`host ${node.host}`}>
          <VisibleText text={shortHost(node.host)} />
        </span>
      )}
      {row.originLink !== undefined && (
        <span
          className={classes.origin}
          title={`from ${row.originLink.from.host}: ${row.originLink.why} (${linkCertaintyLabels[row.originLink.certainty]})`}
        >
          <IconLogin2 size={12} aria-hidden />
          from <VisibleText text={shortHost(row.originLink.from.host)} />
        </span>
      )}
      {node.parent?.certainty === "ambiguous" && (
        <span className={classes.fork} title={node.parent.why}>
          {node.parent.chosen === undefined ? "parent ambiguous" : `parent chosen by ${node.parent.chosen.by}`}
        </span>
      )}
      {row.userChanged && node.user !== undefined && (
        <span className={classes.user} title={accountName(node.user)}>
          <VisibleText text={node.user.name} />
        </span>
      )}
      {node.startBySourceClock !== undefined && (
        <span
          className={classes.note}
          title={`The event log says ${node.start}, Sysmon's own clock ${node.startBySourceClock}.`}
        >
          two times
        </span>
      )}
      {node.placeholder ? (
        <span className={classes.note}>start not recorded</span>
      ) : row.depth === 0 && node.parentUnknown !== undefined ? (
        <span className={classes.note}>parent not recorded</span>
      ) : null}
      {args !== "" && (
        <code className={classes.arguments}>
          <VisibleText text={args.slice(0, 300)} />
        </code>
      )}
      <Counts node={node} events={events} />
    </span>
  );
}
