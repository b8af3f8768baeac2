import { Modal, Timeline } from "@mantine/core";
import type { ReactNode } from "react";
import type { AlertDetail } from "#contracts/alert";
import type { AuditRecord } from "#contracts/audit";
import type { Delivery } from "#contracts/delivery";
import { useRoutes } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { DeliveryEntry, deliveryTitle } from "../incident/delivery-entry.tsx";
import { ChangedStatus, membershipLabels } from "../incident/drawer/history.tsx";
import { useDeliveries } from "../incident/use-deliveries.ts";
import type { IncidentState } from "../incident/use-incident.ts";
import classes from "./dialogs.module.css";

interface Entry {
  readonly key: string;
  readonly at: string;
  readonly actor: string;
  readonly title: ReactNode;
  readonly note?: string;
  readonly delivery?: Delivery;
}

/** Changes of the alert, choices of parents on its process path, and what was sent of it, in order of time. */
export function HistoryDialog({
  alert,
  incident,
  close,
}: {
  readonly alert: AlertDetail;
  readonly incident: Pick<IncidentState, "key" | "detail">;
  readonly close: () => void;
}) {
  const deliveries = useDeliveries(incident.detail ?? { key: incident.key, merged: [] });
  const auditQueries = useRoutes(
    "audit",
    alert.path.map(({ key }) => ({ query: { kind: "process", id: key, limit: 100 } })),
  );
  const failed = auditQueries.find(({ error }) => error !== null);
  const choices = alert.path.flatMap(({ name, pid }, index) =>
    (auditQueries[index]?.data?.items ?? [])
      .filter(({ action }) => action === "process.parent")
      .map((record) => choiceEntry(record, `${name}${pid === undefined ? "" : ` ${pid}`}`)),
  );
  const changes = alert.history.map(
    (change): Entry => ({
      key: `${change.at} ${change.to} ${change.incident ?? ""}`,
      at: change.at,
      actor: change.batch === undefined ? change.actor : `${change.actor}, in a batch`,
      title: change.incident === undefined ? <ChangedStatus change={change} /> : membershipLabels[change.incident],
      note: change.note,
    }),
  );
  const sent = sinceEscalation(alert, deliveries.items).map(
    (delivery): Entry => ({
      ...{ key: delivery.id, at: delivery.at, actor: delivery.actor, delivery },
      title: <VisibleText text={deliveryTitle(delivery)} />,
    }),
  );
  const entries = [...changes, ...choices, ...sent].sort((a, b) => a.at.localeCompare(b.at));
  return (
    <Modal opened onClose={close} title="Alert history" size="lg">
      <Timeline bulletSize={14} lineWidth={2} active={entries.length}>
        <Timeline.Item title="Raised">
          <p className={classes.text}>
            <span>
              Event <Moment iso={alert.time} precision="millisecond" /> · Alert raised{" "}
              <Moment iso={alert.detectedAt} precision="second" />
            </span>
          </p>
        </Timeline.Item>
        {entries.map((entry) => (
          <Timeline.Item key={entry.key} title={entry.title}>
            <p className={classes.text}>
              {entry.actor}, <Moment iso={entry.at} />
            </p>
            {entry.note !== undefined && (
              <p className={classes.note}>
                <VisibleText text={entry.note} />
              </p>
            )}
            {entry.delivery !== undefined && <DeliveryEntry delivery={entry.delivery} />}
          </Timeline.Item>
        ))}
      </Timeline>
      {deliveries.cut !== undefined && <p className={classes.text}>{`Not all: ${deliveries.cut}.`}</p>}
      {failed?.error != null && <ErrorState error={failed.error} retry={() => void failed.refetch()} />}
      {deliveries.failed !== undefined && <ErrorState {...deliveries.failed} />}
    </Modal>
  );
}

/** What was sent of its incident since the alert was escalated for the first time: before that, it was about others. */
function sinceEscalation({ history }: AlertDetail, deliveries: readonly Delivery[]): readonly Delivery[] {
  const escalated = history.find(({ to, incident }) => to === "escalated" && incident === undefined);
  return escalated === undefined ? [] : deliveries.filter(({ at }) => at >= escalated.at);
}

function choiceEntry({ sequence, at, actor, before, after }: AuditRecord, process: string): Entry {
  const chosen = isChosen(after);
  return {
    key: `audit ${sequence}`,
    at,
    actor,
    title: chosen ? "Parent chosen" : "Computed parent restored",
    note: chosen && isChosen(before) ? `Parent of ${process}, replacing an earlier choice.` : `Parent of ${process}.`,
  };
}

/** Whether the parent link in an audit record was chosen by an analyst. */
function isChosen(link: unknown): boolean {
  return typeof link === "object" && link !== null && "chosenBy" in link && link.chosenBy !== undefined;
}
