import { Button } from "@mantine/core";
import type { Proposal } from "#contracts/proposal";
import { useDenial } from "../../../api/permission.ts";
import { useChange, useRoute } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { VisibleText } from "../../../ui/command-line.tsx";
import { Lines } from "../../../ui/lines.tsx";
import { TextLink } from "../../../ui/page.tsx";
import { PermissionNote } from "../../../ui/permission-note.tsx";
import { DismissProposal, proposalPath } from "../../../ui/proposal.tsx";
import { ProposedBy } from "../../../ui/proposed-by.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { middleEllipsis } from "../../../ui/visible-text.ts";
import classes from "./proposals.module.css";

/** More than an alert can have: see the limits in docs/api.md. */
const most = 500;

function useOpenProposals(alertId: string): readonly Proposal[] {
  const query = { alert: alertId, state: "open", limit: most } as const;
  return useRoute("proposals", { query }, { refresh: 15_000, freshFor: 5_000 }).data?.items ?? [];
}

/** Answers to a step that wait for a person. They are not answers, and look different from suggestions. */
export function AnswerProposals({
  alertId,
  stepId,
  isUnsaved,
}: {
  readonly alertId: string;
  readonly stepId: string;
  /** Whether the person has changes of their own, which taking a proposal would leave behind. */
  readonly isUnsaved: boolean;
}) {
  const open = useOpenProposals(alertId);
  const take = useChange("takeProposal");
  const denial = useDenial("decide");
  return open.map((proposal) =>
    proposal.kind === "answer" && proposal.stepId === stepId ? (
      <aside key={proposal.id} className={classes.proposal} aria-label="Proposed answer">
        <p className={classes.origin}>
          <AnswerMark value={proposal.value} />
          <ProposedBy proposal={proposal} />
        </p>
        <Rationale text={proposal.rationale} />
        {proposal.note !== "" && (
          <p className={classes.rationale}>
            Note: <VisibleText text={proposal.note} />
          </p>
        )}
        {proposal.evidence.length > 0 && (
          <ul className={classes.evidence} aria-label="Evidence of the proposal">
            {proposal.evidence.map(({ kind, id, label }) => (
              <li key={`${kind} ${id}`}>
                {kind}: <VisibleText text={middleEllipsis(label, 160)} />
              </li>
            ))}
          </ul>
        )}
        {take.error !== null && take.variables?.params?.["id"] === proposal.id && <ErrorState error={take.error} />}
        {denial === undefined ? (
          <div className={classes.decide}>
            <Button
              size="compact-xs"
              variant="default"
              loading={take.isPending}
              disabled={isUnsaved}
              title={isUnsaved ? "Save or discard your own changes first" : "Records it as your answer"}
              onClick={() => take.mutate({ params: { id: proposal.id }, body: {} })}
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

/** Exceptions that wait for a person. They hide nothing; a person opens the draft in the builder. */
export function ExceptionProposals({ alertId }: { readonly alertId: string }) {
  const open = useOpenProposals(alertId).filter(({ kind }) => kind === "exception");
  const denial = useDenial("decide");
  return open.length === 0 ? null : (
    <div className={classes.exceptions}>
      {open.map(
        (proposal) =>
          proposal.kind === "exception" && (
            <aside key={proposal.id} className={classes.proposal} aria-label="Proposed exception">
              <p className={classes.origin}>
                <span>
                  Exception “<VisibleText text={proposal.draft.name} />”
                </span>
                <ProposedBy proposal={proposal} />
              </p>
              <Rationale text={proposal.rationale} />
              {denial === undefined ? (
                <div className={classes.decide}>
                  <TextLink to={proposalPath(proposal)}>Open in the builder</TextLink>
                  <DismissProposal proposal={proposal} />
                </div>
              ) : (
                <PermissionNote action="Deciding" denial={denial} />
              )}
            </aside>
          ),
      )}
    </div>
  );
}

const Rationale = ({ text }: { readonly text: string }) => (
  <pre className={classes.rationale}>
    <Lines text={text} />
  </pre>
);
