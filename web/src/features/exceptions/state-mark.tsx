import { IconBan, IconClockOff, IconGhost2, IconShieldCheck, IconTrash, IconUserQuestion } from "@tabler/icons-react";
import type { ExceptionState } from "#contracts/exception-life";

import classes from "./state-mark.module.css";

const states = {
  shadow: { icon: IconGhost2, word: "shadow" },
  waiting: { icon: IconUserQuestion, word: "waits for approval" },
  enforced: { icon: IconShieldCheck, word: "enforced" },
  expired: { icon: IconClockOff, word: "expired" },
  disabled: { icon: IconBan, word: "disabled" },
  deleted: { icon: IconTrash, word: "deleted" },
} as const satisfies Record<ExceptionState, unknown>;

export function StateMark({ state }: { readonly state: ExceptionState }) {
  const { icon: Icon, word } = states[state];
  return (
    <span className={classes.mark} data-state={state}>
      <Icon size={14} aria-hidden /> {word}
    </span>
  );
}
