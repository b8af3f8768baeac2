import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { IncidentDetail } from "#contracts/incident";
import { useChange } from "../../../../api/queries.ts";
import { ErrorState } from "../../../../ui/state.tsx";
import { VisibleTextInput } from "../../../../ui/visible-input.tsx";
import { counted } from "../walk.ts";
import classes from "./drawer.module.css";
import { Members } from "./members.tsx";

/** The alerts of the incident, some of which can be split off, and those that were removed from it. */
export function AlertsPanel({
  incident,
  current,
  close,
  more,
}: {
  readonly incident: IncidentDetail;
  /** The alert that is open. */
  readonly current: string;
  readonly close: () => void;
  /** Absent: no more are listed. */
  readonly more?: () => void;
}) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What others moved away meanwhile is not selected any more.
  const chosen = incident.items.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  const selection = {
    has: (id: string) => selected.has(id),
    toggle: (id: string) => setSelected(selected.symmetricDifference(new Set([id]))),
  };
  const { removed } = incident;
  return (
    <>
      <Split incident={incident} alerts={chosen} clear={() => setSelected(new Set())} close={close} />
      <Members
        alerts={incident.items}
        current={current}
        close={close}
        label="Alerts of the incident"
        selection={selection}
      />
      {incident.items.length < incident.total && (
        <p className={classes.soft}>
          {incident.items.length} of {incident.total.toLocaleString("en")} alerts, newest first.{" "}
          {more !== undefined && (
            <Button size="compact-xs" variant="default" onClick={more}>
              Show more
            </Button>
          )}
        </p>
      )}
      {removed.total > 0 && (
        <>
          <h3 className={classes.title}>Removed from this incident</h3>
          <Members alerts={removed.items} current={current} close={close} label="Removed alerts" />
          {removed.items.length < removed.total && (
            <p className={classes.soft}>
              {removed.items.length} of {removed.total.toLocaleString("en")} removed alerts
            </p>
          )}
        </>
      )}
    </>
  );
}

/** Makes the selected alerts an incident of their own. */
function Split({
  incident: { key },
  alerts,
  clear,
  close,
}: {
  readonly incident: IncidentDetail;
  readonly alerts: readonly string[];
  readonly clear: () => void;
  readonly close: () => void;
}) {
  const [reason, setReason] = useState("");
  const change = useChange("splitIncident");
  if (alerts.length === 0) {
    return (
      <p className={classes.soft} role="status">
        {change.data === undefined ? (
          "Select alerts that are another activity to split them off."
        ) : (
          <>
            Split off.{" "}
            <Link to={`/incidents/${encodeURIComponent(change.data.key)}`} onClick={close}>
              Open the new incident
            </Link>
          </>
        )}
      </p>
    );
  }
  return (
    <form
      className={classes.reason}
      aria-label="Split off"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { params: { key }, body: { alerts: [...alerts], reason }, seen: { name: "incident", params: { key } } },
          {
            onSuccess: () => {
              setReason("");
              clear();
            },
          },
        );
      }}
    >
      <VisibleTextInput
        size="xs"
        className={classes.grow ?? ""}
        aria-label="Reason for the split"
        placeholder="Why they are another activity"
        value={reason}
        change={setReason}
      />
      <Button size="xs" type="submit" loading={change.isPending}>
        Split off {counted(alerts.length, "alert")}
      </Button>
      <Button size="xs" variant="default" onClick={clear}>
        Clear
      </Button>
      {change.error !== null && <ErrorState error={change.error} />}
    </form>
  );
}
