import { Button, Modal, Textarea, Timeline } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { AlertSummary } from "#contracts/alert";
import type { IncidentHistoryEntry } from "#contracts/incident";
import { useDenial } from "../../../api/permission.ts";
import { useChange, useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { SeverityMark, StatusMark } from "../../../ui/marks.tsx";
import { showRefusal } from "../../../ui/refusal.ts";
import { RuleName } from "../../../ui/rule-name.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import classes from "./incident-dialog.module.css";

const pageStep = 100;

/** The alerts of an incident, those removed from it, and the history of all of them. */
export function IncidentDialog({
  alertId,
  incidentKey,
  close,
}: {
  readonly alertId: string;
  readonly incidentKey: string;
  readonly close: () => void;
}) {
  const [limit, setLimit] = useState(pageStep);
  const query = useRoute("incident", { params: { key: incidentKey }, query: { limit } }, { keep: true });
  return (
    <Modal opened onClose={close} title="Incident" size="xl">
      <Loaded query={query} label="Loading the incident" rows={8}>
        {(incident) => (
          <>
            <p className={classes.soft}>
              {`${incident.total.toLocaleString("en")} ${incident.total === 1 ? "alert" : "alerts"} that share a process lineage, on ${incident.hosts.join(", ")}.`}
            </p>
            <Members alerts={incident.items} current={alertId} close={close} label="Alerts of the incident" />
            {incident.items.length < incident.total && (
              <p className={classes.soft}>
                {incident.items.length} of {incident.total.toLocaleString("en")} alerts, newest first.{" "}
                {limit < 500 && (
                  <Button size="compact-xs" variant="default" onClick={() => setLimit(500)}>
                    Show more
                  </Button>
                )}
              </p>
            )}
            {incident.removed.total > 0 && (
              <>
                <h3 className={classes.title}>Removed from this incident</h3>
                <Members alerts={incident.removed.items} current={alertId} close={close} label="Removed alerts" />
                {incident.removed.items.length < incident.removed.total && (
                  <p className={classes.soft}>
                    {incident.removed.items.length} of {incident.removed.total.toLocaleString("en")} removed alerts
                  </p>
                )}
              </>
            )}
            <h3 className={classes.title}>History</h3>
            <History entries={incident.history} />
          </>
        )}
      </Loaded>
    </Modal>
  );
}

function Members({
  alerts,
  current,
  close,
  label,
}: {
  readonly alerts: readonly AlertSummary[];
  readonly current: string;
  readonly close: () => void;
  readonly label: string;
}) {
  const [removing, setRemoving] = useState<string>();
  const denial = useDenial("triage");
  return (
    <ul className={classes.members} aria-label={label}>
      {alerts.map((alert) => (
        <li key={alert.id} data-current={alert.id === current || undefined}>
          <SeverityMark severity={alert.severity} />
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
  const name = `${alert.rule.name} on ${alert.process.name ?? alert.host}`;
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
      <Textarea
        size="xs"
        autosize
        data-autofocus
        autoFocus
        aria-label="Reason for removal"
        placeholder="Reason for removal (kept in the history and the audit trail)"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
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

function History({ entries }: { readonly entries: readonly IncidentHistoryEntry[] }) {
  const groups = groupDetections(entries);
  return (
    <Timeline bulletSize={12} lineWidth={2} active={groups.length} className={classes.history}>
      {groups.map(({ first, count }) => {
        const { at, alert, change, work } = first;
        const actor = change?.actor ?? work?.actor;
        return (
          <Timeline.Item
            key={`${at} ${alert?.id} ${change?.to} ${change?.incident} ${work?.text}`}
            title={work === undefined ? <ChangeTitle change={change} /> : <VisibleText text={work.text} />}
          >
            {alert !== undefined && (
              <p className={classes.soft}>
                {count > 1 ? (
                  `${count.toLocaleString("en")} alerts`
                ) : (
                  <VisibleText text={`${alert.ruleName}, ${alert.processName ?? "no process"} on ${alert.host}`} />
                )}
              </p>
            )}
            <p className={classes.soft}>
              {actor === undefined ? "" : `${actor}, `}
              <Moment iso={at} precision="second" />
            </p>
            {change?.note !== undefined && <p className={classes.note}>{change.note}</p>}
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

/** Consecutive alerts raised within a minute become one entry: an ingest raises many at once. */
function groupDetections(
  history: readonly IncidentHistoryEntry[],
): readonly { readonly first: IncidentHistoryEntry; readonly count: number }[] {
  const groups: { first: IncidentHistoryEntry; count: number }[] = [];
  for (const entry of history) {
    const last = groups.at(-1);
    const extendsLast =
      last !== undefined &&
      isDetection(entry) &&
      isDetection(last.first) &&
      Date.parse(entry.at) - Date.parse(last.first.at) < 60_000;
    if (extendsLast) {
      last.count += 1;
    } else {
      groups.push({ first: entry, count: 1 });
    }
  }
  return groups;
}

const isDetection = ({ change, work }: IncidentHistoryEntry) => change === undefined && work === undefined;

function ChangeTitle({ change }: { readonly change: IncidentHistoryEntry["change"] }) {
  return change === undefined ? (
    "Raised"
  ) : change.incident === undefined ? (
    <StatusMark status={change.to} reason={change.reason} />
  ) : (
    membershipLabels[change.incident]
  );
}

export const membershipLabels = {
  removed: "Removed from the incident",
  restored: "Restored to the incident",
  split: "Split off into an incident of its own",
  merged: "Merged into another incident",
  unmerged: "Separated from the merged incident",
} as const;
