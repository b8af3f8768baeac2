import { Button } from "@mantine/core";
import { useState } from "react";
import type { ListedProposal, Proposal } from "#contracts/proposal";
import { useChange } from "../api/queries.ts";
import { answerWord } from "./answer-mark.tsx";
import { VisibleText } from "./command-line.tsx";
import { NoteDialog } from "./note-dialog.tsx";
import classes from "./proposal.module.css";
import { ProposedBy } from "./proposed-by.tsx";

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
  readonly proposal: ListedProposal;
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
          about={<About proposal={proposal} />}
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

/** What is proposed, on which alert and by whom. */
function About({ proposal }: { readonly proposal: ListedProposal }) {
  const { alert } = proposal;
  return (
    <div className={classes.about}>
      <p>
        {proposal.kind === "answer" ? (
          <>
            Answer <strong>{answerWord(proposal.value)}</strong> to{" "}
            <q>
              <VisibleText text={proposal.question ?? `step ${proposal.stepId}`} />
            </q>
          </>
        ) : (
          <>
            Exception{" "}
            <q>
              <VisibleText text={proposal.draft.name} />
            </q>
          </>
        )}
        {alert !== undefined && (
          <>
            {" "}
            on the alert <VisibleText text={alert.rule.name} /> (<VisibleText text={alert.host} />)
          </>
        )}
      </p>
      <p className={classes.by}>
        <ProposedBy proposal={proposal} />
      </p>
    </div>
  );
}
