import { Button } from "@mantine/core";
import { useLocation, useNavigate } from "react-router";
import { z } from "zod";
import { type Batch, type BatchSelection, isUnended } from "#contracts/batch";
import classes from "./bulk.module.css";
import { ActionBar } from "./bulk-bar.tsx";
import { LeftDialog, type LeftReason, leftCounts } from "./bulk-left-dialog.tsx";
import { countsText } from "./bulk-selection.ts";

/** What a batch left as it was: how much, why, and a list of it for each reason. */
export function BulkLeft({
  batch,
  select,
}: {
  readonly batch: Batch;
  /** Selects what was left for a reason. */
  readonly select: (reason: LeftReason) => void;
}) {
  const [shown, show] = useShownReason(batch);
  if (batch.left.length === 0) {
    return null;
  }
  return (
    <>
      <ul className={classes.left} aria-label="Left as they were">
        {batch.left.map((reason) => (
          <li key={reason.code}>
            {`${countsText(reason)} left: ${reason.text} `}
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`Show: ${reason.text}`}
              onClick={() => show(reason.code)}
            >
              Show
            </Button>
          </li>
        ))}
      </ul>
      {shown !== undefined && (
        <LeftDialog
          batch={batch}
          reason={shown}
          select={
            isUnended(batch)
              ? undefined
              : () => {
                  show(undefined);
                  select(shown);
                }
          }
          close={() => show(undefined)}
        />
      )}
    </>
  );
}

/** The actions for what a batch left for a reason, once it is selected. */
export function LeftBar({
  batch: { id },
  reason,
  clear,
}: {
  readonly batch: Pick<Batch, "id">;
  readonly reason: LeftReason;
  readonly clear: () => void;
}) {
  const of: BatchSelection[] = [{ kind: "left", batch: id, code: reason.code }];
  return (
    <ActionBar
      label="Selected: left by the batch"
      text={`${leftCounts(reason)} that the batch left are selected`}
      of={of}
      byIncident={reason.alerts === 0}
      clear={clear}
    />
  );
}

const shownReason = z.object({ left: z.object({ batch: z.string(), code: z.string() }) });

/** Which list is open, kept in the browser's history: whoever comes back from an incident has it again. */
function useShownReason({ id, left }: Batch) {
  const location = useLocation();
  const navigate = useNavigate();
  const kept = shownReason.safeParse(location.state).data?.left;
  const show = (code: string | undefined) =>
    void navigate(`${location.pathname}${location.search}`, {
      replace: true,
      state: code === undefined ? undefined : { left: { batch: id, code } },
    });
  return [kept?.batch === id ? left.find(({ code }) => code === kept.code) : undefined, show] as const;
}
