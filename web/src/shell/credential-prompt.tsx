import { CloseButton } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { RouteResponse } from "#contracts/api";
import classes from "./shell.module.css";

const dismissedKey = "stemma.credential-prompt";

/**
 * Reminds people who came by a link that they need a password or passkey to come back. Dismissed, it stays away until
 * they sign in again.
 */
export function CredentialPrompt({ account }: { readonly account: RouteResponse<"ownAccount"> | undefined }) {
  const session = account?.sessions.find(({ current }) => current)?.id;
  const [dismissed, setDismissed] = useState(() => localStorage.getItem(dismissedKey));
  if (account?.lacksCredential !== true || session === undefined || dismissed === session) {
    return null;
  }
  return (
    <aside className={classes.prompt} aria-label="No way to sign in again">
      <IconKey size={16} aria-hidden />
      <span>
        You signed in by a link, which works once. To sign in again,{" "}
        <Link to="/settings">set a password or add a passkey</Link>.
      </span>
      <CloseButton
        size="sm"
        aria-label="Not now"
        onClick={() => {
          localStorage.setItem(dismissedKey, session);
          setDismissed(session);
        }}
      />
    </aside>
  );
}
