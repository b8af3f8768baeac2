import { Button, Progress } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { RouteResponse } from "#contracts/api";
import { type Batch, isUnended } from "#contracts/batch";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { type Command, useCommands } from "../../keyboard/commands.tsx";
import { TextLink } from "../../ui/page.tsx";
import classes from "./bulk.module.css";
import { BulkLeft, LeftBar } from "./bulk-left.tsx";
import type { LeftReason } from "./bulk-left-dialog.tsx";
import { counted, countsText, number } from "./bulk-selection.ts";

/** Milliseconds between looks at a batch that runs, and for new ones, while the page is not told of them. */
const follow = 500;
const look = 10_000;
/** Milliseconds for which the result of a batch is shown. */
const SHOWN = 15 * 60_000;
type Batches = RouteResponse<"batches">;
const dismissedKey = "stemma.queue.batch";

/**
 * The last batch of the person, who may triage: how far it is, what it changed, and a way to cancel or undo it. It
 * survives a reload.
 */
export function BulkProgress() {
  const client = useQueryClient();
  const own = useRoute("me").data?.analyst;
  const [dismissed, setDismissed] = useState(() => localStorage.getItem(dismissedKey));
  const [again, setAgain] = useState<LeftReason & Pick<Batch, "id">>();
  const latestOf = (page: Batches | undefined) => page?.items.find(({ actor }) => actor === own);
  const fallback = (page: Batches | undefined) => {
    const one = latestOf(page);
    return one !== undefined && isUnended(one) ? follow : look;
  };
  const enabled = useDenial("triage") === undefined;
  const latest = latestOf(useRoute("batches", { query: { limit: 20 } }, { fallback, enabled }).data);
  const isRunning = latest !== undefined && isUnended(latest);
  const wasRunning = useRef(false);
  useEffect(() => {
    if (wasRunning.current && !isRunning) {
      void client.invalidateQueries();
    }
    wasRunning.current = isRunning;
  }, [isRunning, client]);
  const [cancel, resume, undo] = [useChange("cancelBatch"), useChange("resumeBatch"), useChange("undoBatch")];
  const failed = [cancel, resume, undo].find(({ error }) => error !== null)?.error;
  const undoable = latest !== undefined && canUndo(latest) ? latest.id : undefined;
  const { mutate: startUndo } = undo;
  const commands = useMemo<readonly Command[]>(
    () => [
      {
        id: "queue-undo",
        title: "Undo the last batch",
        group: "Queue",
        keys: ["z"],
        disabled: undoable === undefined ? "There is no batch of yours to undo" : undefined,
        run: () => undoable !== undefined && startUndo({ params: { id: undoable }, body: {} }),
      },
    ],
    [undoable, startUndo],
  );
  useCommands(commands);
  if (latest === undefined || !isShown(latest, dismissed)) {
    return null;
  }
  const { id, action, state, covered, done, changed, problem } = latest;
  const change = { params: { id }, body: {} };
  const offered = [
    { title: "Cancel", mutation: cancel, isOffered: isRunning },
    { title: "Resume", mutation: resume, isOffered: state === "interrupted" && latest.undoneBy === undefined },
    { title: "Undo", mutation: undo, isOffered: undoable !== undefined },
  ].filter(({ isOffered }) => isOffered);
  return (
    <>
      <section className={`${classes.bar} ${classes.batch}`} aria-label="Batch">
        <span role="status">{sentenceOf(latest)}</span>
        {isRunning && covered !== undefined && (
          <>
            <span>{`${number(done.alerts)} of ${counted(covered.alerts, "alert")}`}</span>
            <Progress
              className={classes.progress}
              value={covered.alerts === 0 ? 0 : (100 * done.alerts) / covered.alerts}
              size="sm"
              aria-label="Progress of the batch"
            />
          </>
        )}
        <div className={classes.group}>
          {action.kind === "escalate" && changed.incidents > 0 && (
            <TextLink to="/settings?tab=deliveries">Deliveries</TextLink>
          )}
          {offered.map(({ title, mutation }) => (
            <Button
              key={title}
              size="compact-sm"
              variant="default"
              loading={mutation.isPending}
              onClick={() => mutation.mutate(change)}
            >
              {title}
            </Button>
          ))}
          {!isRunning && (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => {
                localStorage.setItem(dismissedKey, id);
                setDismissed(id);
              }}
            >
              Dismiss
            </Button>
          )}
        </div>
        {failed != null && (
          <p className={classes.left} role="alert">
            {failed.message}
          </p>
        )}
        {problem !== undefined && <p className={classes.left}>{`${problem.message}.`}</p>}
        <BulkLeft batch={latest} select={(reason) => setAgain({ ...reason, id })} />
      </section>
      {again?.id === id && <LeftBar batch={again} reason={again} clear={() => setAgain(undefined)} />}
    </>
  );
}

function canUndo(batch: Batch): boolean {
  return (
    !isUnended(batch) &&
    batch.action.kind !== "undo" &&
    batch.undoneBy === undefined &&
    batch.changed.alerts + batch.changed.incidents > 0
  );
}

function isShown(batch: Batch, dismissed: string | null): boolean {
  return isUnended(batch) || (batch.id !== dismissed && Date.now() - Date.parse(batch.changedAt) < SHOWN);
}

const words = {
  acknowledge: ["Acknowledging", "acknowledged"],
  escalate: ["Escalating", "escalated"],
  close: ["Closing", "closed"],
  reopen: ["Reopening", "reopened"],
  assign: ["Assigning", "assigned"],
  tag: ["Tagging", "tagged"],
  undo: ["Undoing", "restored"],
  except: ["Closing by an exception", "closed"],
} as const;

function sentenceOf({ action, state, covered, changed }: Batch): string {
  const [doing, done] = words[action.kind];
  const isNothing = changed.alerts + changed.incidents === 0;
  const made = `${isNothing ? "nothing" : countsText(changed)} ${done}`;
  switch (state) {
    case "waiting":
      return covered === undefined ? `${doing}: being prepared…` : `${doing}: waits for its turn…`;
    case "running":
      return `${doing}…`;
    case "done":
      return isNothing ? `Nothing ${done}.` : `${made}.`;
    case "cancelled":
      return `Cancelled: ${made}.`;
    case "interrupted":
      return `Interrupted: ${made}.`;
  }
}
