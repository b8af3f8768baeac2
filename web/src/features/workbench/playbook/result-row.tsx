import { ActionIcon } from "@mantine/core";
import {
  IconBinaryTree,
  IconClockHour4,
  IconExternalLink,
  IconKey,
  IconPin,
  IconPinFilled,
  IconTelescope,
  IconTextWrap,
} from "@tabler/icons-react";
import { type ReactNode, useContext } from "react";
import { Link } from "react-router";
import type { QueryRun } from "#contracts/query-run";
import { fieldValues } from "../../../ui/event-columns.ts";
import { FieldValue, PinInstead } from "../../../ui/field-value.tsx";
import type { RowTarget } from "../../../ui/opened-row.ts";
import { absoluteTime, useTimeZone } from "../../../ui/time.tsx";
import { SelectionContext } from "../selection.ts";
import { sameEvidence } from "./drafts.ts";
import { queryRowEvidence } from "./evidence.ts";
import classes from "./query-rows.module.css";
import type { PlaybookState } from "./use-playbook.ts";

type QueryRow = QueryRun["rows"][number];

/** Keys of the row that has the focus. Tree and timeline have the keys that show them anywhere else. */
export const rowKeys = [
  { action: "tree", key: "t", title: "Show the row of a result in the tree" },
  { action: "timeline", key: "l", title: "Show the row of a result in the timeline" },
  { action: "hunt", key: "q", title: "Open the row of a result in Hunt" },
] as const satisfies readonly { readonly action: RowTarget; readonly key: string; readonly title: string }[];

export type RowActions = Readonly<Record<RowTarget, (row: QueryRow) => void>>;

/** A hit of a query. It can be pinned and leads to tree, timeline, Hunt, its alert and its logon session. */
export function ResultRow({
  playbook,
  run,
  row,
  columns,
  isOneDay,
  isCurrent,
  isWrapped,
  wrap,
  actions,
}: {
  readonly playbook: PlaybookState;
  readonly run: QueryRun;
  readonly row: QueryRow;
  readonly columns: readonly string[];
  /** All rows are of one day, which the head of the column names. */
  readonly isOneDay: boolean;
  /** It is the tab stop of the rows. */
  readonly isCurrent: boolean;
  /** Its values are shown as a whole. */
  readonly isWrapped: boolean;
  readonly wrap: (id: string) => void;
  readonly actions: RowActions;
}) {
  const { offerEvidence } = useContext(SelectionContext);
  const { mode } = useTimeZone();
  const evidence = queryRowEvidence(row, run);
  const pinned = playbook.draft?.evidence.some((item) => sameEvidence(item, evidence)) ?? false;
  const { processKey, alertId, sessionKey } = row;
  const canPin = playbook.denial === undefined;
  return (
    <tr
      data-row={row.id}
      tabIndex={isCurrent ? 0 : -1}
      aria-keyshortcuts={[...(canPin ? ["P"] : []), ...rowKeys.map(({ key }) => key.toUpperCase()), "Enter"].join(" ")}
      data-pinned={pinned || undefined}
      data-wrapped={isWrapped || undefined}
      onFocus={() => offerEvidence(evidence)}
      onBlur={() => offerEvidence(undefined)}
    >
      <td className={classes.pin}>
        {canPin && (
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
      </td>
      <td>
        <time dateTime={row.time} title={row.time} className={classes.time}>
          {absoluteTime(row.time, mode, "millisecond").slice(isOneDay ? 11 : 5)}
        </time>
      </td>
      {columns.map((column) => (
        <td key={column}>
          <PinInstead pin={() => playbook.pin(evidence)}>
            {fieldValues(row.fields, column).map((value) => (
              <FieldValue key={value} field={column} value={value} title={value} />
            ))}
          </PinInstead>
        </td>
      ))}
      <td className={classes.open}>
        <div>
          <RowAction label={isWrapped ? "Cut long values" : "Show whole values"} hint="Enter" run={() => wrap(row.id)}>
            <IconTextWrap size={13} aria-hidden />
          </RowAction>
          {processKey !== undefined && (
            <RowAction label="Show process in lineage" hint="T" run={() => actions.tree(row)}>
              <IconBinaryTree size={13} aria-hidden />
            </RowAction>
          )}
          <RowAction label="Show in the timeline" hint="L" run={() => actions.timeline(row)}>
            <IconClockHour4 size={13} aria-hidden />
          </RowAction>
          <RowAction label="Open in Hunt" hint="Q" run={() => actions.hunt(row)}>
            <IconTelescope size={13} aria-hidden />
          </RowAction>
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
        </div>
      </td>
    </tr>
  );
}

function RowAction(props: {
  readonly label: string;
  /** The key that does the same. */
  readonly hint: string;
  readonly run: () => void;
  readonly children: ReactNode;
}) {
  return (
    <ActionIcon
      size="xs"
      variant="subtle"
      aria-label={props.label}
      title={`${props.label} (${props.hint})`}
      onClick={props.run}
    >
      {props.children}
    </ActionIcon>
  );
}

function RowLink(props: { readonly label: string; readonly to: string; readonly children: ReactNode }) {
  return (
    <ActionIcon size="xs" variant="subtle" component={Link} to={props.to} aria-label={props.label} title={props.label}>
      {props.children}
    </ActionIcon>
  );
}
