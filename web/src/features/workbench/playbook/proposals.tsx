import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconMessageQuestion } from "@tabler/icons-react";
import { useState } from "react";
import type { ListedProposal, Proposal } from "#contracts/proposal";
import { useDenial } from "../../../api/permission.ts";
import { useChange, useRoute } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { VisibleText } from "../../../ui/command-line.tsx";
import { TextLink } from "../../../ui/page.tsx";
import { PermissionNote } from "../../../ui/permission-note.tsx";
import { DismissProposal, proposalPath } from "../../../ui/proposal.tsx";
import { ProposedBy } from "../../../ui/proposed-by.tsx";
import { Quoted } from "../../../ui/quoted.tsx";
import { reasonHint } from "../../../ui/reason-hint.ts";
import { ErrorState } from "../../../ui/state.tsx";
import { VisibleTextarea } from "../../../ui/visible-input.tsx";
import { EvidenceLink } from "./evidence-link.tsx";
import classes from "./proposals.module.css";

/** More than an alert can have: see the limits in docs/api.md. */
const most = 500;

/** The proposals on an alert that wait for a person. */
export function useOpenProposals(alertId: string): readonly ListedProposal[] {
  const query = { alert: alertId, state: "open", limit: most } as const;
  return useRoute("proposals", { query }, { fallback: 15_000, freshFor: 5_000 }).data?.items ?? [];
}

/** Answers to a step that wait for a person. They are not answers, and look different from suggestions. */
export function AnswerProposals({
  alertId,
  stepId,
  isUnsaved,
  refused,
}: {
  readonly alertId: string;
  readonly stepId: string;
  /** Whether the person has changes of their own, which taking a proposal would leave behind. */
  readonly isUnsaved: boolean;
  /** Why the step cannot be answered now. */
  readonly refused: string | undefined;
}) {
  const open = useOpenProposals(alertId);
  const take = useChange("takeProposal");
  const [reason, setReason] = useState("");
  const denial = useDenial("decide");
  return open.map((proposal) =>
    proposal.kind === "answer" && proposal.stepId === stepId ? (
      <aside key={proposal.id} className={classes.proposal} aria-label="Proposed answer">
        <p className={classes.origin}>
          <AnswerMark value={proposal.value} />
          <ProposedBy proposal={proposal} />
        </p>
        <Rationale proposal={proposal} />
        {proposal.note !== "" && <Words caption="Note for the answer" text={proposal.note} />}
        {proposal.evidence.length > 0 && (
          <ul className={classes.evidence} aria-label="Evidence of the proposal">
            {proposal.evidence.map((item) => (
              <li key={`${item.kind} ${item.id}`}>
                <span>{item.kind === "session" ? "logon" : item.kind}</span>
                <div>
                  <EvidenceLink item={item} length={160} />
                </div>
              </li>
            ))}
          </ul>
        )}
        {take.error !== null && take.variables?.params?.["id"] === proposal.id && <ErrorState error={take.error} />}
        {take.error?.details.code === "playbook.reason-needed" && take.variables?.params?.["id"] === proposal.id && (
          <VisibleTextarea
            label="Your reason for an answer against the suggestion"
            description={reasonHint(reason, "Added to the note of the answer, under your name.")}
            autosize
            minRows={1}
            maxRows={5}
            maxLength={4000}
            size="xs"
            required
            data-autofocus
            value={reason}
            change={setReason}
          />
        )}
        {denial === undefined ? (
          <div className={classes.decide}>
            <Button
              size="compact-xs"
              variant="default"
              loading={take.isPending}
              disabled={isUnsaved || refused !== undefined}
              title={refused ?? (isUnsaved ? "Save or discard your own changes first" : "Records it as your answer")}
              onClick={() =>
                take.mutate({ params: { id: proposal.id }, body: reason.trim() === "" ? {} : { note: reason } })
              }
            >
              Use this answer
            </Button>
            <DismissProposal proposal={proposal} />
          </div>
        ) : (
          <PermissionNote action="Deciding" denial={denial} />
        )}
      </aside>
    ) : null,
  );
}

/** Exceptions that wait for a person, behind one line. They hide nothing; a person opens the draft in the builder. */
export function ExceptionProposals({ alertId }: { readonly alertId: string }) {
  const [shown, show] = useState(false);
  const open = useOpenProposals(alertId).filter((proposal) => proposal.kind === "exception");
  if (open.length === 0) {
    return null;
  }
  const Chevron = shown ? IconChevronDown : IconChevronRight;
  return (
    <div className={classes.exceptions}>
      <button type="button" aria-expanded={shown} onClick={() => show(!shown)}>
        <Chevron size={14} aria-hidden />
        {`${open.length} proposed ${open.length === 1 ? "exception" : "exceptions"}`}
      </button>
      {shown && open.map((proposal) => <ProposedException key={proposal.id} proposal={proposal} />)}
    </div>
  );
}

function ProposedException({ proposal }: { readonly proposal: Extract<ListedProposal, { kind: "exception" }> }) {
  const denial = useDenial("decide");
  return (
    <aside className={classes.proposal} aria-label="Proposed exception">
      <p className={classes.origin}>
        <strong>
          <VisibleText text={proposal.draft.name} />
        </strong>
        <ProposedBy proposal={proposal} />
      </p>
      <Rationale proposal={proposal} />
      {denial === undefined ? (
        <div className={classes.decide}>
          <TextLink to={proposalPath(proposal)}>Open in the builder</TextLink>
          <DismissProposal proposal={proposal} />
        </div>
      ) : (
        <PermissionNote action="Deciding" denial={denial} />
      )}
    </aside>
  );
}

/** How many proposals wait, for where they are out of sight. */
export function WaitingProposals({ count }: { readonly count: number }) {
  const text = `${count} open ${count === 1 ? "proposal" : "proposals"}`;
  return count === 0 ? null : (
    <span className={classes.waiting} role="img" aria-label={text} title={text}>
      <IconMessageQuestion size={12} aria-hidden />
      {count}
    </span>
  );
}

/** What the proposer wrote, set apart as somebody else's words. */
function Words({ caption, text }: { readonly caption: string; readonly text: string }) {
  return (
    <figure className={classes.words}>
      <figcaption>{caption}</figcaption>
      <blockquote>
        <Quoted text={text} />
      </blockquote>
    </figure>
  );
}

const Rationale = ({ proposal }: { readonly proposal: Proposal }) => (
  <Words caption="Rationale, in the words of the proposer" text={proposal.rationale} />
);
