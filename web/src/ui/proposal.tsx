import { Button } from "@mantine/core";
import { useState } from "react";
import type { Proposal } from "#contracts/proposal";
import { useChange } from "../api/queries.ts";
import { NoteDialog } from "./note-dialog.tsx";

/** Where a person decides on a proposal: the alert at the step, or the exception builder with the draft. */
export function proposalPath(proposal: Proposal): string {
  const { alertId, id } = proposal;
  return proposal.kind === "answer"
    ? `/alerts/${encodeURIComponent(alertId)}?${new URLSearchParams({ step: proposal.stepId })}`
    : `/exceptions/new?${new URLSearchParams({ alert: alertId, proposal: id })}`;
}

/** The button that dismisses a proposal, which asks why. */
export function DismissProposal({
  proposal,
  denial,
}: {
  readonly proposal: Proposal;
  /** Why the person may not decide. */
  readonly denial?: string | undefined;
}) {
  const [asking, ask] = useState(false);
  const dismiss = useChange("dismissProposal");
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        disabled={denial !== undefined}
        title={denial}
        onClick={() => ask(true)}
      >
        Dismiss…
      </Button>
      {asking && (
        <NoteDialog
          title="Dismiss proposal"
          action="Dismiss"
          description="Why, for the audit trail and for whoever proposed it."
          pending={dismiss.isPending}
          error={dismiss.error}
          close={() => ask(false)}
          confirm={(note) => dismiss.mutate({ params: { id: proposal.id }, body: { note } })}
        />
      )}
    </>
  );
}
