import {
  IconCircleDashed,
  IconCircleMinus,
  IconHelpHexagon,
  IconTriangleFilled,
  IconTriangleInvertedFilled,
} from "@tabler/icons-react";
import type { AnswerValue } from "#contracts/playbook";
import classes from "./answer-mark.module.css";

const answers = {
  raises: { icon: IconTriangleFilled, word: "raises concern", short: "raises" },
  lowers: { icon: IconTriangleInvertedFilled, word: "lowers concern", short: "lowers" },
  unresolved: { icon: IconHelpHexagon, word: "unresolved", short: "unresolved" },
  "not-applicable": { icon: IconCircleMinus, word: "not applicable", short: "n/a" },
} as const satisfies Record<AnswerValue, unknown>;

export const answerWord = (value: AnswerValue): string => answers[value].word;

/** An answer to a playbook step as shape, colour and text, or "not answered". */
export function AnswerMark({ value, short = false }: { readonly value?: AnswerValue; readonly short?: boolean }) {
  if (value === undefined) {
    return (
      <span className={`${classes.mark} ${classes.open}`}>
        <IconCircleDashed size={14} stroke={1.8} aria-hidden />
        <span>{short ? "open" : "not answered"}</span>
      </span>
    );
  }
  const { icon: Icon, word, short: brief } = answers[value];
  return (
    <span className={`${classes.mark} ${classes[value]}`}>
      <Icon size={13} stroke={2} aria-hidden />
      <span>{short ? brief : word}</span>
    </span>
  );
}
