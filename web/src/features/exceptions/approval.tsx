import { Button, Group, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { draftOfException, type ExceptionDraft, type ExceptionRecord } from "#contracts/exception";
import type { Approval } from "#contracts/exception-gate";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { NoteDialog } from "../../ui/note-dialog.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { VisibleTextarea } from "../../ui/visible-input.tsx";
import { visibleString } from "../../ui/visible-text.ts";
import { LoadedWork } from "../../ui/work-progress.tsx";
import classes from "./approval.module.css";
import { DryRunView } from "./dry-run-view.tsx";

/** Who asked for the exception to be enforced and why it needs a second person; lets another author decide. */
export function ApprovalSection({ record }: { readonly record: ExceptionRecord }) {
  const [deciding, decide] = useState<"approve" | "reject">();
  const { data: me } = useRoute("me", {}, { freshFor: 60_000 });
  const denied = useDenial("author");
  const { approval } = record;
  if (approval === undefined) {
    return null;
  }
  const isOpen = approval.decision === undefined && record.disabledAt === undefined;
  const denial =
    denied ?? (me?.analyst === approval.requestedBy ? "You asked for it: another author decides." : undefined);
  const close = () => decide(undefined);
  return (
    <Section title="Second person">
      <div className={classes.approval}>
        <p>
          {visibleString(approval.requestedBy)} asked to enforce it <Moment iso={approval.requestedAt} />.{" "}
          {approval.reasons.map((reason) => visibleString(reason)).join(" ")}
        </p>
        {approval.note !== undefined && <blockquote>{visibleString(approval.note)}</blockquote>}
        {approval.decision !== undefined && <Decided decision={approval.decision} />}
        {isOpen && (
          <>
            <p>Until another author decides, it stays in shadow mode and hides nothing.</p>
            <Group gap="xs">
              <Button size="xs" disabled={denial !== undefined} title={denial} onClick={() => decide("approve")}>
                Review and approve…
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={denial !== undefined}
                title={denial}
                onClick={() => decide("reject")}
              >
                Reject…
              </Button>
              {denial !== undefined && <span className={classes.denial}>{denial}</span>}
            </Group>
          </>
        )}
      </div>
      {deciding === "approve" && <ApproveDialog record={record} close={close} />}
      {deciding === "reject" && <RejectDialog id={record.id} close={close} />}
    </Section>
  );
}

function Decided({ decision }: { readonly decision: NonNullable<Approval["decision"]> }) {
  return (
    <p>
      {decision.kind === "approved" ? "Approved" : "Rejected"} by {visibleString(decision.by)}{" "}
      <Moment iso={decision.at} />: {visibleString(decision.reason)}
    </p>
  );
}

/** Shows the dry run of the exception as it would be enforced, and then asks why. */
function ApproveDialog({ record, close }: { readonly record: ExceptionRecord; readonly close: () => void }) {
  const [draft] = useState<ExceptionDraft>(() => ({ ...draftOfException.parse(record), mode: "enforced" }));
  const [reason, setReason] = useState("");
  const run = useRoute("exceptionDryRun", { body: draft });
  const approve = useChange("approveException");
  const token = run.data?.token;
  const send = () => {
    if (token !== undefined) {
      approve.mutate(
        { params: { id: record.id }, body: { dryRunToken: token, reason } },
        {
          onSuccess: ({ closed }) => {
            const message = `${closed.toLocaleString("en")} ${closed === 1 ? "alert" : "alerts"} closed.`;
            notifications.show({ title: "Exception enforced", message });
            close();
          },
          onError: ({ details }) => {
            if (details.code === "exception.dry-run-stale") {
              void run.refetch();
            }
          },
        },
      );
    }
  };
  return (
    <Modal opened onClose={close} title="Enforce exception" size="xl">
      <div className={classes.run}>
        <LoadedWork query={run} route="exceptionDryRun" label="Running the dry run on stored data" rows={8}>
          {(data) => <DryRunView dryRun={data} draft={draft} />}
        </LoadedWork>
      </div>
      <VisibleTextarea
        label="Reason"
        description="What you have checked. It is kept under your name."
        required
        autosize
        minRows={2}
        maxLength={4000}
        value={reason}
        change={setReason}
      />
      {approve.error !== null && <ErrorState error={approve.error} />}
      <Group justify="flex-end" gap="xs" mt="md">
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          size="xs"
          disabled={token === undefined || reason.trim() === ""}
          loading={approve.isPending}
          onClick={send}
        >
          Approve and enforce
        </Button>
      </Group>
    </Modal>
  );
}

function RejectDialog({ id, close }: { readonly id: string; readonly close: () => void }) {
  const reject = useChange("rejectException");
  return (
    <NoteDialog
      title="Reject exception"
      action="Reject"
      label="Reason"
      description="It stays in shadow mode: hits are counted, nothing is hidden."
      pending={reject.isPending}
      error={reject.error}
      close={close}
      confirm={(reason) => reject.mutate({ params: { id }, body: { reason } }, { onSuccess: close })}
    />
  );
}
