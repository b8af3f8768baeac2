import { Checkbox, Tabs } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { PlaybookView, StepView } from "#contracts/playbook";
import { useChange } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { EmptyState, ErrorState, Loaded } from "../../../ui/state.tsx";
import { AnswerForm } from "./answer-form.tsx";
import classes from "./playbook-pane.module.css";
import { StepBody } from "./step-body.tsx";
import type { Playbook } from "./use-playbook.ts";

/** The playbook: one step open, the others around it with their answers; then what closing demands and what to do. */
export function PlaybookPane({ book }: { readonly book: Playbook }) {
  return (
    <Loaded query={book.query} label="Loading the playbook" rows={10}>
      {(playbook) => (
        <Tabs className={classes.pane} defaultValue="steps" keepMounted={false}>
          <div className={classes.bar}>
            <Tabs.List aria-label="Parts of the playbook">
              <Tabs.Tab value="steps">
                Steps {playbook.verdict.answered}/{playbook.verdict.total}
              </Tabs.Tab>
              <Tabs.Tab value="policy">Closing</Tabs.Tab>
              <Tabs.Tab value="response">Response</Tabs.Tab>
            </Tabs.List>
            <span
              className={classes.name}
              title={`${playbook.title} · version ${playbook.version} · ${playbook.source}`}
            >
              {playbook.title}
            </span>
          </div>
          <Tabs.Panel value="steps" className={classes.panel}>
            <Steps book={book} playbook={playbook} />
          </Tabs.Panel>
          <Tabs.Panel value="policy" className={classes.text} tabIndex={0}>
            <Policy playbook={playbook} />
          </Tabs.Panel>
          <Tabs.Panel value="response" className={classes.text} tabIndex={0}>
            <Checklists alertId={book.alertId} playbook={playbook} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Loaded>
  );
}

function Steps({ book, playbook }: { readonly book: Playbook; readonly playbook: PlaybookView }) {
  const { step } = book;
  if (step === undefined) {
    return (
      <EmptyState
        title="This playbook has no steps"
        reason={`${playbook.title} asks nothing. Escalate or close with your own note; the closing policy still holds.`}
      />
    );
  }
  return (
    <>
      <ol className={classes.steps}>
        {playbook.steps.map((other, index) => (
          <StepRow key={other.id} book={book} step={other} number={index + 1} open={other.id === step.id} />
        ))}
      </ol>
      <AnswerForm key={step.id} book={book} step={step} />
    </>
  );
}

function StepRow({
  book,
  step,
  number,
  open,
}: {
  readonly book: Playbook;
  readonly step: StepView;
  readonly number: number;
  readonly open: boolean;
}) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) {
      row.current?.scrollIntoView({ block: "nearest" });
      row.current?.parentElement?.scrollTo({ top: Math.max(0, (row.current?.offsetTop ?? 0) - 72) });
    }
  }, [open]);
  return (
    <li ref={row} className={classes.step} data-open={open || undefined}>
      <h2>
        <button
          type="button"
          aria-current={open ? "step" : undefined}
          aria-expanded={open}
          onClick={() => book.goTo(step.id)}
        >
          <span className={classes.number}>{number}</span>
          <span className={classes.question}>
            <InlineCode text={step.question} />
          </span>
          {book.unsaved.has(step.id) && <span className={classes.unsaved}>unsaved</span>}
          <AnswerMark value={step.answer?.value} short />
        </button>
      </h2>
      {open && (
        <>
          <StepBody book={book} step={step} />
          <div className={classes.move}>
            <button type="button" onClick={() => book.move(-1)} title="Previous step ([)">
              <IconChevronLeft size={14} aria-hidden /> Previous
            </button>
            <button type="button" onClick={() => book.move(1)} title="Next step (])">
              Next <IconChevronRight size={14} aria-hidden />
            </button>
          </div>
        </>
      )}
    </li>
  );
}

function Policy({ playbook }: { readonly playbook: PlaybookView }) {
  return (
    <>
      <p className={classes.summary}>
        <InlineCode text={playbook.summary} />
      </p>
      <h2>What closing demands</h2>
      {playbook.closingPolicy.length === 0 ? (
        <p className={classes.soft}>This playbook adds nothing to the verdict's own rules.</p>
      ) : (
        <ul>
          {playbook.closingPolicy.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
      )}
      <h2>Known false positives</h2>
      {playbook.falsePositives.length === 0 ? (
        <p className={classes.soft}>The playbook names none.</p>
      ) : (
        <ul>
          {playbook.falsePositives.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Checklists({ alertId, playbook }: { readonly alertId: string; readonly playbook: PlaybookView }) {
  const change = useChange("checklist");
  if (playbook.checklists.length === 0) {
    return (
      <EmptyState
        title="No response checklist"
        reason="The playbook names no response items. What you do can be kept in the notes of the steps."
      />
    );
  }
  const fits = (verdict: string) => verdict === playbook.verdict.outcome;
  const sorted = playbook.checklists.toSorted((a, b) => Number(fits(b.verdict)) - Number(fits(a.verdict)));
  return (
    <>
      {change.error !== null && <ErrorState error={change.error} retry={change.reset} />}
      {sorted.map((list) => (
        <section key={list.title} className={classes.checklist} data-fits={fits(list.verdict) || undefined}>
          <h2>
            {list.title}
            <span>
              {list.items.filter((item) => item.done).length}/{list.items.length}
              {fits(list.verdict) ? " · for the verdict so far" : ""}
            </span>
          </h2>
          {list.items.map((item) => (
            <Checkbox
              key={item.id}
              size="xs"
              label={<InlineCode text={item.text} />}
              checked={
                change.isPending && change.variables.params?.["item"] === item.id
                  ? change.variables.body.done
                  : item.done
              }
              onChange={(event) =>
                change.mutate({ params: { id: alertId, item: item.id }, body: { done: event.currentTarget.checked } })
              }
            />
          ))}
        </section>
      ))}
    </>
  );
}
