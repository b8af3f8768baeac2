import { Anchor } from "@mantine/core";
import { useContext } from "react";
import { Link } from "react-router";
import type { AlertDetail } from "#contracts/alert";
import { type LogonSession, type ProcessNode, tokenHalf } from "#contracts/lineage";
import { useRoute } from "../../../api/queries.ts";
import { CommandLine, VisibleText } from "../../../ui/command-line.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { DecodedText } from "../../../ui/decoded.tsx";
import { FieldValue, PinInstead } from "../../../ui/field-value.tsx";
import { Fact, PaneFacts, PaneSection } from "../../../ui/pane-section.tsx";
import { EmptyState, Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { accountName, processName, sessionSummary } from "../lineage/labels.ts";
import { lifetime } from "../lineage/lifetime.ts";
import type { Lineage } from "../lineage/use-lineage.ts";
import { processEvidence } from "../playbook/evidence.ts";
import { SelectionContext } from "../selection.ts";
import { Comparison } from "./comparison.tsx";
import { AlertEvents, CorrelationSummary } from "./correlation.tsx";
import classes from "./details-pane.module.css";
import { ParentEdge } from "./parent-edge.tsx";
import { ProcessEvents } from "./process-events.tsx";
import { RelatedProcesses } from "./related-processes.tsx";
import { SessionLinks } from "./session-links.tsx";
import { SourceRecords } from "./source-records.tsx";
import { SimilarAlerts, WhyFired } from "./why-fired.tsx";

/** Facts about the selected process; for the process of the alert, why the rule fired comes first. */
export function DetailsPane({
  alert,
  malicious,
  lineage,
  selected,
  select,
}: {
  readonly alert: AlertDetail;
  /** The alert was found malicious: related processes are worth a look. */
  readonly malicious: boolean;
  readonly lineage: Lineage;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
}) {
  if (selected === undefined) {
    return (
      <div className={classes.pane}>
        <header className={classes.head}>
          <h2>Alert</h2>
        </header>
        <CorrelationSummary alert={alert} />
        <WhyFired alert={alert} />
        <AlertEvents alert={alert} />
        <SimilarAlerts alert={alert} />
        <EmptyState
          title="No process recorded for this alert"
          reason="Its events name no process. The source records are below."
        />
        <SourceRecords sources={alert.sources} />
      </div>
    );
  }
  return (
    <div className={classes.pane}>
      <ProcessDetails alert={alert} malicious={malicious} lineage={lineage} selected={selected} select={select} />
    </div>
  );
}

function ProcessDetails({
  alert,
  malicious,
  lineage,
  selected,
  select,
}: {
  readonly alert: AlertDetail;
  readonly malicious: boolean;
  readonly lineage: Lineage;
  readonly selected: string;
  readonly select: (key: string) => void;
}) {
  const { pin } = useContext(SelectionContext);
  const loaded = lineage.graph?.nodes.get(selected);
  const fetched = useRoute(
    "process",
    { params: { key: selected } },
    { enabled: loaded === undefined && lineage.query.isFetched },
  );
  const node = loaded ?? fetched.data;
  if (node === undefined) {
    return (
      <Loaded query={fetched} label="Loading the process">
        {() => null}
      </Loaded>
    );
  }
  const isAlertProcess = node.key === alert.process.key;
  const facts = <ProcessFacts node={node} />;
  const matched = isAlertProcess ? matchedLiterals(alert) : [];
  return (
    <>
      <header className={classes.head}>
        <h2 data-placeholder={node.placeholder || undefined}>
          <VisibleText text={processName(node)} />
          {node.pid !== undefined && <span>{node.pid}</span>}
        </h2>
        {isAlertProcess ? (
          <span className={classes.badge}>alert process</span>
        ) : (
          alert.process.key !== undefined && (
            <button type="button" className={classes.back} onClick={() => select(alert.process.key ?? "")}>
              Back to the alert process
            </button>
          )
        )}
        {node.commandLine !== undefined && (
          <div className={classes.command}>
            <CommandLine text={node.commandLine} matched={matched} />
            <CopyButton text={node.commandLine} label="Copy the command line" />
          </div>
        )}
        {node.commandLine !== undefined && <DecodedText key={node.key} text={node.commandLine} />}
      </header>
      {isAlertProcess && <CorrelationSummary alert={alert} />}
      {isAlertProcess && <WhyFired alert={alert} isDecodedAbove={node.commandLine !== undefined} />}
      {isAlertProcess && <AlertEvents alert={alert} select={select} />}
      {isAlertProcess && <SimilarAlerts alert={alert} />}
      <ProcessAlerts alert={alert} node={node} />
      <PaneSection title="Process">
        {isAlertProcess ? facts : <PinInstead pin={() => pin?.(processEvidence(node))}>{facts}</PinInstead>}
      </PaneSection>
      <ParentEdge node={node} lineage={lineage} select={select} />
      <Comparison key={`comparison ${node.key}`} node={node} />
      <RelatedProcesses key={`related ${node.key}`} node={node} open={malicious && isAlertProcess} select={select} />
      <Session
        node={node}
        session={node.sessionKey === undefined ? undefined : lineage.graph?.sessions.get(node.sessionKey)}
        linkedOf={(session) => lineage.graph?.sessions.get(session.linkedKey ?? "")}
      />
      {node.sessionKey !== undefined && <SessionLinks sessionKey={node.sessionKey} lineage={lineage} select={select} />}
      <ProcessEvents key={node.key} node={node} />
      <SourceRecords sources={node.sources.length > 0 ? node.sources : isAlertProcess ? alert.sources : []} />
    </>
  );
}

/**
 * Literal texts that the rule matched, to be highlighted in the command line: wildcards are split into their literals.
 */
function matchedLiterals(alert: AlertDetail): readonly string[] {
  return alert.matched
    .filter((part) => part.outcome && part.field?.startsWith("process.") === true)
    .flatMap((part) => [...part.values, ...[...part.text.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "")])
    .flatMap((value) => value.split(/[*?]+/))
    .map((value) => value.trim())
    .filter((value) => value.length > 1 && value !== alert.process.commandLine);
}

function ProcessAlerts({ alert, node }: { readonly alert: AlertDetail; readonly node: ProcessNode }) {
  const others = node.alerts.filter((mark) => mark.id !== alert.id);
  if (others.length === 0) {
    return null;
  }
  return (
    <PaneSection title="Other alerts on this process" count={others.length}>
      <ul className={classes.list}>
        {others.map((mark) => (
          <li key={mark.id}>
            <Anchor component={Link} to={`/alerts/${encodeURIComponent(mark.id)}`} size="sm">
              {mark.ruleName}
            </Anchor>
            <span className={classes.soft}>
              {mark.severity}, {mark.status}
              {mark.buildingBlock ? ", building block" : ""}
            </span>
          </li>
        ))}
      </ul>
    </PaneSection>
  );
}

function ProcessFacts({ node }: { readonly node: ProcessNode }) {
  const field = (name: string, value: string | number | undefined, domain?: string) =>
    value === undefined || value === "" ? undefined : <FieldValue field={name} value={String(value)} domain={domain} />;
  const ran = node.start !== undefined && node.end !== undefined ? ` (${lifetime(node.start, node.end)})` : "";
  return (
    <PaneFacts>
      <Fact term="Host">{field("host.name", node.host)}</Fact>
      <Fact term="User">
        {node.user && (
          <>
            {node.user.domain !== undefined && <span className={classes.soft}>{node.user.domain}\</span>}
            {field("user.name", node.user.name, node.user.domain)}
          </>
        )}
      </Fact>
      <Fact term="Created by">{node.creator && field("user.name", node.creator.name, node.creator.domain)}</Fact>
      <Fact term="Path">{field("process.executable", node.executable)}</Fact>
      <Fact term="Working directory">{field("process.working_directory", node.workingDirectory)}</Fact>
      <Fact term="Original file name">
        {node.originalFileName?.toLowerCase() === node.name?.toLowerCase()
          ? undefined
          : field("process.pe.original_file_name", node.originalFileName)}
      </Fact>
      <Fact term="Company">{field("process.pe.company", node.company)}</Fact>
      <Fact term="Integrity level">{field("process.Ext.token.integrity_level_name", node.integrityLevel)}</Fact>
      <Fact term="Started">
        {node.start === undefined ? (
          <span className={classes.soft}>not recorded; inferred from children or activity</span>
        ) : (
          <Moment iso={node.start} precision="millisecond" />
        )}
      </Fact>
      <Fact term="By its own clock">
        {node.startBySourceClock === undefined ? undefined : (
          <>
            <Moment iso={node.startBySourceClock} precision="millisecond" />{" "}
            <span className={classes.soft}>
              The record has two times: this one is Sysmon's own (UtcTime), and the start above is the event log's.
            </span>
          </>
        )}
      </Fact>
      <Fact term="Ended">
        {node.end === undefined ? (
          <span className={classes.soft}>not recorded</span>
        ) : (
          <>
            <Moment iso={node.end} precision="millisecond" />
            <span className={classes.soft}>{ran}</span>
          </>
        )}
      </Fact>
      <Fact term="Exit code">{field("process.exit_code", node.exitCode)}</Fact>
      {Object.entries(node.hashes ?? {}).map(([kind, value]) => (
        <Fact key={kind} term={kind.toUpperCase()}>
          {field(`process.hash.${kind.toLowerCase()}`, value)}
        </Fact>
      ))}
      <Fact term="Entity ID">{field("process.entity_id", node.entityId)}</Fact>
    </PaneFacts>
  );
}

function Session({
  node,
  session,
  linkedOf,
}: {
  readonly node: ProcessNode;
  readonly session: LogonSession | undefined;
  readonly linkedOf: (session: LogonSession) => LogonSession | undefined;
}) {
  if (session === undefined) {
    return node.sessionKey === undefined ? null : (
      <PaneSection title="Logon session">
        <Anchor component={Link} to={`/sessions/${encodeURIComponent(node.sessionKey)}`} size="sm">
          {node.logonId ?? node.sessionKey}
        </Anchor>
      </PaneSection>
    );
  }
  const linked = linkedOf(session);
  return (
    <PaneSection
      title="Logon session"
      aside={
        <Anchor component={Link} to={`/sessions/${encodeURIComponent(session.key)}`} size="xs">
          Open logon session
        </Anchor>
      }
    >
      <PaneFacts>
        <Fact term="Logon ID">
          <code>{session.logonId}</code>
        </Fact>
        <Fact term="User">{session.user && accountName(session.user)}</Fact>
        <Fact term="Logon type">{session.service ? "service session" : sessionSummary(session)}</Fact>
        <Fact term="Opened by">
          {session.openedBy === undefined ? (
            <span className={classes.soft}>logon event not ingested</span>
          ) : (
            <>
              {session.openedBy.code} {session.openedBy.recordId === undefined ? "" : `#${session.openedBy.recordId} `}
              {session.sourceIp !== undefined && (
                <>
                  from <FieldValue field="source.ip" value={session.sourceIp} />
                </>
              )}
            </>
          )}
        </Fact>
        <Fact term="Opened">{session.opened && <Moment iso={session.opened} precision="millisecond" />}</Fact>
        <Fact term="Privileges">{session.privileged ? "special privileges assigned" : undefined}</Fact>
        <Fact term="Processes">{session.processCount.toLocaleString("en")}</Fact>
        <Fact term="Linked session">
          {linked === undefined ? (
            session.linkedLogonId && <span className={classes.soft}>{session.linkedLogonId}, not recorded</span>
          ) : (
            <>
              <Anchor component={Link} to={`/sessions/${encodeURIComponent(linked.key)}`} size="sm">
                {linked.logonId}
              </Anchor>
              , the {tokenHalf(linked) ?? "other"} half of the same logon,{" "}
              {linked.processCount === 1 ? "1 process" : `${linked.processCount.toLocaleString("en")} processes`}
            </>
          )}
        </Fact>
      </PaneFacts>
    </PaneSection>
  );
}
