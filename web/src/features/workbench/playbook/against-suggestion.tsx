import type { Answer, SuggestedAnswer } from "#contracts/playbook";
import { answerWord } from "../../../ui/answer-mark.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import classes from "./answer-form.module.css";

/** What the evidence suggests instead, where an answer waits for a reason. */
export function ReasonNeeded({ suggested, detail }: { readonly suggested?: SuggestedAnswer; readonly detail: string }) {
  return (
    <section className={classes.against} role="alert" aria-label="Reason needed">
      {suggested === undefined ? (
        <p>{detail}</p>
      ) : (
        <>
          <p>
            <strong>Not saved.</strong> The evidence suggests <strong>{answerWord(suggested.value)}</strong>. To answer
            differently, write in the note why, and save again.
          </p>
          <ul>
            {suggested.because.map((line) => (
              <li key={line}>
                <InlineCode text={line} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Below an answer that contradicts what was suggested. */
export function AgainstSuggestion({ answer: { conflict, suggested } }: { readonly answer: Answer }) {
  return conflict === true && suggested !== undefined ? (
    <p className={classes.against}>
      <strong>Against the suggestion:</strong> {answerWord(suggested.value)}.{" "}
      <InlineCode text={suggested.because.join(" ")} />
    </p>
  ) : null;
}
