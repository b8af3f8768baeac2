import { Button, Checkbox, Group, Modal } from "@mantine/core";
import { useState } from "react";
import type { ExceptionRecord } from "#contracts/exception";
import type { GiveBackResult } from "#contracts/exception-life";
import { useChange, useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { TextLink } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { VisibleTextarea } from "../../ui/visible-input.tsx";
import classes from "./exception-page.module.css";

/** Polling interval in milliseconds. */
const FOLLOW = 700;
const number = (value: number) => value.toLocaleString("en");

/** Raises and reopens what an exception has hidden, and reports what came of it. */
export function GiveBackDialog({
  record: { id, name },
  hits,
  close,
}: {
  readonly record: ExceptionRecord;
  readonly hits: "all" | readonly string[];
  readonly close: () => void;
}) {
  const [reason, setReason] = useState("");
  const [reopen, setReopen] = useState(true);
  const give = useChange("giveBack");
  return (
    <Modal opened onClose={close} title="Give back what was hidden" size="lg">
      {give.data === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const body = { hits: hits === "all" ? hits : [...hits], reopen, reason: reason.trim() };
            give.mutate({ params: { id }, body });
          }}
        >
          <p className={classes.reason}>
            {hits === "all" ? "Everything" : `${number(hits.length)} ${hits.length === 1 ? "hit" : "hits"}`} that{" "}
            <strong>
              <VisibleText text={name} />
            </strong>{" "}
            has hidden is raised as alerts with the times of their events, unless this or another exception still hides
            it. What has an alert already is left alone.
          </p>
          <Checkbox
            size="xs"
            label="Reopen the alerts that it closed"
            checked={reopen}
            onChange={(event) => setReopen(event.currentTarget.checked)}
          />
          <VisibleTextarea
            label="Reason"
            description="For the audit trail and the history of reopened alerts"
            required
            data-autofocus
            autosize
            minRows={2}
            maxLength={4000}
            value={reason}
            change={setReason}
          />
          {give.error !== null && <ErrorState error={give.error} />}
          {give.isPending && <Progressed />}
          <Group justify="flex-end" gap="xs" mt="md">
            <Button size="xs" variant="default" onClick={close}>
              {give.isPending ? "Close; it goes on" : "Cancel"}
            </Button>
            <Button size="xs" type="submit" disabled={reason.trim() === ""} loading={give.isPending}>
              Give back
            </Button>
          </Group>
        </form>
      ) : (
        <Outcome result={give.data} close={close} />
      )}
    </Modal>
  );
}

function Progressed() {
  const work = useRoute("work", {}, { refresh: FOLLOW });
  const item = work.data?.items.find(({ kind }) => kind === "giveBack");
  const progress = item?.progress;
  return (
    <p role="status" className={classes.reason}>
      {progress === undefined
        ? "Waiting for its turn…"
        : `${number(progress.done)}${progress.total === undefined ? "" : ` of ${number(progress.total)}`} hits`}
    </p>
  );
}

function Outcome({ result, close }: { readonly result: GiveBackResult; readonly close: () => void }) {
  const { raised, reopened, inQueue, stillHidden, left, totals, recomputed, alerts } = result;
  const reasons = [...Map.groupBy(left, (one) => one.reason)];
  const count = (value: number, what: string) => `${number(value)} ${value === 1 ? "alert" : "alerts"} ${what}`;
  return (
    <div role="status">
      <ul className={classes.outcome}>
        <li>{count(raised, "raised")}</li>
        <li>{count(reopened, "reopened")}</li>
        {inQueue > 0 && <li>{`${number(inQueue)} with an alert already`}</li>}
        {stillHidden > 0 && <li>{`${number(stillHidden)} still hidden by this exception`}</li>}
        {reasons.map(([reason, ofReason]) => (
          <li key={reason}>{`${number(ofReason.length)} not raised: ${reason}`}</li>
        ))}
        {totals.left > left.length && <li>{`${number(totals.left - left.length)} more not raised`}</li>}
        {recomputed.map((sentence) => (
          <li key={sentence}>
            <VisibleText text={sentence} />
          </li>
        ))}
      </ul>
      <Group justify="space-between" gap="xs" mt="md">
        {alerts[0] === undefined ? (
          <span />
        ) : (
          <TextLink to={`/alerts/${encodeURIComponent(alerts[0])}`}>Open the first alert</TextLink>
        )}
        <Button size="xs" data-autofocus onClick={close}>
          Done
        </Button>
      </Group>
    </div>
  );
}
