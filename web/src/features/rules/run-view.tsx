import { Button, Progress } from "@mantine/core";
import type { RuleHit, RuleRunView } from "#contracts/rule-draft";
import { CommandLine, VisibleText } from "../../ui/command-line.tsx";
import { Table, TextLink } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./run-view.module.css";

const number = (value: number) => value.toLocaleString("en");

/** Progress of a run, the data and time it covers, and whether its counts are exact. */
export function RunStatus({ run, stop }: { readonly run: RuleRunView; readonly stop: () => void }) {
  const states = { running: "Running", done: "Done", stopped: "Stopped", failed: "Failed" } as const;
  return (
    <div className={classes.status} role="status">
      <p>
        <strong>{states[run.state]}</strong>
        {` · ${run.coverage} · ${number(run.milliseconds)} ms · ${run.state === "running" ? "counts so far" : run.exact ? "counts are exact" : "counts are lower bounds"}`}
      </p>
      {run.truncationReason !== undefined && <p>{run.truncationReason}</p>}
      {run.state === "running" && (
        <div className={classes.progress}>
          <Progress value={100 * shareOf(run)} size="sm" aria-label="Progress of the run" />
          <Button size="compact-xs" variant="default" onClick={stop}>
            Stop
          </Button>
        </div>
      )}
    </div>
  );
}

/** Progress by time, because events that cannot match are skipped. */
function shareOf({ span, until }: RuleRunView): number {
  if (span === undefined || until === undefined) {
    return 0;
  }
  const [from, to, at] = [span.from, span.to, until].map(Date.parse);
  return to === undefined || from === undefined || at === undefined || to === from ? 0 : (at - from) / (to - from);
}

/** Hits of a rule, each with links to its events. */
export function Hits({
  label,
  hits,
  total,
  empty,
}: {
  readonly label: string;
  readonly hits: readonly RuleHit[];
  readonly total: number;
  readonly empty: string;
}) {
  return (
    <Table
      label={label}
      rows={hits}
      total={total}
      truncationReason={hits.length < total ? "all are counted, the first are listed" : undefined}
      keyOf={({ eventIds }) => eventIds.join(" ")}
      empty={empty}
      columns={[
        { title: "Time", cell: ({ time }) => <Moment iso={time} precision="millisecond" /> },
        {
          title: "Host",
          cell: ({ host }) => <TextLink to={`/hosts/${encodeURIComponent(host)}`}>{host}</TextLink>,
        },
        { title: "User", narrow: true, cell: ({ user }) => user ?? "" },
        { title: "Process", narrow: true, cell: ({ process }) => process ?? "" },
        {
          title: "Command line",
          wide: true,
          cell: ({ commandLine }) => <CommandLine text={commandLine ?? ""} short={200} />,
        },
        { title: "Events", numeric: true, cell: ({ eventIds }) => eventIds.length },
      ]}
      detail={{
        title: "Events",
        of: ({ eventIds }) => (
          <ul className={classes.events}>
            {eventIds.map((id) => (
              <li key={id}>
                <a href={`/api/v1/events/${encodeURIComponent(id)}/raw`}>
                  <code>
                    <VisibleText text={id} />
                  </code>
                </a>
              </li>
            ))}
          </ul>
        ),
      }}
    />
  );
}
