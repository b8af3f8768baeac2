import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import type { BatchAction, BatchSelection } from "#contracts/batch";
import type { Incident, QueuePage, QueueQuery } from "#contracts/queue";
import { useRoving } from "../../keyboard/roving.ts";
import classes from "./bulk.module.css";
import { BulkDialog } from "./bulk-dialog.tsx";
import { type Chosen, counted, number, selectionsOf } from "./bulk-selection.ts";
import type { Selection } from "./use-selection.ts";

const actions: readonly { readonly kind: BatchAction["kind"]; readonly label: string }[] = [
  { kind: "acknowledge", label: "Acknowledge…" },
  { kind: "assign", label: "Assign…" },
  { kind: "tag", label: "Tag…" },
  { kind: "escalate", label: "Escalate…" },
  { kind: "close", label: "Close…" },
  { kind: "reopen", label: "Reopen…" },
];

/** Acts on the selected rows, or on everything that matches the filters. */
export function BulkBar({
  selection,
  page,
  query,
}: {
  readonly selection: Selection;
  readonly page: QueuePage;
  readonly query: QueueQuery;
}) {
  const { all, rows, selectAll, clear } = selection;
  const chosen: Chosen = all ? { kind: "all", page } : { kind: "rows", rows };
  const matching =
    query.group === "lineage"
      ? `${counted(page.totalIncidents, "incident")} (${counted(page.totalAlerts, "alert")})`
      : `${number(page.totalAlerts)} alerts`;
  return (
    <ActionBar
      label="Selected incidents"
      text={all ? `All ${matching} that match are selected` : selectedText(rows)}
      of={selectionsOf(chosen, query)}
      byIncident={query.group === "lineage"}
      clear={clear}
    >
      {!all && rows.length < page.total && (
        <Button size="compact-sm" variant="subtle" onClick={selectAll}>
          {`Select all ${matching} that match`}
        </Button>
      )}
      {!all && <ExceptionButton rows={rows} />}
    </ActionBar>
  );
}

/** Alerts that an address can name. */
const mostNamed = 100;

/** Opens the exception builder with the draft of the selected alerts. */
function ExceptionButton({ rows }: { readonly rows: readonly Incident[] }) {
  const navigate = useNavigate();
  const ids = [...new Set(rows.flatMap(({ alerts }) => alerts.map(({ id }) => id)))];
  const count = rows.reduce((sum, { alertCount }) => sum + alertCount, 0);
  const blocked =
    ids.length < count
      ? "Open the incident: not all of its alerts are loaded here"
      : ids.length > mostNamed
        ? `Select up to ${mostNamed} alerts for one exception`
        : undefined;
  return (
    <Button
      size="compact-sm"
      variant="default"
      disabled={blocked !== undefined}
      title={blocked ?? "One exception for the selected alerts"}
      onClick={() => void navigate(`/exceptions/new?${new URLSearchParams(ids.map((id) => ["alert", id]))}`)}
    >
      Exception…
    </Button>
  );
}

/** What is selected, and the actions for it: each is one batch of the server. */
export function ActionBar({
  label,
  text,
  of,
  byIncident,
  clear,
  children,
}: {
  readonly label: string;
  readonly text: string;
  readonly of: BatchSelection[];
  /** Whether whole incidents are selected; otherwise only their alerts are meant. */
  readonly byIncident: boolean;
  readonly clear: () => void;
  readonly children?: ReactNode;
}) {
  const [action, setAction] = useState<BatchAction["kind"]>();
  const roving = useRoving<HTMLDivElement>();
  return (
    <>
      <div {...roving} className={`${classes.bar} ${classes.selected}`} role="toolbar" aria-label={label}>
        <div className={classes.group}>
          <span role="status">{text}</span>
          {children}
          <Button size="compact-sm" variant="subtle" onClick={clear}>
            Clear selection
          </Button>
        </div>
        <div className={classes.group}>
          {actions.map(({ kind, label: word }) => (
            <Button key={kind} size="compact-sm" variant="default" onClick={() => setAction(kind)}>
              {word}
            </Button>
          ))}
        </div>
      </div>
      {action !== undefined && (
        <BulkDialog
          kind={action}
          of={of}
          byIncident={byIncident}
          close={() => setAction(undefined)}
          started={() => {
            setAction(undefined);
            clear();
          }}
        />
      )}
    </>
  );
}

function selectedText(rows: readonly Incident[]): string {
  const alerts = rows.reduce((sum, { alertCount }) => sum + alertCount, 0);
  return `${counted(rows.length, "row")} selected, ${counted(alerts, "alert")}`;
}
