import { Button } from "@mantine/core";
import { IconBulb, IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { StepView } from "#contracts/playbook";
import { useRoute } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { withSuggestion } from "./drafts.ts";
import classes from "./suggestion-line.module.css";
import type { PlaybookState } from "./use-playbook.ts";

/** What the evidence suggests, in one line that is there from the start: nothing moves when it arrives. */
export function SuggestionLine({ playbook, step }: { readonly playbook: PlaybookState; readonly step: StepView }) {
  const { data, isError } = useRoute("suggestion", {
    params: { id: playbook.alertId, step: step.id },
    query: { playbook: playbook.view?.id },
  });
  const [isOpen, setOpen] = useState(false);
  const list = useId();
  const suggestion = data?.suggestion;
  const { draft } = playbook;
  if (suggestion === undefined || draft === undefined) {
    return (
      <p className={classes.none}>
        <IconBulb size={13} aria-hidden />
        {data !== undefined
          ? "The evidence suggests no answer"
          : isError
            ? "The evidence could not be checked for a suggestion"
            : "Checking what the evidence suggests…"}
      </p>
    );
  }
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const pins = suggestion.evidence.length;
  return (
    <aside className={classes.suggestion} aria-label="Suggestion" data-open={isOpen || undefined}>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={list}
        title="Show the reasons"
        onClick={() => setOpen(!isOpen)}
      >
        <Chevron size={12} aria-hidden />
        Suggested: <AnswerMark value={suggestion.value} short />
      </button>
      <div id={list} className={classes.because}>
        <ul>
          {suggestion.because.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
        {pins > 0 && (
          <p>
            Pins {pins} {pins === 1 ? "record" : "records"} as evidence
          </p>
        )}
      </div>
      {playbook.denial === undefined && (
        <Button
          size="compact-xs"
          variant="default"
          title="Fills in the answer. Nothing is saved until you save it."
          disabled={draft.value === suggestion.value}
          onClick={() => playbook.edit(withSuggestion(draft, suggestion))}
        >
          Use suggestion
        </Button>
      )}
    </aside>
  );
}
