import { SegmentedControl } from "@mantine/core";
import {
  IconCircleCheck,
  IconCircleDashed,
  IconCircleOff,
  IconDatabaseOff,
  IconPlugConnectedX,
} from "@tabler/icons-react";
import { useState } from "react";
import { sourceLabel } from "#contracts/event-source";
import type { StepView } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import { useRoute } from "../../../api/queries.ts";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { CoverageNotes, CoverageStrip, CoverageSummary } from "./coverage-strip.tsx";
import classes from "./query-card.module.css";
import { QueryRows } from "./query-rows.tsx";
import type { PlaybookState } from "./use-playbook.ts";

const outcomes = {
  hits: {
    icon: IconCircleCheck,
    label: (total: number) => `${total.toLocaleString("en")} ${total === 1 ? "hit" : "hits"}`,
  },
  "no-hits": { icon: IconCircleOff, label: () => "no hits, data complete" },
  "partly-covered": { icon: IconCircleDashed, label: () => "no hits, partly covered" },
  "no-data": { icon: IconDatabaseOff, label: () => "no data" },
  "cannot-run": { icon: IconPlugConnectedX, label: () => "cannot run" },
} as const satisfies Record<QueryRun["outcome"], unknown>;

/**
 * A query of the step, run when the step opens: its result and data coverage, and in one line its time window,
 * conditions and data sources. It is as high as the room it has; its rows scroll.
 */
export function QueryCard({
  playbook,
  query,
  titled = true,
}: {
  readonly playbook: PlaybookState;
  readonly query: StepView["queries"][number];
  /** Whether its name is shown: a tab may have it. */
  readonly titled?: boolean;
}) {
  const [anchor, setAnchor] = useState<Anchor>("event");
  const run = useRoute("stepQuery", stepQueryCall(playbook, query.id, anchor), {
    keep: true,
    // It may have run with all the others a moment ago.
    freshFor: 30_000,
  });
  return (
    <section className={classes.card} aria-label={`Query: ${query.label}`}>
      <header className={classes.head}>
        <h3 className={titled ? undefined : classes.hidden}>{query.label}</h3>
        {run.data !== undefined && (
          <>
            <Outcome run={run.data} />
            {run.data.rows.length > 0 && (
              <p className={classes.brief} title={run.data.reason}>
                {run.data.reason}
              </p>
            )}
          </>
        )}
      </header>
      <Loaded query={run} label={`Running: ${query.label}`} rows={2}>
        {(data) => (
          <div data-stale={run.isPlaceholderData || undefined} className={classes.result}>
            {data.rows.length > 0 ? (
              <QueryRows playbook={playbook} run={data} />
            ) : (
              <p className={classes.reason}>{data.reason}</p>
            )}
            <CoverageStrip run={data} />
            <details className={classes.disclosure}>
              <summary>
                <CoverageSummary run={data} />
              </summary>
              <p className={classes.reason}>
                <Moment iso={data.window.from} /> – <Moment iso={data.window.to} />
              </p>
              <div className={classes.window}>
                <SegmentedControl
                  size="xs"
                  aria-label="Time window around"
                  value={anchor}
                  onChange={(value) => setAnchor(value === "detection" ? "detection" : "event")}
                  data={[
                    { value: "event", label: "Event time" },
                    { value: "detection", label: "Detection time" },
                  ]}
                />
                {data.rows.length > 0 && <p className={classes.reason}>{data.reason}</p>}
              </div>
              <Groups run={data} />
              <CoverageTable run={data} />
            </details>
          </div>
        )}
      </Loaded>
    </section>
  );
}

type Anchor = QueryRun["window"]["anchor"];

/** The request for a query: the same wherever it is asked, so that it runs once. */
export const stepQueryCall = (
  { alertId, view }: Pick<PlaybookState, "alertId" | "view">,
  query: string,
  anchor: Anchor = "event",
) => ({ params: { id: alertId, query }, query: { anchor, playbook: view?.id } });

export function Outcome({ run }: { readonly run: QueryRun }) {
  const { icon: Icon, label } = outcomes[run.outcome];
  return (
    <span className={classes.outcome} data-outcome={run.outcome}>
      <Icon size={13} aria-hidden />
      {label(run.total)}
    </span>
  );
}

function Groups({ run }: { readonly run: QueryRun }) {
  const ran = run.groups.filter((group) => group.state === "ran").length;
  return (
    <details className={classes.disclosure}>
      <summary>
        Query: {run.groups.length} {run.groups.length === 1 ? "condition" : "alternative conditions"}
        {ran < run.groups.length ? `, ${run.groups.length - ran} could not run` : ""} · {run.milliseconds.toFixed(0)} ms
      </summary>
      <ul className={classes.groups}>
        {run.groups.map((group, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the groups of a query never change their order.
          <li key={index}>
            <p>
              <strong>{group.label}</strong>
              <span data-state={group.state}>
                {group.state === "ran"
                  ? `${group.hits.toLocaleString("en")} ${group.hits === 1 ? "hit" : "hits"}`
                  : `cannot run: the alert has no ${group.missing.join(", ")}`}
              </span>
            </p>
            <code>{group.text}</code>
            {group.notes.map((text) => (
              <p key={text}>
                <span>{text}</span>
              </p>
            ))}
          </li>
        ))}
      </ul>
    </details>
  );
}

function CoverageTable({ run }: { readonly run: QueryRun }) {
  const events = run.coverage.reduce((sum, part) => sum + part.events, 0);
  return (
    <details className={classes.disclosure}>
      <summary>
        Data coverage: {events.toLocaleString("en")} events from {run.coverage.length}{" "}
        {run.coverage.length === 1 ? "source" : "sources"}
      </summary>
      <CoverageNotes run={run} />
      {run.coverage.length === 0 ? (
        <p className={classes.reason}>
          No data that could contain such events was ingested for this host and time window.
        </p>
      ) : (
        <table className={classes.coverage}>
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col">Data source</th>
              <th scope="col">Events</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
            </tr>
          </thead>
          <tbody>
            {run.coverage.map((part) => (
              <tr key={`${part.host} ${part.source}`}>
                <td>{part.host}</td>
                <td>{sourceLabel(part.source)}</td>
                <td>{part.events.toLocaleString("en")}</td>
                <td>{part.from === undefined ? "–" : <Moment iso={part.from} />}</td>
                <td>{part.to === undefined ? "–" : <Moment iso={part.to} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
