import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import type { AlertDetail } from "#contracts/alert";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import { useRoute } from "../../../api/queries.ts";
import { CommandLine, VisibleText } from "../../../ui/command-line.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { FieldValue } from "../../../ui/field-value.tsx";
import { Fact, PaneFacts, PaneSection } from "../../../ui/pane-section.tsx";
import { EmptyState, Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { lifetime } from "../lineage/lifetime.ts";
import type { Lineage } from "../lineage/use-lineage.ts";
import { accountName, processName, sessionSummary } from "../lineage/words.ts";
import { Comparison } from "./comparison.tsx";
import classes from "./details-pane.module.css";
import { AlertEvents, FoundTogether } from "./found-together.tsx";
import { ParentEdge } from "./parent-edge.tsx";
import { ProcessEvents } from "./process-events.tsx";
import { QuietRelatives } from "./related-processes.tsx";
import { SessionLinks } from "./session-links.tsx";
import { SourceRecords } from "./source-records.tsx";
import { SeenBefore, WhyFired } from "./why-fired.tsx";

/** All that is known of the selected process; for the process of the alert first why the rule fired. */
export function DetailsPane({
  alert,
  judged,
  lineage,
  selected,
  select,
}: {
  readonly alert: AlertDetail;
  /** It was found malicious. */
  readonly judged: boolean;
  readonly lineage: Lineage;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
}) {
  if (selected === undefined) {
    return (
      <div className={classes.pane}>
        <header className={classes.head}>
          <h2>The alert</h2>
        </header>
        <FoundTogether alert={alert} />
        <WhyFired alert={alert} />
        <AlertEvents alert={alert} />
        <SeenBefore alert={alert} />
        <EmptyState
          title="No process is known for this alert"
          reason="Its events name no process. The records that it rests on are below."
        />
        <SourceRecords sources={alert.sources} />
      </div>
    );
  }
  return (
    <div className={classes.pane}>
      <Known alert={alert} judged={judged} lineage={lineage} selected={selected} select={select} />
    </div>
  );
}

function Known({
  alert,
  judged,
  lineage,
  selected,
  select,
}: {
  readonly alert: AlertDetail;
  readonly judged: boolean;
  readonly lineage: Lineage;
  readonly selected: string;
  readonly select: (key: string) => void;
}) {
  const here = lineage.graph?.nodes.get(selected);
  const fetched = useRoute(
    "process",
    { params: { key: selected } },
    { enabled: here === undefined && lineage.query.isFetched },
  );
  const node = here ?? fetched.data;
  if (node === undefined) {
    return (
      <Loaded query={fetched} label="Loading the process">
        {() => null}
      </Loaded>
    );
  }
  const ofAlert = node.key === alert.process.key;
  const matched = ofAlert ? litValues(alert) : [];
  return (
    <>
      <header className={classes.head}>
        <h2 data-placeholder={node.placeholder || undefined}>
          <VisibleText text={processName(node)} />
          {node.pid !== undefined && <span>{node.pid}</span>}
        </h2>
        {ofAlert ? (
          <span className={classes.badge}>the alert's process</span>
        ) : (
          alert.process.key !== undefined && (
            <button type="button" className={classes.back} onClick={() => select(alert.process.key ?? "")}>
              back to the alert's process
            </button>
          )
        )}
        {node.commandLine !== undefined && (
          <div className={classes.command}>
            <CommandLine text={node.commandLine} matched={matched} />
            <CopyButton text={node.commandLine} label="Copy the command line" />
          </div>
        )}
      </header>
      {ofAlert && <FoundTogether alert={alert} />}
      {ofAlert && <WhyFired alert={alert} />}
      {ofAlert && <AlertEvents alert={alert} select={select} />}
      {ofAlert && <SeenBefore alert={alert} />}
      <ProcessAlerts alert={alert} node={node} />
      <PaneSection title="Process">
        <ProcessFacts node={node} />
      </PaneSection>
      <ParentEdge node={node} lineage={lineage} select={select} />
      <Comparison key={`beside ${node.key}`} node={node} />
      <QuietRelatives key={`quiet ${node.key}`} node={node} open={judged && ofAlert} select={select} />
      <Session
        node={node}
        session={node.sessionKey === undefined ? undefined : lineage.graph?.sessions.get(node.sessionKey)}
      />
      {node.sessionKey !== undefined && <SessionLinks sessionKey={node.sessionKey} lineage={lineage} select={select} />}
      <ProcessEvents key={node.key} node={node} />
      <SourceRecords sources={node.sources.length > 0 ? node.sources : ofAlert ? alert.sources : []} />
    </>
  );
}

/** Values that the rule matched, as they may stand in the command line: wildcards give their longest literal pieces. */
function litValues(alert: AlertDetail): readonly string[] {
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
  const life = node.start !== undefined && node.end !== undefined ? ` (${lifetime(node.start, node.end)})` : "";
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
      <Fact term="Directory">{field("process.working_directory", node.workingDirectory)}</Fact>
      <Fact term="Original">
        {node.originalFileName?.toLowerCase() === node.name?.toLowerCase()
          ? undefined
          : field("process.pe.original_file_name", node.originalFileName)}
      </Fact>
      <Fact term="Company">{field("process.pe.company", node.company)}</Fact>
      <Fact term="Integrity">{field("process.Ext.token.integrity_level_name", node.integrityLevel)}</Fact>
      <Fact term="Started">
        {node.start === undefined ? (
          <span className={classes.soft}>no start record: known from its children or its activity</span>
        ) : (
          <Moment iso={node.start} precision="millisecond" />
        )}
      </Fact>
      <Fact term="Ended">
        {node.end === undefined ? (
          <span className={classes.soft}>no end record</span>
        ) : (
          <>
            <Moment iso={node.end} precision="millisecond" />
            <span className={classes.soft}>{life}</span>
          </>
        )}
      </Fact>
      <Fact term="Exit code">{field("process.exit_code", node.exitCode)}</Fact>
      {Object.entries(node.hashes ?? {}).map(([kind, value]) => (
        <Fact key={kind} term={kind.toUpperCase()}>
          {field(`process.hash.${kind.toLowerCase()}`, value)}
        </Fact>
      ))}
      <Fact term="Entity">{field("process.entity_id", node.entityId)}</Fact>
    </PaneFacts>
  );
}

function Session({ node, session }: { readonly node: ProcessNode; readonly session: LogonSession | undefined }) {
  if (session === undefined) {
    return node.sessionKey === undefined ? null : (
      <PaneSection title="Logon session">
        <Anchor component={Link} to={`/sessions/${encodeURIComponent(node.sessionKey)}`} size="sm">
          {node.logonId ?? node.sessionKey}
        </Anchor>
      </PaneSection>
    );
  }
  return (
    <PaneSection
      title="Logon session"
      aside={
        <Anchor component={Link} to={`/sessions/${encodeURIComponent(session.key)}`} size="xs">
          who was at the keyboard
        </Anchor>
      }
    >
      <PaneFacts>
        <Fact term="Logon id">
          <code>{session.logonId}</code>
        </Fact>
        <Fact term="Account">{session.user && accountName(session.user)}</Fact>
        <Fact term="Kind">{session.service ? "service logon, on every host" : sessionSummary(session)}</Fact>
        <Fact term="Opened by">
          {session.openedBy === undefined ? (
            <span className={classes.soft}>no logon record of it was ingested</span>
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
        <Fact term="Rights">{session.privileged ? "privileged at logon" : undefined}</Fact>
        <Fact term="Processes">{session.processCount.toLocaleString("en")}</Fact>
      </PaneFacts>
    </PaneSection>
  );
}
