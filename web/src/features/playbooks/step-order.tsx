import { IconArrowDown, IconArrowUp, IconGripVertical } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { VisibleText } from "../../ui/command-line.tsx";
import classes from "./step-order.module.css";
import { moveStep, stepsInText } from "./steps-in-text.ts";

/** The steps of the text in their order; dragging one, or Alt with an arrow key, moves it in the text. */
export function StepOrder({ text, edit }: { readonly text: string; readonly edit: (text: string) => void }) {
  const steps = stepsInText(text);
  const [dragged, setDragged] = useState<number>();
  const [over, setOver] = useState<number>();
  const [said, say] = useState("");
  const move = (from: number, to: number) => {
    const step = steps[from];
    if (step !== undefined && steps[to] !== undefined && from !== to) {
      edit(moveStep(text, from, to));
      say(`${step.question} is step ${to + 1} of ${steps.length}.`);
    }
  };
  const onKeyDown = (at: number) => (event: KeyboardEvent) => {
    const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
    if (by !== undefined) {
      event.preventDefault();
      move(at, at + by);
    }
  };
  if (steps.length === 0) {
    return <p className={classes.none}>There are no steps yet: write them under a heading “## Steps”.</p>;
  }
  return (
    <>
      <ol className={classes.steps} aria-label="Order of the steps">
        {steps.map(({ id, question, from }, at) => (
          <li
            key={id === "" ? from : id}
            draggable
            data-over={(over === at && dragged !== undefined && dragged !== at) || undefined}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = "move";
              event.dataTransfer.setData("text/plain", question);
              setDragged(at);
            }}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(at);
            }}
            onDragEnd={() => {
              setDragged(undefined);
              setOver(undefined);
            }}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged !== undefined) {
                move(dragged, at);
              }
            }}
          >
            <IconGripVertical size={14} aria-hidden />
            <span className={classes.question}>
              <VisibleText text={question} />
            </span>
            <button
              type="button"
              aria-label={`Move up: ${question}`}
              title="Move up (Alt ↑)"
              disabled={at === 0}
              onClick={() => move(at, at - 1)}
              onKeyDown={onKeyDown(at)}
            >
              <IconArrowUp size={14} aria-hidden />
            </button>
            <button
              type="button"
              aria-label={`Move down: ${question}`}
              title="Move down (Alt ↓)"
              disabled={at === steps.length - 1}
              onClick={() => move(at, at + 1)}
              onKeyDown={onKeyDown(at)}
            >
              <IconArrowDown size={14} aria-hidden />
            </button>
          </li>
        ))}
      </ol>
      <p role="status" className={classes.said}>
        {said}
      </p>
    </>
  );
}
