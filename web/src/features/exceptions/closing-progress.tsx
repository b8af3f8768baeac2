import { Button, Progress } from "@mantine/core";
import { isUnended } from "#contracts/batch";
import { useChange, useRoute } from "../../api/queries.ts";
import { TextLink } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./builder-page.module.css";

/** Milliseconds between two looks. */
const FOLLOW = 500;
const number = (value: number) => value.toLocaleString("en");

/** The batch that closes the alerts of an exception which was just saved: how far it is, and a way to undo both. */
export function ClosingProgress({ batch, exception }: { readonly batch: string; readonly exception: string }) {
  const { data, error, refetch } = useRoute("batch", { params: { id: batch } }, { refresh: FOLLOW });
  const undo = useChange("undoBatch");
  const failed = undo.error ?? error;
  const isRunning = data === undefined || isUnended(data);
  const total = data?.covered?.alerts ?? 0;
  const done = data?.done.alerts ?? 0;
  return (
    <footer className={classes.bar}>
      {failed !== null && (
        <div className={classes.failure}>
          <ErrorState error={failed} retry={() => void refetch()} />
        </div>
      )}
      <p role="status">
        {undo.isSuccess
          ? "The exception is disabled, and its alerts are being reopened."
          : isRunning
            ? `Saved and in force. Closing alerts: ${number(done)} of ${number(total)}`
            : `Saved and in force. ${number(data.changed.alerts)} of ${number(total)} alerts closed.`}
      </p>
      <Progress
        w={160}
        size="sm"
        value={total === 0 ? 0 : (100 * done) / total}
        aria-label="Progress of closing the alerts"
      />
      <TextLink to="/queue">Show in queue</TextLink>
      <TextLink to={`/exceptions/${encodeURIComponent(exception)}`}>Open exception</TextLink>
      <Button
        size="xs"
        variant="default"
        disabled={isRunning || undo.isSuccess}
        loading={undo.isPending}
        title={isRunning ? "Once all alerts are closed" : "Disables the exception and reopens its alerts"}
        onClick={() => undo.mutate({ params: { id: batch }, body: {} })}
      >
        Undo
      </Button>
    </footer>
  );
}
