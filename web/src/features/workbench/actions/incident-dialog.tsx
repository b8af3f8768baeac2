import { Button, Modal, Textarea, Timeline } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { AlertSummary, IncidentHistoryEntry } from "#contracts/alert";
import { useChange, useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { SeverityMark, StatusMark } from "../../../ui/marks.tsx";
import { showRefusal } from "../../../ui/refusal.ts";
import { RuleName } from "../../../ui/rule-name.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import classes from "./work-item-dialog.module.css";

const pageStep = 100;

/** All alerts of one work item, those that were taken out of it, and one history of all of them. */
export function WorkItemDialog({ alertId, close }: { readonly alertId: string; readonly close: () => void }) {
  const [limit, setLimit] = useState(pageStep);
  const item = useRoute("incident", { params: { id: alertId }, query: { limit } }, { keep: true });
  return (
    <Modal opened onClose={close} title="Work item" size="xl">
      <Loaded query={item} label="Loading the work item" rows={8}>
        {(whole) => (
          <>
            <p className={classes.said}>
              {`${whole.total.toLocaleString("en")} ${whole.total === 1 ? "alert" : "alerts"} that hang together by their lineage, on ${whole.hosts.join(", ")}.`}
            </p>
            <Members alerts={whole.alerts} here={alertId} close={close} label="Alerts of the work item" />
            {whole.alerts.length < whole.total && (
              <p className={classes.said}>
                {whole.alerts.length} of {whole.total.toLocaleString("en")}: the newest first.{" "}
                {limit < 500 && (
                  <Button size="compact-xs" variant="default" onClick={() => setLimit(500)}>
                    Show more
                  </Button>
                )}
              </p>
            )}
            {whole.removed.length > 0 && (
              <>
                <h3 className={classes.title}>Taken out of it</h3>
                <Members alerts={whole.removed} here={alertId} close={close} label="Alerts that were taken out" />
                {whole.removed.length < whole.removedTotal && (
                  <p className={classes.said}>
                    {whole.removed.length} of {whole.removedTotal.toLocaleString("en")}
                  </p>
                )}
              </>
            )}
            <h3 className={classes.title}>History</h3>
            <History moments={whole.history} />
          </>
        )}
      </Loaded>
    </Modal>
  );
}

function Members({
  alerts,
  here,
  close,
  label,
}: {
  readonly alerts: readonly AlertSummary[];
  readonly here: string;
  readonly close: () => void;
  readonly label: string;
}) {
  const [taking, setTaking] = useState<string>();
  return (
    <ul className={classes.members} aria-label={label}>
      {alerts.map((alert) => (
        <li key={alert.id} data-here={alert.id === here || undefined}>
          <SeverityMark severity={alert.severity} />
          <span className={classes.what}>
            <Link to={`/alerts/${encodeURIComponent(alert.id)}`} onClick={close}>
              <RuleName rule={alert.rule} />
            </Link>
            <span>
              <VisibleText text={`${alert.process.name ?? "no process"} ${alert.process.pid ?? ""} on ${alert.host}`} />
              , <Moment iso={alert.time} precision="second" />
              {alert.id === here ? ", this alert" : ""}
            </span>
            {alert.removed !== undefined && (
              <span>
                taken out by {alert.removed.actor}
                {alert.removed.reason === "" ? "" : `: ${alert.removed.reason}`}
              </span>
            )}
          </span>
          <StatusMark status={alert.status} reason={alert.closeReason} />
          <Apart alert={alert} ask={taking === alert.id} setAsk={(ask) => setTaking(ask ? alert.id : undefined)} />
        </li>
      ))}
    </ul>
  );
}

/** Takes an alert out of its item for a reason, or puts it back. */
function Apart({
  alert,
  ask,
  setAsk,
}: {
  readonly alert: AlertSummary;
  readonly ask: boolean;
  readonly setAsk: (ask: boolean) => void;
}) {
  const [reason, setReason] = useState("");
  const change = useChange("incidentMembership");
  const send = (apart: boolean) =>
    change.mutate(
      { params: { id: alert.id }, body: { removed: apart, reason: apart ? reason : "" } },
      {
        onSuccess: () => setAsk(false),
        onError: (error) => showRefusal("The work item stays as it is", error),
      },
    );
  const name = `${alert.rule.name} on ${alert.process.name ?? alert.host}`;
  if (alert.removed !== undefined) {
    return (
      <Button
        size="compact-xs"
        variant="default"
        loading={change.isPending}
        aria-label={`Put back: ${name}`}
        onClick={() => send(false)}
      >
        Put back
      </Button>
    );
  }
  if (!ask) {
    return (
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        aria-label={`Take out: ${name}`}
        onClick={() => setAsk(true)}
      >
        Take out…
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
        aria-label="Why it does not belong here"
        placeholder="Why it does not belong here (kept in history and audit trail)"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Button size="compact-xs" type="submit" loading={change.isPending}>
        Take it out
      </Button>
      <Button size="compact-xs" variant="default" onClick={() => setAsk(false)}>
        Leave it
      </Button>
    </form>
  );
}

function History({ moments }: { readonly moments: readonly IncidentHistoryEntry[] }) {
  const entries = foldRaised(moments);
  return (
    <Timeline bulletSize={12} lineWidth={2} active={entries.length} className={classes.history}>
      {entries.map(({ first, count }) => {
        const { at, alert, change } = first;
        return (
          <Timeline.Item key={`${at} ${alert.id} ${change?.to} ${change?.incident}`} title={<What change={change} />}>
            <p className={classes.said}>
              {count > 1 ? (
                `${count} alerts`
              ) : (
                <VisibleText text={`${alert.ruleName}, ${alert.processName ?? "no process"} on ${alert.host}`} />
              )}
            </p>
            <p className={classes.said}>
              {change === undefined ? "" : `${change.actor}, `}
              <Moment iso={at} precision="second" />
            </p>
            {change?.note !== undefined && <p className={classes.note}>{change.note}</p>}
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

/** Alerts that were raised one after the other within a minute are one entry: an ingest raises many at once. */
function foldRaised(
  moments: readonly IncidentHistoryEntry[],
): readonly { readonly first: IncidentHistoryEntry; readonly count: number }[] {
  const entries: { first: IncidentHistoryEntry; count: number }[] = [];
  for (const moment of moments) {
    const last = entries.at(-1);
    const joins =
      last !== undefined &&
      moment.change === undefined &&
      last.first.change === undefined &&
      Date.parse(moment.at) - Date.parse(last.first.at) < 60_000;
    if (joins) {
      last.count += 1;
    } else {
      entries.push({ first: moment, count: 1 });
    }
  }
  return entries;
}

function What({ change }: { readonly change: IncidentHistoryEntry["change"] }) {
  return change === undefined ? (
    "raised"
  ) : change.incident === undefined ? (
    <StatusMark status={change.to} reason={change.reason} />
  ) : (
    itemWords[change.incident]
  );
}

export const itemWords = {
  removed: "taken out of the work item",
  restored: "put back into the work item",
} as const;
