import { Modal, Timeline } from "@mantine/core";
import type { ReactNode } from "react";
import type { AlertDetail } from "#contracts/alert";
import type { AuditRecord } from "#contracts/audit";
import { useRoutes } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { StatusMark } from "../../../ui/marks.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { membershipLabels } from "../incident/drawer/history.tsx";
import classes from "./dialogs.module.css";

interface Entry {
  readonly key: string;
  readonly at: string;
  readonly actor: string;
  readonly title: ReactNode;
  readonly note?: string;
}

/** Changes of the alert and choices of parents on its process path, in order of time. */
export function HistoryDialog({ alert, close }: { readonly alert: AlertDetail; readonly close: () => void }) {
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
      actor: change.actor,
      title:
        change.incident === undefined ? (
          <StatusMark status={change.to} reason={change.reason} />
        ) : (
          membershipLabels[change.incident]
        ),
      note: change.note,
    }),
  );
  const entries = [...changes, ...choices].sort((a, b) => a.at.localeCompare(b.at));
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
          </Timeline.Item>
        ))}
      </Timeline>
      {failed?.error != null && <ErrorState error={failed.error} retry={() => void failed.refetch()} />}
    </Modal>
  );
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
