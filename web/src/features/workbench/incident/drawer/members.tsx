import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { AlertSummary } from "#contracts/alert";
import { useDenial } from "../../../../api/permission.ts";
import { useChange } from "../../../../api/queries.ts";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { SeverityMark, StatusMark } from "../../../../ui/marks.tsx";
import { showRefusal } from "../../../../ui/refusal.ts";
import { RuleName } from "../../../../ui/rule-name.tsx";
import { Moment } from "../../../../ui/time.tsx";
import { VisibleTextarea } from "../../../../ui/visible-input.tsx";
import classes from "./drawer.module.css";

const nameOf = ({ rule, process, host }: AlertSummary) => `${rule.name} on ${process.name ?? host}`;

/** Alerts of an incident. With `selection`, some can be selected. */
export function Members({
  alerts,
  current,
  close,
  label,
  selection,
}: {
  readonly alerts: readonly AlertSummary[];
  readonly current: string;
  readonly close: () => void;
  readonly label: string;
  readonly selection?: { readonly has: (id: string) => boolean; readonly toggle: (id: string) => void };
}) {
  const [removing, setRemoving] = useState<string>();
  const denial = useDenial("triage");
  return (
    <ul className={classes.members} aria-label={label}>
      {alerts.map((alert) => (
        <li key={alert.id} data-current={alert.id === current || undefined}>
          <span className={classes.mark}>
            {selection !== undefined && denial === undefined && (
              <Checkbox
                size="xs"
                aria-label={`Select: ${nameOf(alert)}`}
                checked={selection.has(alert.id)}
                onChange={() => selection.toggle(alert.id)}
              />
            )}
            <SeverityMark severity={alert.severity} />
          </span>
          <span className={classes.what}>
            <Link to={`/alerts/${encodeURIComponent(alert.id)}`} onClick={close}>
              <RuleName rule={alert.rule} />
            </Link>
            <span>
              <VisibleText text={`${alert.process.name ?? "no process"} ${alert.process.pid ?? ""} on ${alert.host}`} />
              , <Moment iso={alert.time} precision="second" />
              {alert.id === current ? ", this alert" : ""}
            </span>
            {alert.removed !== undefined && (
              <span>
                Removed by {alert.removed.actor}
                {alert.removed.reason === "" ? "" : `: ${alert.removed.reason}`}
              </span>
            )}
          </span>
          <StatusMark status={alert.status} reason={alert.closeReason} />
          {denial === undefined && (
            <MembershipControl
              alert={alert}
              asking={removing === alert.id}
              setAsking={(asking) => setRemoving(asking ? alert.id : undefined)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

/** Removes an alert from its incident with a reason, or restores it. */
function MembershipControl({
  alert,
  asking,
  setAsking,
}: {
  readonly alert: AlertSummary;
  readonly asking: boolean;
  readonly setAsking: (asking: boolean) => void;
}) {
  const [reason, setReason] = useState("");
  const change = useChange("incidentMembership");
  const send = (removed: boolean) =>
    change.mutate(
      {
        params: { id: alert.id },
        body: { removed, reason: removed ? reason : "" },
        seen: { name: "alert", params: { id: alert.id } },
      },
      {
        onSuccess: () => setAsking(false),
        onError: (error) => showRefusal("Incident not changed", error),
      },
    );
  const name = nameOf(alert);
  if (alert.removed !== undefined) {
    return (
      <Button
        size="compact-xs"
        variant="default"
        loading={change.isPending}
        aria-label={`Restore: ${name}`}
        onClick={() => send(false)}
      >
        Restore
      </Button>
    );
  }
  if (!asking) {
    return (
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        aria-label={`Remove from this incident: ${name}`}
        onClick={() => setAsking(true)}
      >
        Remove from this incident…
      </Button>
    );
  }
  return (
    <form
      className={classes.reason}
      onSubmit={(event) => {
        event.preventDefault();
        send(true);
      }}
    >
      <VisibleTextarea
        size="xs"
        autosize
        data-autofocus
        autoFocus
        aria-label="Reason for removal"
        placeholder="Reason for removal (kept in the history and the audit trail)"
        value={reason}
        change={setReason}
      />
      <Button size="compact-xs" type="submit" loading={change.isPending}>
        Remove
      </Button>
      <Button size="compact-xs" variant="default" onClick={() => setAsking(false)}>
        Cancel
      </Button>
    </form>
  );
}
