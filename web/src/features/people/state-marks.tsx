import { IconBan, IconCircleCheck, IconClockOff, IconMailForward } from "@tabler/icons-react";
import type { Person, ServiceToken } from "#contracts/people";
import classes from "./state-marks.module.css";

const personStates = {
  invited: { icon: IconMailForward, word: "invited", tone: "accent" },
  active: { icon: IconCircleCheck, word: "active", tone: "good" },
  disabled: { icon: IconBan, word: "disabled", tone: "soft" },
} as const satisfies Record<Person["state"], unknown>;

export function PersonStateMark({ state }: { readonly state: Person["state"] }) {
  return <Mark {...personStates[state]} />;
}

export type TokenState = "active" | "expired" | "revoked";

const tokenStates = {
  active: { icon: IconCircleCheck, word: "active", tone: "good" },
  expired: { icon: IconClockOff, word: "expired", tone: "soft" },
  revoked: { icon: IconBan, word: "revoked", tone: "soft" },
} as const satisfies Record<TokenState, unknown>;

/** Revoking is what somebody did, so it is named before the expiry. */
export function tokenState({ revokedAt, expiresAt }: ServiceToken, now: number): TokenState {
  if (revokedAt !== undefined) {
    return "revoked";
  }
  return expiresAt !== undefined && Date.parse(expiresAt) <= now ? "expired" : "active";
}

export function TokenStateMark({ state }: { readonly state: TokenState }) {
  return <Mark {...tokenStates[state]} />;
}

function Mark({
  icon: Icon,
  word,
  tone,
}: {
  readonly icon: typeof IconBan;
  readonly word: string;
  readonly tone: string;
}) {
  return (
    <span className={classes.mark} data-tone={tone}>
      <Icon size={14} aria-hidden />
      <span>{word}</span>
    </span>
  );
}
