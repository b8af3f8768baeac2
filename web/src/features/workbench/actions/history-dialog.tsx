import { Modal, Timeline } from "@mantine/core";
import type { ReactNode } from "react";
import type { AlertDetail } from "#contracts/alert";
import type { AuditRecord } from "#contracts/audit";
import { useRoutes } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { StatusMark } from "../../../ui/marks.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import classes from "./dialogs.module.css";
import { itemWords } from "./incident-dialog.tsx";

interface Entry {
  readonly key: string;
  readonly at: string;
  readonly actor: string;
  readonly title: ReactNode;
  readonly note?: string;
}

/** What people did to the alert, and to the parents of the processes that it hangs on, in the order of time. */
export function HistoryDialog({ alert, close }: { readonly alert: AlertDetail; readonly close: () => void }) {
  const trails = useRoutes(
    "audit",
    alert.path.map(({ key }) => ({ query: { kind: "process", id: key, limit: 100 } })),
  );
  const failed = trails.find(({ error }) => error !== null);
  const choices = alert.path.flatMap(({ name, pid }, index) =>
    (trails[index]?.data?.items ?? [])
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
          itemWords[change.incident]
        ),
      note: change.note,
    }),
  );
  const entries = [...changes, ...choices].sort((a, b) => a.at.localeCompare(b.at));
  return (
    <Modal opened onClose={close} title="History of the alert" size="lg">
      <Timeline bulletSize={14} lineWidth={2} active={entries.length}>
        <Timeline.Item title="Raised">
          <p className={classes.verdict}>
            The event is of <Moment iso={alert.time} precision="millisecond" />, the alert of{" "}
            <Moment iso={alert.detectedAt} precision="second" />.
          </p>
        </Timeline.Item>
        {entries.map((entry) => (
          <Timeline.Item key={entry.key} title={entry.title}>
            <p className={classes.verdict}>
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
    title: chosen ? "parent chosen" : "choice of parent taken back",
    note: chosen && isChosen(before) ? `Another parent for ${process} than was chosen before.` : `For ${process}.`,
  };
}

/** Whether a person had decided the parent that an audit record of a choice tells of. */
function isChosen(link: unknown): boolean {
  return typeof link === "object" && link !== null && "chosenBy" in link && link.chosenBy !== undefined;
}
