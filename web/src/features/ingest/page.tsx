import { Progress } from "@mantine/core";
import { sourceLabel } from "#contracts/event-source";
import type { IngestSummary } from "#contracts/ingest";
import type { Problem } from "#contracts/problem";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { Facts, Page, Section, Table, TextLink } from "../../ui/page.tsx";
import { EmptyState, Loaded } from "../../ui/state.tsx";
import { duration, Moment } from "../../ui/time.tsx";
import classes from "./ingest.module.css";

/** Problems shown before their table is expanded. */
const SHOWN = 10;

const running = (run: IngestSummary) => run.state === "running";

/** Ingest runs with rejected input and warnings, and the data coverage. */
export function IngestPage() {
  const ingests = useRoute("ingests", {}, { refresh: 2000 });
  const coverage = useWholeList("coverage", { refresh: 10_000 });
  return (
    <Page title="Ingest">
      <p className={classes.how}>
        Add captures from the command line: <code>npx stemma ingest PATH…</code> accepts EVTX, rendered XML, and
        Winlogbeat or NXLog JSON, in folders, zip, gz and tar.gz. This page updates during an ingest.
      </p>
      <Loaded query={ingests} label="Loading ingests">
        {({ items, total }) => (
          <>
            {items.length === 0 && (
              <EmptyState title="Nothing ingested yet" reason="Run `npx stemma ingest PATH` with a capture." />
            )}
            {items.map((run) => (
              <Run key={run.id} run={run} />
            ))}
            {items.length < total && <p className={classes.how}>{`The latest ${items.length} of ${total} ingests.`}</p>}
          </>
        )}
      </Loaded>
      <Loaded query={coverage} label="Loading the data coverage">
        {({ items }) => (
          <Section title="Data coverage" aside="by host and source">
            <Table
              label="Coverage"
              rows={items}
              total={items.length}
              keyOf={(row) => `${row.host} ${row.source}`}
              empty="No events stored."
              columns={[
                {
                  title: "Host",
                  cell: (row) => <TextLink to={`/hosts/${encodeURIComponent(row.host)}`}>{row.host}</TextLink>,
                },
                { title: "Source", wide: true, cell: (row) => sourceLabel(row.source) },
                { title: "From", cell: (row) => (row.from === undefined ? "" : <Moment iso={row.from} />) },
                { title: "To", cell: (row) => (row.to === undefined ? "" : <Moment iso={row.to} />) },
                { title: "Events", numeric: true, cell: (row) => row.events },
              ]}
            />
          </Section>
        )}
      </Loaded>
    </Page>
  );
}

function Run({ run }: { readonly run: IngestSummary }) {
  const states = {
    running: "running",
    done: "done",
    interrupted: "interrupted; run the same command again to continue, stored records are skipped",
  } as const;
  return (
    <Section
      title={run.paths.join(", ")}
      aside={
        <>
          {states[run.state]}
          {run.resumed !== undefined && ` · resumed ${run.resumed === 1 ? "once" : `${run.resumed} times`}`} ·{" "}
          {run.actor} · <Moment iso={run.startedAt} />
        </>
      }
    >
      {run.file !== undefined && (
        <p className={classes.how}>
          {running(run) ? "Reading" : "It came as far as"} <code>{run.file}</code>
        </p>
      )}
      {running(run) && <Progress value={100} animated size="xs" aria-label="Ingest in progress" />}
      <div className={classes.facts}>
        <Facts
          entries={[
            ["Files", run.files],
            ["Records", run.records],
            ["New events", run.events],
            ["Duplicate events", run.duplicates],
            ["Processes", run.processes],
            ["Sessions", run.sessions],
            ["Alerts", run.alerts],
            ["Hidden by exceptions", run.suppressed],
            ["Rejected", run.rejectedTotal],
            ["Duration", duration(run.seconds * 1000)],
          ]}
        />
      </div>
      <Problems label="Rejected" problems={run.rejected} total={run.rejectedTotal} />
      <Problems label="Warnings" problems={run.warnings} total={run.warningsTotal} />
      {run.ignored.length > 0 && (
        <details className={classes.details}>
          <summary>{`${run.ignoredTotal.toLocaleString("en")} ${run.ignoredTotal === 1 ? "file" : "files"} skipped`}</summary>
          <ul>
            {run.ignored.map(({ file, reason }) => (
              <li key={file}>
                <code>{file}</code>: {reason}
              </li>
            ))}
          </ul>
          {run.ignored.length < run.ignoredTotal && (
            <p className={classes.how}>{`The first ${run.ignored.length.toLocaleString("en")} are listed.`}</p>
          )}
        </details>
      )}
    </Section>
  );
}

function Problems({
  label,
  problems,
  total,
}: {
  readonly label: string;
  readonly problems: readonly Problem[];
  readonly total: number;
}) {
  if (problems.length === 0) {
    return null;
  }
  return (
    <details className={classes.details} open={label === "Rejected"}>
      <summary>{`${label}: ${total.toLocaleString("en")}`}</summary>
      <Table
        label={label}
        rows={problems}
        total={total}
        first={SHOWN}
        cards
        keyOf={(problem) => JSON.stringify(problem)}
        empty=""
        columns={[
          { title: "File", cell: (problem) => <CommandLine text={problem.at?.file ?? ""} short={70} /> },
          { title: "Place", cell: placeOf },
          { title: "Reason", wide: true, cell: reason },
          { title: "Remedy", cell: (problem) => problem.remedy ?? "" },
        ]}
      />
    </details>
  );
}

function placeOf({ at }: Problem): string {
  if (at?.line !== undefined) {
    return `line ${at.line.toLocaleString("en")}`;
  }
  return at?.offset === undefined ? "" : `byte ${at.offset.toLocaleString("en")}`;
}

/** What is wrong, without the name of the file, which has a column of its own. */
function reason({ message, at }: Problem): string {
  const file = `${at?.file}: `;
  return message.startsWith(file) ? message.slice(file.length) : message;
}
