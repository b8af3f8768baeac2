import { ActionIcon, SegmentedControl } from "@mantine/core";
import {
  IconBinaryTree,
  IconCircleCheck,
  IconCircleOff,
  IconDatabaseOff,
  IconExternalLink,
  IconKey,
  IconPin,
  IconPinFilled,
  IconPlugConnectedX,
} from "@tabler/icons-react";
import { useContext, useState } from "react";
import { Link } from "react-router";
import { sourceLabel } from "#contracts/event-source";
import type { Evidence, QueryRun, StepView } from "#contracts/playbook";
import { useRoute } from "../../../api/queries.ts";
import { FieldValue } from "../../../ui/field-value.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { absoluteTime, Moment, useTimeZone } from "../../../ui/time.tsx";
import { SelectionContext } from "../selection.ts";
import { sameEvidence } from "./drafts.ts";
import classes from "./query-card.module.css";
import type { PlaybookState } from "./use-playbook.ts";

const outcomes = {
  hits: {
    icon: IconCircleCheck,
    label: (total: number) => `${total.toLocaleString("en")} ${total === 1 ? "hit" : "hits"}`,
  },
  "no-hits": { icon: IconCircleOff, label: () => "no hits, data available" },
  "no-data": { icon: IconDatabaseOff, label: () => "no data" },
  "cannot-run": { icon: IconPlugConnectedX, label: () => "cannot run" },
} as const satisfies Record<QueryRun["outcome"], unknown>;

const firstRows = 6;

/** A query of the step, run when the step opens: its result, time window, conditions and data coverage. */
export function QueryCard({
  playbook,
  query,
}: {
  readonly playbook: PlaybookState;
  readonly query: StepView["queries"][number];
}) {
  const [anchor, setAnchor] = useState<"event" | "detection">("event");
  const run = useRoute(
    "stepQuery",
    { params: { id: playbook.alertId, query: query.id }, query: { anchor } },
    { keep: true },
  );
  return (
    <section className={classes.card} aria-label={`Query: ${query.label}`}>
      <header className={classes.head}>
        <h3>{query.label}</h3>
        {run.data !== undefined && <Outcome run={run.data} />}
      </header>
      <Loaded query={run} label={`Running: ${query.label}`} rows={2}>
        {(data) => (
          <div data-stale={run.isPlaceholderData || undefined} className={classes.result}>
            <p className={classes.reason}>{data.reason}</p>
            {data.rows.length > 0 && <Rows playbook={playbook} run={data} />}
            <div className={classes.window}>
              <span>{data.window.text}</span>
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
            </div>
            <Groups run={data} />
            <CoverageTable run={data} />
          </div>
        )}
      </Loaded>
    </section>
  );
}

function Outcome({ run }: { readonly run: QueryRun }) {
  const { icon: Icon, label } = outcomes[run.outcome];
  return (
    <span className={classes.outcome} data-outcome={run.outcome}>
      <Icon size={13} aria-hidden />
      {label(run.total)}
    </span>
  );
}

function valuesOf(row: QueryRun["rows"][number], column: string): readonly string[] {
  const value = Object.hasOwn(row.fields, column) ? row.fields[column] : undefined;
  return value === undefined ? [] : (typeof value === "object" ? value : [value]).map(String);
}

function evidenceOf(row: QueryRun["rows"][number], run: QueryRun): Evidence {
  const text = run.columns
    .flatMap((column) => valuesOf(row, column))
    .join(" · ")
    .slice(0, 400);
  return {
    kind: row.alertId === undefined ? "event" : "alert",
    id: (row.alertId ?? row.id).slice(0, 500),
    label: `${run.label}: ${text === "" ? row.time : text}`,
  };
}

function Rows({ playbook, run }: { readonly playbook: PlaybookState; readonly run: QueryRun }) {
  const { select, offerEvidence: offer } = useContext(SelectionContext);
  const [all, setAll] = useState(false);
  const { mode } = useTimeZone();
  const shown = all ? run.rows : run.rows.slice(0, firstRows);
  const long = new Set(
    run.columns.filter((column) => run.rows.some((row) => valuesOf(row, column).some((value) => value.length > 22))),
  );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={classes.scroll} tabIndex={0} aria-label={`Rows of ${run.label}`}>
        <table className={classes.rows}>
          <thead>
            <tr>
              <th scope="col">
                <span className={classes.hidden}>Actions</span>
              </th>
              <th scope="col">Time</th>
              {run.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => {
              const evidence = evidenceOf(row, run);
              const pinned = playbook.draft?.evidence.some((item) => sameEvidence(item, evidence)) ?? false;
              const { processKey, alertId, sessionKey } = row;
              return (
                <tr
                  key={row.id}
                  data-pinned={pinned || undefined}
                  onFocus={() => offer(evidence)}
                  onBlur={() => offer(undefined)}
                >
                  <td className={classes.actions}>
                    <ActionIcon
                      size="xs"
                      variant="subtle"
                      aria-pressed={pinned}
                      aria-label={pinned ? "Unpin row" : "Pin row as evidence"}
                      title={pinned ? "Unpin (P)" : "Pin as evidence (P)"}
                      onClick={() => playbook.pin(evidence)}
                    >
                      {pinned ? <IconPinFilled size={13} aria-hidden /> : <IconPin size={13} aria-hidden />}
                    </ActionIcon>
                    {processKey !== undefined && (
                      <ActionIcon
                        size="xs"
                        variant="subtle"
                        aria-label="Show process in lineage"
                        title="Show process in lineage"
                        onClick={() => select(processKey)}
                      >
                        <IconBinaryTree size={13} aria-hidden />
                      </ActionIcon>
                    )}
                    {alertId !== undefined && alertId !== playbook.alertId && (
                      <ActionIcon
                        size="xs"
                        variant="subtle"
                        component={Link}
                        to={`/alerts/${encodeURIComponent(alertId)}`}
                        aria-label="Open alert"
                        title="Open alert"
                      >
                        <IconExternalLink size={13} aria-hidden />
                      </ActionIcon>
                    )}
                    {sessionKey !== undefined && (
                      <ActionIcon
                        size="xs"
                        variant="subtle"
                        component={Link}
                        to={`/sessions/${encodeURIComponent(sessionKey)}`}
                        aria-label="Open logon session"
                        title="Open logon session"
                      >
                        <IconKey size={13} aria-hidden />
                      </ActionIcon>
                    )}
                  </td>
                  <td>
                    <time dateTime={row.time} title={row.time} className={classes.time}>
                      {absoluteTime(row.time, mode, "millisecond").slice(5)}
                    </time>
                  </td>
                  {run.columns.map((column) => (
                    <td key={column} data-long={long.has(column) || undefined}>
                      {valuesOf(row, column).map((value) => (
                        <FieldValue key={value} field={column} value={value} />
                      ))}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <p className={classes.shown}>
        {shown.length} of {run.total.toLocaleString("en")}
        {run.truncationReason === undefined ? "" : ` · ${run.truncationReason}`}
        {shown.length < run.rows.length && (
          <button type="button" onClick={() => setAll(true)}>
            Show {run.rows.length - shown.length} more
          </button>
        )}
      </p>
    </>
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
