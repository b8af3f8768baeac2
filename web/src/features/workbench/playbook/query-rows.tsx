import { ActionIcon } from "@mantine/core";
import { IconBinaryTree, IconExternalLink, IconKey, IconPin, IconPinFilled } from "@tabler/icons-react";
import { type ReactNode, useContext, useState } from "react";
import { Link } from "react-router";
import type { QueryRun } from "#contracts/query-run";
import { fieldLabel } from "../../../ui/field-labels.ts";
import { FieldValue, PinInstead } from "../../../ui/field-value.tsx";
import { absoluteTime, useTimeZone } from "../../../ui/time.tsx";
import { SelectionContext } from "../selection.ts";
import { sameEvidence } from "./drafts.ts";
import { columnValues, queryRowEvidence } from "./evidence.ts";
import classes from "./query-card.module.css";
import type { PlaybookState } from "./use-playbook.ts";

type QueryRow = QueryRun["rows"][number];

/** Rows shown until all are requested. */
const firstRows = 6;
/** Columns with a value of more characters than this may wrap. */
const longValue = 22;

/** The hits of a query as a table. Each row can be pinned and leads to its process, alert and logon session. */
export function QueryRows({ playbook, run }: { readonly playbook: PlaybookState; readonly run: QueryRun }) {
  const [all, setAll] = useState(false);
  const shown = all ? run.rows : run.rows.slice(0, firstRows);
  const long = new Set(
    run.columns.filter((column) =>
      run.rows.some((row) => columnValues(row, column).some((value) => value.length > longValue)),
    ),
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
                <th key={column} scope="col" title={column}>
                  {fieldLabel(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={row.id} playbook={playbook} run={run} row={row} long={long} />
            ))}
          </tbody>
        </table>
      </section>
      <p className={classes.shown}>
        {shown.length.toLocaleString("en")} of {run.total.toLocaleString("en")}
        {run.truncationReason === undefined ? "" : ` · ${run.truncationReason}`}
        {shown.length < run.rows.length && (
          <button type="button" onClick={() => setAll(true)}>
            Show {(run.rows.length - shown.length).toLocaleString("en")} more
          </button>
        )}
      </p>
    </>
  );
}

function Row({
  playbook,
  run,
  row,
  long,
}: {
  readonly playbook: PlaybookState;
  readonly run: QueryRun;
  readonly row: QueryRow;
  readonly long: ReadonlySet<string>;
}) {
  const { select, offerEvidence } = useContext(SelectionContext);
  const { mode } = useTimeZone();
  const evidence = queryRowEvidence(row, run);
  const pinned = playbook.draft?.evidence.some((item) => sameEvidence(item, evidence)) ?? false;
  const { processKey, alertId, sessionKey } = row;
  return (
    <tr
      data-pinned={pinned || undefined}
      onFocus={() => offerEvidence(evidence)}
      onBlur={() => offerEvidence(undefined)}
    >
      <td className={classes.actions}>
        {playbook.denial === undefined && (
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
        )}
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
          <RowLink label="Open alert" to={`/alerts/${encodeURIComponent(alertId)}`}>
            <IconExternalLink size={13} aria-hidden />
          </RowLink>
        )}
        {sessionKey !== undefined && (
          <RowLink label="Open logon session" to={`/sessions/${encodeURIComponent(sessionKey)}`}>
            <IconKey size={13} aria-hidden />
          </RowLink>
        )}
      </td>
      <td>
        <time dateTime={row.time} title={row.time} className={classes.time}>
          {absoluteTime(row.time, mode, "millisecond").slice(5)}
        </time>
      </td>
      {run.columns.map((column) => (
        <td key={column} data-long={long.has(column) || undefined}>
          <PinInstead pin={() => playbook.pin(evidence)}>
            {columnValues(row, column).map((value) => (
              <FieldValue key={value} field={column} value={value} />
            ))}
          </PinInstead>
        </td>
      ))}
    </tr>
  );
}

function RowLink(props: { readonly label: string; readonly to: string; readonly children: ReactNode }) {
  return (
    <ActionIcon size="xs" variant="subtle" component={Link} to={props.to} aria-label={props.label} title={props.label}>
      {props.children}
    </ActionIcon>
  );
}
