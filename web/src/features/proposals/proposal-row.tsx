import { Button } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconCircleDashed, IconShieldOff, IconX } from "@tabler/icons-react";
import { type ReactNode, useId } from "react";
import { Link } from "react-router";
import { scopeWords } from "#contracts/exception";
import type { ListedProposal, ProposalState } from "#contracts/proposal";
import { AnswerMark } from "../../ui/answer-mark.tsx";
import { VisibleText } from "../../ui/command-line.tsx";
import { entrySentence } from "../../ui/exception-entry.ts";
import { SeverityMark, StatusMark } from "../../ui/marks.tsx";
import { TextLink } from "../../ui/page.tsx";
import { DismissProposal, proposalPath } from "../../ui/proposal.tsx";
import { ProposedBy } from "../../ui/proposed-by.tsx";
import { isLong, Quoted } from "../../ui/quoted.tsx";
import { Moment } from "../../ui/time.tsx";
import { middleEllipsis } from "../../ui/visible-text.ts";
import classes from "./proposals.module.css";

interface RowProps {
  readonly proposal: ListedProposal;
  /** Why the person may not decide. */
  readonly denial: string | undefined;
}

/**
 * A proposal: what, on which alert, by whom, and why in its own words. It is taken where its evidence is, at the step
 * of the alert or in the exception builder, and not from a list.
 */
export function ProposalRow({ proposal, denial }: RowProps) {
  const title = useId();
  return (
    <article className={classes.proposal} aria-labelledby={title} tabIndex={-1}>
      <div className={classes.what}>
        <h2 className={classes.title} id={title}>
          <Title proposal={proposal} />
        </h2>
        <Subject proposal={proposal} />
        {proposal.kind === "exception" && <Entries proposal={proposal} />}
        <p className={classes.by}>
          <ProposedBy proposal={proposal} />
        </p>
      </div>
      <Words proposal={proposal} />
      <div className={classes.end}>
        <Decision proposal={proposal} />
        {proposal.state === "open" && <Actions proposal={proposal} denial={denial} />}
      </div>
    </article>
  );
}

function Title({ proposal }: { readonly proposal: ListedProposal }): ReactNode {
  if (proposal.kind === "answer") {
    return (
      <>
        <AnswerMark value={proposal.value} />
        <span>{proposal.question ?? <VisibleText text={`Step ${proposal.stepId}`} />}</span>
      </>
    );
  }
  const { name, mode } = proposal.draft;
  const scope = scopeWords(proposal.draft);
  const facts = [mode, ...(scope === "1 rule" ? [] : [scope])];
  return (
    <>
      <span className={classes.kind}>
        <IconShieldOff size={14} aria-hidden /> exception
      </span>
      <span>
        <VisibleText text={name} />{" "}
        <span className={classes.soft}>
          <VisibleText text={`(${facts.join(", ")})`} />
        </span>
      </span>
    </>
  );
}

/** The alert, with what helps to tell it from others. */
function Subject({ proposal }: { readonly proposal: ListedProposal }) {
  const { alert, alertId } = proposal;
  if (alert === undefined) {
    return <p className={classes.subject}>The alert is no longer stored.</p>;
  }
  const step = proposal.kind === "answer" ? `?${new URLSearchParams({ step: proposal.stepId })}` : "";
  return (
    <p className={classes.subject}>
      <SeverityMark severity={alert.severity} word={false} />
      <TextLink to={`/alerts/${encodeURIComponent(alertId)}${step}`}>{alert.rule.name}</TextLink>
      {alert.processName !== undefined && (
        <code>
          <VisibleText text={middleEllipsis(alert.processName, 60)} />
        </code>
      )}
      {alert.host !== "" && (
        <span>
          on <VisibleText text={alert.host} />
        </span>
      )}
      {alert.status === "closed" && <StatusMark status={alert.status} />}
    </p>
  );
}

/** Entries that a row lists. */
const mostEntries = 4;

function Entries({ proposal: { draft } }: { readonly proposal: Extract<ListedProposal, { kind: "exception" }> }) {
  const more = draft.entries.length - mostEntries;
  return (
    <ul className={classes.entries} aria-label="Entries of the exception">
      {draft.entries.slice(0, mostEntries).map((entry) => {
        const sentence = entrySentence(entry);
        return (
          <li key={sentence}>
            <code>
              <VisibleText text={middleEllipsis(sentence, 180)} />
            </code>
          </li>
        );
      })}
      {more > 0 && <li>{`and ${more} more, in the builder`}</li>}
    </ul>
  );
}

/** What the proposer wrote, set apart as somebody else's words. */
function Words({ proposal }: { readonly proposal: ListedProposal }) {
  const { rationale } = proposal;
  const note = proposal.kind === "answer" ? proposal.note : "";
  const evidence = proposal.kind === "answer" ? proposal.evidence.length : 0;
  return (
    <figure className={classes.words}>
      <figcaption>Rationale, in the words of the proposer</figcaption>
      <blockquote>
        <Quoted text={rationale} />
      </blockquote>
      {note !== "" && (
        <>
          <p className={classes.caption}>Note for the answer</p>
          <blockquote>
            <Quoted text={note} />
          </blockquote>
        </>
      )}
      {evidence > 0 && (
        <p className={classes.caption}>{`${evidence} ${evidence === 1 ? "piece" : "pieces"} of evidence pinned`}</p>
      )}
    </figure>
  );
}

const states = {
  open: { icon: IconCircleDashed, word: "Open" },
  taken: { icon: IconCheck, word: "Taken" },
  dismissed: { icon: IconX, word: "Dismissed" },
  withdrawn: { icon: IconArrowBackUp, word: "Withdrawn" },
} as const satisfies Readonly<Record<ProposalState, unknown>>;

/** The state, and for what is no longer open who decided, when and why. */
function Decision({ proposal: { state, decision } }: { readonly proposal: ListedProposal }) {
  const { icon: Icon, word } = states[state];
  const note = decision?.note ?? "";
  return (
    <div className={classes.decision}>
      <Icon size={14} aria-hidden className={classes.icon} />
      <div>
        <strong>{word}</strong>
        {decision !== undefined && (
          <>
            {" by "}
            <VisibleText text={decision.by} />, <Moment iso={decision.at} relative />
          </>
        )}
        {note !== "" && ": "}
        {isLong(note) ? <Quoted text={note} /> : <VisibleText text={note} />}
      </div>
    </div>
  );
}

function Actions({ proposal, denial }: RowProps) {
  const { alert } = proposal;
  return (
    <div className={classes.actions}>
      {alert !== undefined && <Open proposal={proposal} denial={denial} />}
      <DismissProposal proposal={proposal} denial={denial} />
    </div>
  );
}

/** Leads to where the proposal is taken. Whoever may not decide still reads the step, but has no builder. */
function Open({ proposal, denial }: RowProps) {
  const isClosed = proposal.alert?.status === "closed";
  const refused =
    proposal.kind === "exception" ? (denial ?? (isClosed ? "The alert is closed." : undefined)) : undefined;
  const text = proposal.kind === "answer" ? "Open at the step" : "Open in the builder";
  return refused === undefined ? (
    <Button size="compact-xs" variant="default" component={Link} to={proposalPath(proposal)}>
      {text}
    </Button>
  ) : (
    <Button size="compact-xs" variant="default" disabled title={refused}>
      {text}
    </Button>
  );
}
